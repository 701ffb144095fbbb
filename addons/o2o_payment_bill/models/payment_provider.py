"""Receiving accounts: whose they are, who answers for them, which stores use them."""

from odoo import api, fields, models

from odoo.addons.payment import utils as payment_utils


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    o2o_store_ids = fields.Many2many(
        "o2o.store",
        "o2o_payment_provider_store_rel",
        "provider_id",
        "store_id",
        string="Only for stores",
        check_company=True,
        copy=False,
        help="Tills of these stores take their money here; empty: the whole company",
    )
    # stored: whoever pays asks each provider for it
    o2o_is_for_stores = fields.Boolean(
        string="Of stores", compute="_compute_o2o_is_for_stores", store=True
    )
    o2o_contact_phone = fields.Char(string="Phone for this account")
    o2o_contact_email = fields.Char(string="E-mail for this account")

    @api.depends("o2o_store_ids")
    def _compute_o2o_is_for_stores(self):
        for provider in self:
            provider.o2o_is_for_stores = bool(provider.o2o_store_ids)

    def _get_compatible_providers(self, *args, report=None, **kwargs):
        """An account of a store is for its tills: when a member pays on the website,
        no store has the order yet."""
        providers = super()._get_compatible_providers(*args, report=report, **kwargs)
        of_stores = providers.filtered("o2o_is_for_stores")
        payment_utils.add_to_report(
            report,
            of_stores,
            available=False,
            reason=self.env._("only for tills of certain stores"),
        )
        return providers - of_stores
