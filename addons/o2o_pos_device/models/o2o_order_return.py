from odoo import api, models
from odoo.exceptions import UserError


class O2oOrderReturn(models.Model):
    _inherit = "o2o.order.return"

    def _print_slip(self):
        """The return slip: the first time plain, later marked as reprint (POS-08).

        :return: the job, elevated
        :raise UserError: the store has no printer for it
        """
        self.ensure_one()
        jobs = self.env["o2o.print.job"]
        uid = jobs._prepare_uid(self, self.store_id, "return_slip", 0)
        # sudo: jobs are written by nobody but their own methods
        first_sudo = jobs.sudo().search([("uid", "=", uid)])
        if first_sudo:
            return first_sudo._reprint()
        job_sudo = jobs._queue("return_slip", self, self.store_id)
        if not job_sudo:
            raise UserError(
                self.env._(
                    "%s has no printer for this slip: set one up first.",
                    self.store_id.name,
                )
            )
        return job_sudo


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    @api.model
    def pos_print_refund(self, config_id, refund_id):
        answer = super().pos_print_refund(config_id, refund_id)
        if answer["status"] != "no_box":
            return answer
        # sudo: the store was checked by super
        refund_sudo = self.env["o2o.order.return"].sudo().browse(refund_id)
        try:
            refund_sudo._print_slip()
        except UserError as error:
            return {"status": "no_box", "message": str(error)}
        return {"status": "ok", "message": ""}

    def _after_return(self, refund):
        """The slip of a return comes out by itself where a box prints."""
        result = super()._after_return(refund)
        self.env["o2o.print.job"]._queue("return_slip", refund, self.store_id)
        return result
