"""Files that count only when persons say so, and how many persons."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class O2oPaymentBill(models.Model):
    """Who uploads a file never accepts it, and a file above the amount that one person
    decides needs two: with an edited file one could hide what is missing."""

    _inherit = "o2o.payment.bill"

    first_by_id = fields.Many2one(
        "res.users",
        string="First person",
        compute="_compute_first_by_id",
        help="Who uploaded the file, or went on with it first",
    )
    can_go_on = fields.Boolean(compute="_compute_can_go_on")

    @api.depends(
        "file_id.is_upload", "file_id.uploaded_by_id", "file_id.accepted_by_id"
    )
    def _compute_first_by_id(self):
        for bill in self:
            file = bill.file_id
            by_hand = file.is_upload and file.uploaded_by_id
            bill.first_by_id = by_hand or file.accepted_by_id

    @api.depends("state", "first_by_id")
    @api.depends_context("uid")
    def _compute_can_go_on(self):
        is_in_charge = self.env.user.has_group("o2o_payment.o2o_payment_group_manager")
        for bill in self:
            bill.can_go_on = (
                is_in_charge
                and bill.state == "problem"
                and bill.first_by_id != self.env.user
            )

    def _find_unseen_upload(self):
        """Words about a file that a person brought and nobody else has seen: in the
        place of the gateway's own, of what the gateway had said before (that nothing
        was on that day), or about more than what one person decides.

        :return: list of str
        """
        self.ensure_one()
        file = self.file_id
        # an upload before this one may have been in the place of such a file, too
        is_first = len(self.file_ids) == 1 and not self.matched_at
        if not file.is_upload or (is_first and not self._needs_two()):
            return []
        return [
            self.env._(
                "%s has uploaded this file: another person has to accept it.",
                file.uploaded_by_id.name,
            )
        ]

    def _needs_two(self):
        """Whether the rows are about more than what one person decides; without rows
        nobody knows, and all of that day would be gone."""
        self.ensure_one()
        self.env.cr.execute(
            """
            SELECT sum(amount_fen::bigint + abs(fee_fen))
              FROM o2o_payment_bill_line WHERE bill_id = %s
            """,
            [self.id],
        )
        fen = self.env.cr.fetchone()[0]
        return fen is None or self.company_id._o2o_needs_two(int(fen))

    def _go_on(self, reason):
        """A person has looked at the problems: the file counts as it is, or waits for
        a second person.

        :raise AccessError: not in charge of payments, or the first person again
        :raise UserError: no problems, or no reason
        """
        self.ensure_one()
        self._ensure_in_charge()
        self.check_access("read")
        # sudo: the checks above
        bill_sudo = self.sudo()
        bill_sudo.lock_for_update()
        bill_sudo.invalidate_recordset()
        if bill_sudo.state != "problem":
            raise UserError(self.env._("This bill has no problems."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        if bill_sudo.first_by_id == self.env.user:
            raise AccessError(self.env._("Another person has to accept this file."))
        if not bill_sudo.first_by_id and bill_sudo._needs_two():
            bill_sudo.file_id.accepted_by_id = self.env.user
            words = self.env._(
                "Would go on with the file as it is: %s A second person has to agree.",
                reason.strip(),
            )
        else:
            bill_sudo.file_id.accepted_by_id = self.env.user
            bill_sudo.write(
                {"state": "fetched", "accepted_file_id": bill_sudo.file_id.id}
            )
            bill_sudo._wake()
            words = self.env._("Goes on with the file as it is: %s", reason.strip())
        bill_sudo.message_post(body=words, author_id=self.env.user.partner_id.id)
