from odoo import fields, models

from ..const import SYNC_MAX_ITEMS


class O2oBox(models.Model):
    """The terminals behind a box: results in, requests out. All may be repeated."""

    _inherit = "o2o.box"

    terminal_ids = fields.One2many("o2o.terminal", "box_id")

    def _sync(self, data):
        transactions = self.env["o2o.terminal.transaction"]
        self._apply_terminals(self._get_items(data, "terminals"))
        self._apply_terminal_results(self._get_items(data, "terminal_results"))
        answer = super()._sync(data)
        terminals = self.terminal_ids.filtered("active")
        requests = transactions._get_open_of(self)[:SYNC_MAX_ITEMS]
        # committed before the box hears of it: see action_cancel
        requests.filtered(
            lambda request: not request.handed_at
        ).handed_at = fields.Datetime.now()
        answer["terminals"] = [terminal._prepare_box_dict() for terminal in terminals]
        answer["terminal_requests"] = [item._prepare_box_dict() for item in requests]
        return answer

    def _apply_terminals(self, reports):
        by_id = {terminal.id: terminal for terminal in self.terminal_ids}
        for report in reports:
            terminal_id = report.get("id")
            if isinstance(terminal_id, int) and terminal_id in by_id:
                by_id[terminal_id]._apply_status(report)

    def _apply_terminal_results(self, results):
        uids = [result["uid"] for result in results if self._is_uid(result.get("uid"))]
        # a box reaches its own transactions only, whatever uid it names
        transactions = self.env["o2o.terminal.transaction"].search(
            [("box_id", "=", self.id), ("uid", "in", uids)]
        )
        by_uid = {transaction.uid: transaction for transaction in transactions}
        for result in results:
            uid = result.get("uid")
            transaction = by_uid.get(uid) if self._is_uid(uid) else None
            if transaction:
                transaction._apply_result(result)
