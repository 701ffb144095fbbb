from odoo import api, models
from odoo.tools import SQL

from odoo.addons.o2o_stock.const import HoldKeys, get_hold_keys


class O2oSourcing(models.AbstractModel):
    _inherit = "o2o.sourcing"

    @api.model
    def _decide(self, order, wanted=None, rejected_by=None):
        """A confirmed order goes to the stores that hold its goods.

        Only the confirmation asks for that (context ``o2o_use_held``): whoever decides
        for another reason wants to know what the rules say now.
        """
        is_first = not wanted and not rejected_by
        if (
            is_first
            and self.env.context.get("o2o_use_held")
            and not self.env.context.get("o2o_skip_steps")
            and (decision := order._o2o_get_held_decision())
        ):
            return decision
        return super()._decide(order, wanted=wanted, rejected_by=rejected_by)

    @api.model
    def _sourcing_promised_sql(self, order=None, channel="web"):
        """What others hold, and what the store keeps back, is not there to be had.

        When a claim was too late, the context says ``o2o_stock_fresh``: what others
        have taken since the request began counts as well.
        """
        # sudo: sourcing runs for members and tills
        stock_sudo = self.env["o2o.stock"].sudo()
        product_ids = order.order_line.product_id.ids if order else []
        own = get_hold_keys(self.env, "o2o_stock_ignore")
        ignored = list(own)
        if order:
            ignored.append(order._o2o_get_hold_key())
            if not own:
                # asked about the whole order: what its parts wait with is its own
                parts_sudo = order.sudo().o2o_fulfillment_ids
                ignored += [key for key in parts_sudo.mapped("hold_key") if key]
        parts = [stock_sudo._query_held(product_ids, ignored)]
        safety = stock_sudo._query_safety(
            product_ids, "office" if channel == "manual" else channel
        )
        if safety:
            parts.append(SQL("(%s)", safety))
        if self.env.context.get("o2o_stock_fresh"):
            news = stock_sudo._get_news(product_ids, ignored)
            parts += [SQL("SELECT %s, %s, %s", *row) for row in news]
        return SQL(" UNION ALL ").join(parts)

    @api.model
    def _get_pool_facts(self, fulfillment, at):
        """What is held for an order that waits is there for whoever grabs it."""
        own = self.with_context(o2o_stock_ignore=HoldKeys(fulfillment._get_hold_keys()))
        return super(O2oSourcing, own)._get_pool_facts(fulfillment, at)
