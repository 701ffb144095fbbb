from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    o2o_is_transit = fields.Boolean(
        string="Brings goods of an online order",
        readonly=True,
        copy=False,
        help="The goods are handed out or delivered by the store that receives them",
    )

    def _action_done(self):
        """The store hears at once that the goods have arrived (ROUT-10)."""
        result = super()._action_done()
        # sudo: who receives goods may see no online orders
        for fulfillment in self.sudo().filtered("o2o_is_transit").o2o_fulfillment_id:
            if not fulfillment.is_arriving:
                fulfillment._note_arrival()
        return result
