from odoo import fields, models

from odoo.addons.o2o_member.const import is_till_sync


class StockMove(models.Model):
    _inherit = "stock.move"

    o2o_fulfillment_id = fields.Many2one(
        "o2o.fulfillment",
        string="Fulfillment",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )

    def _key_assign_picking(self):
        return (*super()._key_assign_picking(), self.o2o_fulfillment_id)

    def _search_picking_for_assignation_domain(self):
        """Two stores' shares of an order never meet in one transfer."""
        domain = super()._search_picking_for_assignation_domain()
        fulfillment = self.o2o_fulfillment_id
        return [*domain, ("o2o_fulfillment_id", "=", fulfillment.id)]

    def _get_new_picking_values(self):
        values = super()._get_new_picking_values()
        fulfillment = self.o2o_fulfillment_id[:1]
        return {**values, "o2o_fulfillment_id": fulfillment.id}

    def _update_orderpoints(self):
        """Inside a lean checkout one look says which goods have reordering rules."""
        if not self.env.context.get("o2o_lean"):
            return super()._update_orderpoints()
        known = self.env.cr.cache.setdefault("o2o_orderpoints", {})
        if new := [it for it in self.product_id.ids if it not in known]:
            # sudo: members do not see how goods are reordered
            rules_sudo = self.env["stock.warehouse.orderpoint"].sudo()
            ordered = rules_sudo.search([("product_id", "in", new)]).product_id.ids
            known.update((it, it in ordered) for it in new)
        moves = self.filtered(lambda move: known.get(move.product_id.id))
        return super(StockMove, moves)._update_orderpoints()

    def write(self, vals):
        """``pos_sale`` asks for all that is left of a line, whatever a till has in its
        basket: several stores keep their shares of it."""
        if "product_uom_qty" not in vals or not is_till_sync(self.env):
            return super().write(vals)
        shares = self.filtered(lambda move: move._o2o_is_share())
        other = {
            name: value for name, value in vals.items() if name != "product_uom_qty"
        }
        if shares and other:
            super(StockMove, shares).write(other)
        return super(StockMove, self - shares).write(vals)

    def _o2o_is_share(self):
        """Whether other stores bring the rest of the same line."""
        self.ensure_one()
        # sudo: a till need not see the parts of the order
        live_sudo = self.sudo().sale_line_id.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        return len(live_sudo.o2o_fulfillment_id) > 1

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
