"""Receiving accounts: whose they are, who answers for them, which stores use them."""

from odoo import fields, models

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
    o2o_contact_phone = fields.Char(string="Phone for this account")
    o2o_contact_email = fields.Char(string="E-mail for this account")

    def _get_compatible_providers(self, *args, report=None, **kwargs):
        """An account of a store is for its tills: when a member pays on the website,
        no store has the order yet."""
        providers = super()._get_compatible_providers(*args, report=report, **kwargs)
        # sudo: only which stores it is for
        of_stores = providers.filtered(lambda it: it.sudo().o2o_store_ids)
        payment_utils.add_to_report(
            report,
            of_stores,
            available=False,
            reason=self.env._("only for tills of certain stores"),
        )
        return providers - of_stores
