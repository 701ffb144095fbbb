from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Keep the body of a notification as it came: what is signed are its bytes,
        and Odoo reads a form before any controller can.

        A gateway names no language; Odoo would read user, company and contact to find
        one, which is more than half of the time of the whole request.
        """
        is_raw = rule.endpoint.routing.get("o2o_raw_body")
        if is_raw:
            [(lang, _name), *_others] = request.env["res.lang"].get_installed()
            request.update_context(lang=lang)
        result = super()._pre_dispatch(rule, args)
        if is_raw:
            # after this, the form is read from what was kept
            request.httprequest.get_data()
        return result
