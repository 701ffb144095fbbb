from werkzeug.exceptions import TooManyRequests, Unauthorized

from odoo import models
from odoo.http import request

from odoo.addons.o2o_member.lib.limiter import Limiter

from ..const import (
    CLOUDPRNT_PER_MINUTE,
    CLOUDPRNT_WRONG_PER_ADDRESS,
    CLOUDPRNT_WRONG_PER_MINUTE,
)

#: of this process; each of several processes allows as much
_asked = Limiter(CLOUDPRNT_PER_MINUTE)
_wrong = Limiter(CLOUDPRNT_WRONG_PER_MINUTE)
_wrong_from = Limiter(CLOUDPRNT_WRONG_PER_ADDRESS)


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
            cls._o2o_refuse("Bearer")
        cls._o2o_continue_as("o2o_box", box_sudo)

    @classmethod
    def _auth_method_o2o_cloudprnt(cls):
        """HTTP Basic with the number and the password of a printer.

        Too many wrong passwords, or too many questions, end in a 429 before the
        database is asked; one printer with a wrong password locks out no other.
        """
        given = request.httprequest.authorization
        is_basic = given is not None and given.type == "basic"
        user = (given.username or "")[:32] if is_basic else ""
        password = (given.password or "") if is_basic else ""
        address = request.httprequest.remote_addr or ""
        if _wrong.is_over((address, user)) or _wrong_from.is_over(address):
            raise TooManyRequests
        cls._auth_method_public()
        # sudo: only to look the password up
        printer_sudo = (
            request.env["o2o.printer"].sudo()._authenticate_cloudprnt(user, password)
        )
        if not printer_sudo:
            _wrong.count((address, user))
            _wrong_from.count(address)
            cls._o2o_refuse("Basic")
        if not _asked.count(printer_sudo.id):
            raise TooManyRequests
        cls._o2o_continue_as("o2o_cloudprnt", printer_sudo)

    @classmethod
    def _o2o_refuse(cls, scheme):
        response = request.make_json_response({"error": "unauthorized"}, status=401)
        response.headers["WWW-Authenticate"] = scheme
        raise Unauthorized(response=response)

    @classmethod
    def _o2o_continue_as(cls, key, device_sudo):
        # a session cookie must not lend a device the rights of a person
        request.update_env(user=request.env.ref("base.public_user").id)
        request.update_context(**{key: device_sudo.id})
