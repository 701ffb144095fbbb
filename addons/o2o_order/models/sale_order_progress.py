from odoo import models


class SaleOrder(models.Model):
    """What a member reads about the order, in order of events (SHOP-07)."""

    _inherit = "sale.order"

    def _o2o_get_progress(self):
        """The steps of each fulfillment, done or to come.

        :return: list of dict ``fulfillment``, ``steps`` (list of dict ``label``,
            ``detail``, ``at``, ``done``, ``current``), ``can_confirm``
        """
        self.ensure_one()
        return [
            {
                "fulfillment": fulfillment,
                "steps": self._o2o_mark_current(fulfillment._get_progress_steps()),
                "can_confirm": fulfillment.state == "shipped",
            }
            for fulfillment in self.o2o_fulfillment_ids.sorted("id")
        ]

    def _o2o_mark_current(self, steps):
        done = [step for step in steps if step["done"]]
        for step in steps:
            step["current"] = bool(done) and step is done[-1]
        return steps
