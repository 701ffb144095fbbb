from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import DRAWER_MAX_REASON
from ..receipts.blocks import drawer


class O2oPrintJob(models.Model):
    """A cash drawer is opened by a job of its own (POS-05).

    It lives for some seconds: a drawer opens at once or never. A job is sent once,
    moves to no other printer and is never printed again; the same press, or the same
    sale, is the same job however often the till asks.
    """

    _inherit = "o2o.print.job"

    drawer_reason = fields.Char(
        string="Why the drawer was opened",
        readonly=True,
        help="What the cashier said; empty for a sale",
    )
    drawer_sale = fields.Char(string="Sale", readonly=True)
    drawer_order_id = fields.Many2one(
        "pos.order",
        string="Sale the drawer was opened for",
        compute="_compute_drawer_order",
    )

    @api.depends("drawer_sale")
    def _compute_drawer_order(self):
        """A till names the sale before it is here; one that never came is odd."""
        # sudo: the number of a sale is shown to whoever sees the job
        orders = self.env["pos.order"].sudo()
        for job in self:
            found = orders
            if job.drawer_sale:
                found = orders.search(
                    [
                        ("uuid", "=", job.drawer_sale),
                        ("config_id.o2o_store_id", "=", job.store_id.id),
                    ],
                    limit=1,
                )
            job.drawer_order_id = found

    @api.model
    def pos_open_drawer(self, config_id, key, reason="", sale=""):
        """Open the drawer of a till.

        :param int config_id: the till asking
        :param str key: of this press of the button; the same key opens once
        :param str reason: outside of a sale: why, in the words of the cashier
        :param str sale: uuid of the sale that is being paid in cash
        :return: dict ``status`` (ok, refused), ``message``, ``job_id``
        :raise AccessError: the caller is no staff of the till's store
        :raise UserError: the till is closed
        """
        config_sudo = self.env["pos.config"]._o2o_get_own_till_sudo(config_id)
        printer_sudo = config_sudo._o2o_get_drawer_printers()
        reason = reason.strip()[:DRAWER_MAX_REASON] if isinstance(reason, str) else ""
        sale = sale if self._is_drawer_key(sale) else ""
        if not printer_sudo:
            message = self.env._("This till has no drawer at the box.")
        elif not (reason or sale) or not self._is_drawer_key(key):
            message = self.env._("Say why the drawer is opened.")
        else:
            message = printer_sudo._get_drawer_obstacle()
        if message:
            return {"status": "refused", "message": message, "job_id": False}
        job_sudo = self._queue_drawer(config_sudo, printer_sudo, key, reason, sale)
        return {"status": "ok", "message": "", "job_id": job_sudo.id}

    @api.model
    def _is_drawer_key(self, value):
        return (
            isinstance(value, str)
            and 8 <= len(value) <= 64
            and value.replace("-", "").isalnum()
        )

    @api.model
    def _queue_drawer(self, config, printer, key, reason, sale):
        """:return: the job, elevated; the one there is when it was asked for before"""
        # a sale opens the drawer once, a reason opens it again
        press = f"sale:{sale}" if sale and not reason else f"key:{key}"
        uid = self._hash_key(f"drawer:{config.id}:{press}")
        job_sudo = self.sudo().search([("uid", "=", uid)])
        if job_sudo:
            return job_sudo
        payload = {"version": 1, "blocks": [drawer(int(printer.drawer_pin))]}
        # sudo: jobs are created by their own methods only
        job_sudo = self.sudo().create(
            {
                **self._prepare_job_vals(printer, "drawer", payload),
                "name": self.env["ir.sequence"].sudo().next_by_code("o2o.print.job"),
                "uid": uid,
                "copies": 1,
                "res_model": "pos.config",
                "res_id": config.id,
                "drawer_reason": reason or False,
                "drawer_sale": sale or False,
            }
        )
        job_sudo.box_id._wake()
        return job_sudo

    def _reprint(self):
        if self.document_type == "drawer":
            raise UserError(self.env._("A drawer is opened at the till only."))
        return super()._reprint()

    def _is_fallback_due(self):
        return self.document_type != "drawer" and super()._is_fallback_due()

    def _mark_given_up(self):
        """A drawer that did not open stays shut."""
        drawers = self.filtered(lambda job: job.document_type == "drawer")
        drawers._mark_cancelled()
        return super(O2oPrintJob, self - drawers)._mark_given_up()

    def _prepare_box_dict(self):
        return {
            **super()._prepare_box_dict(),
            "urgent": self.document_type == "drawer",
            "beeps": self.printer_id._get_beeps(self),
        }
