from odoo import models


class IrHttp(models.AbstractModel):
    """The courier's page speaks the user's language."""

    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        return [*super()._get_translation_frontend_modules_name(), "o2o_collection"]
