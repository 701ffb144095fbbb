from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """PTS-09: goods that come back for a refund take their points with them."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        returns = moves.filtered(
            lambda move: (
                move.state == "done"
                and move.to_refund
                and move.origin_returned_move_id
                and move.sale_line_id
            )
        )
        # sudo: who receives the goods has no access to points
        returns.sale_line_id.sudo()._o2o_note_returns(self.env._("Goods returned"))
        return moves
