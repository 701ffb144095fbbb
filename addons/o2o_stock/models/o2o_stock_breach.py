import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

#: breaches seen to by one run of the job
BATCH = 50


class O2oStockBreach(models.Model):
    """Promised goods that went away: who took them, why, and whether it is repaired.

    The row is written in the transaction that takes the goods, so it is there exactly
    when they are gone. It is repaired right after the commit, or by the minute job when
    the server ended in between.
    """

    _name = "o2o.stock.breach"
    _description = "Broken stock promise"
    _order = "id desc"
    _rec_name = "product_id"

    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="warehouse_id.company_id")
    quantity = fields.Float(
        digits="Product Unit", readonly=True, help="How much was taken or is missing"
    )
    origin = fields.Selection(
        [
            ("override", "Sold at the till on purpose"),
            ("sale", "Sold at the till"),
            ("stock", "Counted, moved or scrapped"),
            ("order", "Paid, but sold out"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    document = fields.Char(readonly=True, help="The sale or transfer")
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    pos_config_id = fields.Many2one("pos.config", readonly=True, ondelete="set null")
    state = fields.Selection(
        [
            ("open", "To repair"),
            ("done", "Repaired"),
            ("failed", "Needs a person"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    result = fields.Char(readonly=True, help="Whose promise was broken")
    attempt_count = fields.Integer(readonly=True)

    _open_idx = models.Index("(id) WHERE state = 'open'")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("Broken promises are a log and stay."))

    @api.model
    def _report(self, product, warehouse, quantity, origin, **values):
        """Write down that promised goods went; they are repaired after the commit."""
        breach_sudo = self.sudo().create(
            {
                "product_id": product.id,
                "warehouse_id": warehouse.id,
                "quantity": quantity,
                "origin": origin,
                "user_id": self.env.uid,
                **values,
            }
        )
        breach_sudo._repair_after_commit()
        return breach_sudo

    def _repair_after_commit(self):
        stock = self.env["o2o.stock"]
        if stock._is_bound():
            self._repair()
            return
        stock._follow_up()["breaches"] += self.ids

    @api.model
    def _repair_open(self):
        """What was left undone: the minute job, safe to run twice."""
        cron = self.env["ir.cron"]
        domain = Domain("state", "=", "open") & Domain(
            "create_date",
            "<",
            fields.Datetime.subtract(fields.Datetime.now(), minutes=1),
        )
        for breach in self.sudo().search(domain, limit=BATCH, order="id"):
            if breach := breach.try_lock_for_update().filtered_domain(domain):
                breach._repair()
            if not cron._commit_progress(1):
                break

    def _repair(self):
        """Break the newest promises until the rest can be kept; tell their owners."""
        for breach in self.filtered(lambda breach: breach.state == "open"):
            try:
                with self.env.cr.savepoint():
                    result = breach._repair_one()
                    breach.write({"state": "done", "result": result})
            except Exception as error:
                breach.invalidate_recordset()
                expected = isinstance(error, UserError)
                _logger.log(
                    logging.WARNING if expected else logging.ERROR,
                    "promise %s could not be repaired",
                    breach.id,
                    exc_info=not expected,
                )
                attempts = breach.attempt_count + 1
                breach.write(
                    {
                        "attempt_count": attempts,
                        "result": str(error)[:200],
                        "state": "failed" if attempts >= 5 else "open",
                    }
                )

    def _repair_one(self):
        """:return: in words, whose promise was broken"""
        self.ensure_one()
        stock = self.env["o2o.stock"]
        available = stock.with_context(o2o_stock_fresh=True)._get_available(
            self.product_id, self.warehouse_id, channel="office"
        )
        missing = -available[self.warehouse_id][self.product_id]
        if self.product_id.uom_id.compare(missing, 0.0) <= 0:
            missing = 0.0
        broken = stock._o2o_on_promise_broken(
            self.product_id, self.warehouse_id, missing
        )
        return ", ".join(dict.fromkeys(broken))

    def action_retry(self):
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise UserError(self.env._("Only a stock manager may do this."))
        self.check_access("read")
        for breach_sudo in self.sudo().filtered(
            lambda breach: breach.state == "failed"
        ):
            breach_sudo.write({"state": "open", "attempt_count": 0})
            breach_sudo._repair()
