from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ATTENTION_STATES, PENDING_STATES

#: fulfillment states in which a slip makes sense
_PRINTABLE = {
    "order_slip": (
        "accepted",
        "picking",
        "ready",
        "shipped",
        "delivered",
        "completed",
    ),
    "shipping_slip": ("shipped", "delivered", "completed"),
}


class O2oFulfillment(models.Model):
    """Slips of an online order (POS-04, POS-08)."""

    _inherit = "o2o.fulfillment"

    print_job_ids = fields.One2many(
        "o2o.print.job",
        "res_id",
        domain=[("res_model", "=", "o2o.fulfillment")],
        string="Slips",
    )
    print_status = fields.Selection(
        [
            ("none", "Nothing to print yet"),
            ("no_printer", "No printer"),
            ("pending", "Printing"),
            ("printed", "Printed"),
            ("attention", "Check the printer"),
        ],
        compute="_compute_print_status",
        string="Slip status",
    )

    @api.depends("print_job_ids.state", "store_id.printer_ids.active", "state")
    def _compute_print_status(self):
        for fulfillment in self:
            fulfillment.print_status = fulfillment._get_print_status()

    def _get_print_status(self):
        self.ensure_one()
        # sudo: the state of a slip is shown to whoever sees the order
        latest = self.sudo()._get_latest_print_jobs()
        states = set(latest.mapped("state"))
        if states & set(ATTENTION_STATES):
            return "attention"
        if states & set(PENDING_STATES):
            return "pending"
        if "printed" in states:
            return "printed"
        if not self.store_id._get_printer("order_slip"):
            return "no_printer"
        return "none"

    def _get_latest_print_jobs(self):
        """The newest job of each document."""
        self.ensure_one()
        latest = {}
        for job in self.print_job_ids.sorted("id"):
            if job.store_id == self.store_id:
                latest[job.document_type] = job
        return self.env["o2o.print.job"].union(*latest.values())

    def _after_transition(self, old_state):
        """Queue the slip of the new state, in the transaction of the transition."""
        result = super()._after_transition(old_state)
        if self.state == "cancelled":
            # sudo: jobs are written by nobody but their own methods
            self.sudo().print_job_ids._mark_cancelled()
        if self.state == "pooled":
            # another store prints its own slip
            self.sudo().print_job_ids._mark_cancelled()
        document_type = self._get_due_slip()
        # a till without network has printed it by itself (idea 17)
        if document_type and not self.env.context.get("o2o_is_printed"):
            self.env["o2o.print.job"]._queue(document_type, self, self.store_id)
        return result

    def _get_due_slip(self):
        """The slip that belongs to the current state, if any."""
        self.ensure_one()
        if self.state == "accepted":
            return "order_slip"
        is_handed_over = self.delivery_kind == "pickup" and self.state == "delivered"
        if self.state == "shipped" or is_handed_over:
            return "shipping_slip"
        return None

    def _get_slip_turn(self):
        """How often a store has lost the order: each time it is printed anew.

        Counted by the log of the order, which nobody can change.
        """
        self.ensure_one()
        # sudo: a number, for the key of a slip
        return (
            self.env["o2o.fulfillment.event"]
            .sudo()
            .search_count(
                [
                    ("fulfillment_id", "=", self.id),
                    ("kind", "=", "pooled"),
                    ("from_state", "!=", False),
                ]
            )
        )

    def _get_printable_states(self, document_type):
        """Hook: the states in which a slip makes sense for this order."""
        self.ensure_one()
        return _PRINTABLE.get(document_type, ())

    def _print_slip(self, document_type):
        """Print a slip on request: the first time plain, later marked as reprint.

        :return: the job, elevated
        :raise UserError: when the slip makes no sense now, or there is no printer
        """
        self.ensure_one()
        if self.state not in self._get_printable_states(document_type):
            raise UserError(self.env._("This slip cannot be printed at this step."))
        jobs = self.env["o2o.print.job"]
        uid = jobs._prepare_uid(self, self.store_id, document_type, 0)
        # sudo: jobs are written by nobody but their own methods
        first_sudo = jobs.sudo().search([("uid", "=", uid)])
        if first_sudo:
            return first_sudo._reprint()
        return jobs._queue(document_type, self, self.store_id)._ensure_queued(
            self.store_id
        )

    def action_print_order_slip(self):
        self._as_staff()._print_slip("order_slip")

    def action_print_shipping_slip(self):
        self._as_staff()._print_slip("shipping_slip")

    # === POS === #

    @api.model
    def pos_reprint(self, config_id, fulfillment_id, document_type):
        """Print a slip again, from a till (POS-08).

        :param str document_type: ``order_slip`` or ``shipping_slip``
        :return: dict ``status`` (``ok``, ``gone``, ``refused``), ``message``,
            ``print_jobs``
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self._get_pos_store_sudo(config_id)
        order_sudo = self.sudo().search([("id", "=", fulfillment_id)])
        if not store_sudo or order_sudo.store_id != store_sudo:
            return {
                "status": "gone",
                "message": self.env._("This order has moved to another store."),
                "print_jobs": [],
            }
        try:
            order_sudo._print_slip(document_type)
        except UserError as error:
            status, message = "refused", str(error)
        else:
            status, message = "ok", ""
        return {
            "status": status,
            "message": message,
            "print_jobs": order_sudo._prepare_pos_print_jobs(),
        }

    def _prepare_pos_dict(self):
        return {
            **super()._prepare_pos_dict(),
            "print_jobs": self._prepare_pos_print_jobs(),
            "print_status": self.print_status,
        }

    def _prepare_pos_print_jobs(self):
        """The slips of the order for the till, newest of each document."""
        self.ensure_one()
        # sudo: the caller works in the store of this order
        latest_sudo = self.sudo()._get_latest_print_jobs()
        return [job._prepare_pos_dict() for job in latest_sudo]
