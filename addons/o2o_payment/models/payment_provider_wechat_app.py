"""The mini program or official account of a WeChat Pay merchant."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.o2o_gateway.secret import Secret
from ..lib.o2o_gateway.wechat.app import WechatApp
from ..lib.o2o_gateway.wechat.login import PAGE_HOST, WechatLogin
from ..lib.o2o_gateway.wechat.shipping import HOST

#: apps by database and provider, with the moment of their settings: they keep a token
_apps = {}


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    o2o_wechat_app_secret = fields.Char(
        string="Secret of the app",
        groups="base.group_system",
        copy=False,
        help="AppSecret of the mini program or official account with the app number",
    )
    o2o_wechat_app_kind = fields.Selection(
        [("account", "Official account"), ("mini", "Mini program")],
        string="The app is",
        default="account",
        copy=False,
        help="On pages within WeChat members pay through an official account; without"
        " the app's secret they get the page for phones",
    )
    o2o_wechat_tells_shipping = fields.Boolean(
        string="Tell WeChat what was shipped",
        copy=False,
        help="A mini program has to tell, or it gets no money. Needs the app's secret",
    )

    @api.model
    def _o2o_get_credential_fields(self):
        return [*super()._o2o_get_credential_fields(), "o2o_wechat_app_secret"]

    @api.constrains("o2o_wechat_tells_shipping", "o2o_wechat_app_secret", "state")
    def _check_o2o_app_secret(self):
        for provider in self.filtered("o2o_wechat_tells_shipping"):
            has_secret = provider.sudo().o2o_wechat_app_secret
            if provider.state != "disabled" and not has_secret:
                raise UserError(
                    self.env._("To tell WeChat anything takes the secret of the app.")
                )

    def write(self, vals):
        result = super().write(vals)
        for provider in self:
            _apps.pop((self.env.cr.dbname, provider.id), None)
        return result

    def _get_reset_values(self):
        return {**super()._get_reset_values(), "o2o_wechat_tells_shipping": False}

    def _o2o_get_wechat_app(self):
        """The app (``o2o_gateway.wechat.app.WechatApp``); it keeps its access token.

        :raise UserError: number or secret cannot be one
        """
        # sudo: the secret is readable by administrators only, and stays in the app
        return self._o2o_keep_built(_apps, self.sudo()._o2o_build_wechat_app)

    def _o2o_pays_in_wechat(self):
        """Whether a page within WeChat may call WeChat to pay."""
        self.ensure_one()
        # sudo: whether there is a secret is none
        return (
            self.code == "o2o_wechat"
            and self.o2o_wechat_app_kind == "account"
            and bool(self.sudo().o2o_wechat_app_secret)
        )

    def _o2o_get_wechat_login(self):
        """Who reads a page within WeChat (``o2o_gateway.wechat.login.WechatLogin``)."""
        self.ensure_one()
        # sudo: the secret is readable by administrators only
        provider_sudo = self.sudo()
        host, page_host = HOST, PAGE_HOST
        if self.o2o_environment != "real":
            host = page_host = provider_sudo._o2o_choose_url("", "")
        return WechatLogin(
            provider_sudo.o2o_wechat_app_id or "",
            Secret(provider_sudo.o2o_wechat_app_secret or ""),
            host=host,
            page_host=page_host,
        )

    def _o2o_get_bridge_url(self):
        """A script in the place of WeChat around the page: of the simulator only."""
        self.ensure_one()
        if self.o2o_environment != "simulator":
            return ""
        # sudo: the address is for administrators, the script is not
        return f"{self.sudo()._o2o_choose_url('', '')}/wechat/bridge.js"

    def _o2o_build_wechat_app(self):
        """:raise ValueError: a number or a secret that cannot be one"""
        host = HOST
        if self.o2o_environment != "real":
            host = self._o2o_choose_url("", "")
        return WechatApp(
            self.o2o_wechat_app_id or "",
            Secret(self.o2o_wechat_app_secret or ""),
            hosts=(host,),
        )
