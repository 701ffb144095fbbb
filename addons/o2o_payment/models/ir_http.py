from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Keep the body of a notification as it came: what is signed are its bytes,
        and Odoo reads a form before any controller can."""
        result = super()._pre_dispatch(rule, args)
        if rule.endpoint.routing.get("o2o_raw_body"):
            # after this, the form is read from what was kept
            request.httprequest.get_data()
        return result
