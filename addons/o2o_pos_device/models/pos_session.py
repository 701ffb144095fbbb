from odoo import models


class PosSession(models.Model):
    """What happens with a till that opens and closes (POS-06, POS-09, POS-10)."""

    _inherit = "pos.session"

    def _set_opening_control_data(self, cashbox_value, notes):
        """The bank card terminal signs in with the till, without a step (POS-10)."""
        result = super()._set_opening_control_data(cashbox_value, notes)
        # sudo: the terminal of the till, whoever opens it
        self.env["o2o.terminal"].sudo().search(
            [("config_id", "=", self.config_id.id)]
        )._sign_in_at_opening()
        return result

    def _validate_session(self, *args, **kwargs):
        """The hand-over slip belongs to the closing: same transaction, once."""
        result = super()._validate_session(*args, **kwargs)
        # sudo: the store of the till, whoever closes it
        store_sudo = self.sudo().config_id.o2o_store_id
        if self.state == "closed" and store_sudo:
            self.env["o2o.print.job"]._queue("handover_slip", self.sudo(), store_sudo)
            self.sudo()._o2o_close_terminal()
        return result

    def _o2o_close_terminal(self):
        """Card payments of the shift: charges without a sale, then the batch (POS-09).

        Called elevated.
        """
        config = self.config_id
        self.env["o2o.terminal.problem"]._report_unsold(config)
        self.env["o2o.terminal"].search(
            [("config_id", "=", config.id)]
        )._settle_at_closing()

    def _o2o_prepare_handover(self):
        """The figures of a closed session, for the slip; called elevated.

        :return: dict ``methods`` (list of name, count, amount), ``sales`` and
            ``returns`` (count, amount)
        """
        self.ensure_one()
        payments = self.env["pos.payment"]._read_group(
            self._get_captured_payments_domain(),
            ["payment_method_id"],
            ["__count", "amount:sum"],
        )
        orders = self._get_closed_orders()
        returns = orders.filtered(lambda order: order.amount_total < 0)
        sales = orders - returns
        return {
            "methods": [(method.name, count, amt) for method, count, amt in payments],
            "sales": (len(sales), sum(sales.mapped("amount_total"))),
            "returns": (len(returns), sum(returns.mapped("amount_total"))),
        }
