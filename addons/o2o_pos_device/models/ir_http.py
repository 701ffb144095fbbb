from werkzeug.exceptions import Unauthorized

from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_o2o_box(cls):
        """``Authorization: Bearer <box id>.<secret>``; a real 401 otherwise."""
        scheme, _space, token = request.httprequest.headers.get(
            "Authorization", ""
        ).partition(" ")
        cls._auth_method_public()
        # sudo: only to look the token up
        box_sudo = request.env["o2o.box"].sudo()._authenticate(token.strip())
        if scheme.lower() != "bearer" or not box_sudo:
            response = request.make_json_response({"error": "unauthorized"}, status=401)
            response.headers["WWW-Authenticate"] = "Bearer"
            raise Unauthorized(response=response)
        # a session cookie must not lend the box the rights of a person
        request.update_env(user=request.env.ref("base.public_user").id)
        request.update_context(o2o_box=box_sudo.id)
