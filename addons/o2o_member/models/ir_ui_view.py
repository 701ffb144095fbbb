from odoo import models

_META_FIELDS = [
    "name",
    "website_meta_title",
    "website_meta_description",
    "website_meta_keywords",
    "website_meta_og_img",
]


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    def _default_website_meta(self):
        """Read what the head of a page needs of its template, and no more.

        The next field that is read would bring all of the view with it: its source and
        the source before the last change, translated, for every page that is shown.
        """
        self.fetch(_META_FIELDS)
        return super()._default_website_meta()
