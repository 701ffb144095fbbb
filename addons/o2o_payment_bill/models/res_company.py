from odoo import fields, models

from odoo.addons.o2o_payment.money import from_fen


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_difference_limit = fields.Monetary(
        string="One person decides up to",
        default=1000.0,
        help="Differences above this amount need a second person",
    )

    def _o2o_needs_two(self, fen):
        """Whether an amount is above what one person decides.

        :param int fen: what is at stake
        """
        self.ensure_one()
        yuan = self.env.ref("base.CNY")
        return yuan.compare_amounts(from_fen(fen), self.o2o_difference_limit) > 0
