from odoo import models


class ResPartner(models.Model):
    """The wallet on the member card of the till (idea 10)."""

    _inherit = "res.partner"

    def _o2o_till_card_values(self, config):
        return {
            **super()._o2o_till_card_values(config),
            "wallet": self._o2o_till_wallet(),
        }

    def _o2o_till_wallet(self):
        """:return: dict ``principal``, ``bonus``, ``available``, ``state`` (False: no
        wallet yet)"""
        wallet_sudo = self.env["o2o.wallet"]._of(self)
        return {
            "principal": wallet_sudo.principal,
            "bonus": wallet_sudo.bonus,
            "available": wallet_sudo.available,
            "state": wallet_sudo.state,
        }
