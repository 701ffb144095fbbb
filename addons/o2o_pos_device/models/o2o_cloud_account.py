from odoo import fields, models

from ..clouds import feie, yilianyun
from ..clouds.errors import Refused
from ..clouds.transport import check_url
from ..const import CLOUD_TOKENS_PER_DAY

_MANAGER = "o2o_pos_device.o2o_pos_device_group_manager"
_URLS = {"feie": feie.URL, "yilianyun": yilianyun.URL}


class O2oCloudAccount(models.Model):
    """Who we are at the maker of cloud printers (POS-05).

    The secret prints on every printer of the account: managers of devices read it,
    nobody else, and it is in no export, no log and no message.
    """

    _name = "o2o.cloud.account"
    _description = "Account of a printer cloud"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("feie", "Feie cloud"), ("yilianyun", "Yilianyun cloud")],
        string="Cloud",
        required=True,
        default="feie",
    )
    user = fields.Char(
        groups=_MANAGER,
        help="Feie: the name you log in with at admin.feieyun.com (USER). Yilianyun:"
        " the client_id of your application at dev.10ss.net.",
    )
    secret = fields.Char(
        groups=_MANAGER,
        copy=False,
        exportable=False,
        help="Feie: the UKEY shown in your account, not the key of a printer."
        " Yilianyun: the client_secret of your application.",
    )
    access_token = fields.Char(groups=fields.NO_ACCESS, copy=False)
    token_date = fields.Date(groups=fields.NO_ACCESS, copy=False)
    token_count = fields.Integer(groups=fields.NO_ACCESS, copy=False)
    printer_ids = fields.One2many("o2o.printer", "cloud_account_id")

    def write(self, vals):
        result = super().write(vals)
        if {"kind", "user", "secret"} & vals.keys():
            # sudo: the token is readable by nobody
            self.sudo().access_token = False
            self.sudo().printer_ids._forget_cloud_problem()
        return result

    def _get_client(self):
        """Who talks to the cloud for this account; called elevated.

        :raise Refused: the account is not complete
        """
        if not (self.user and self.secret):
            raise Refused("account")
        # sudo: only an administrator sends the secrets elsewhere
        parameters = self.env["ir.config_parameter"].sudo()
        url = parameters.get_param(f"o2o_pos_device.{self.kind}_url")
        url = url or _URLS[self.kind]
        try:
            check_url(url)
        except ValueError:
            raise Refused("account") from None
        if self.kind == "feie":
            return feie.Feie(self.user, self.secret, url)
        return yilianyun.Yilianyun(
            self.user,
            self.secret,
            url,
            token=self.access_token or None,
            on_token=self._count_token,
        )

    def _count_token(self):
        """A token is about to be fetched.

        :raise Refused: the maker locks an application that fetches too many a day
        """
        today = fields.Date.context_today(self)
        count = self.token_count if self.token_date == today else 0
        if count >= CLOUD_TOKENS_PER_DAY:
            raise Refused("limit")
        self.write({"token_date": today, "token_count": count + 1})

    def _keep_token(self, client):
        """Remember the token the client ended up with."""
        token = getattr(client, "token", None) or False
        if token != self.access_token:
            self.access_token = token
