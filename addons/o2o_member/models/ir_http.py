from odoo import models
from odoo.fields import Domain
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_domain(cls):
        """Scripts of the suite speak the language of the website's page, too."""
        domain = Domain(super()._get_translation_frontend_modules_domain())
        ours = Domain("name", "=like", "o2o%")
        # nothing said means none, not all
        return ours if domain.is_true() else domain | ours

    @classmethod
    def _url_for(cls, url_from, lang_code=None):
        """Work out each address of a page once.

        Header (twice: for phones and for large screens), footer and menus name the same
        addresses again, and each time Odoo takes them apart and looks for their route.
        """
        if not request:
            return super()._url_for(url_from, lang_code)
        known = request.__dict__.setdefault("_o2o_known_urls", {})
        key = (
            url_from,
            lang_code,
            request.env.lang,
            getattr(request, "website_routing", None),
            # relative addresses depend on the page
            request.httprequest.path,
        )
        if key not in known:
            known[key] = super()._url_for(url_from, lang_code)
        return known[key]
