import base64
import binascii

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

#: bytes of a file; a hundred thousand rows of WeChat Pay have about forty million
MAX_FILE = 64 * 1024 * 1024


class O2oPaymentBillUpload(models.TransientModel):
    """A bill that a person has downloaded from the gateway's own page."""

    _name = "o2o.payment.bill.upload"
    _description = "Upload a Bill"

    account_id = fields.Many2one("o2o.payment.account", string="Gateway", required=True)
    day = fields.Date(string="Day of the bill", required=True)
    content = fields.Binary(string="File", required=True, attachment=False)
    file_name = fields.Char()

    def action_upload(self):
        """Keep the file as if the gateway had sent it; the job reads it.

        :raise AccessError: not in charge of payments, or of another company
        :raise UserError: of another merchant or day, or no bill at all
        """
        self.ensure_one()
        bills = self.env["o2o.payment.bill"]
        bills._ensure_in_charge()
        if self.account_id.company_id not in self.env.companies:
            raise AccessError(self.env._("This gateway is of another company."))
        try:
            raw = base64.b64decode(self.content or b"", validate=True)
        except binascii.Error as error:
            raise UserError(self.env._("This is no file.")) from error
        if not raw or len(raw) > MAX_FILE:
            raise UserError(self.env._("A bill has up to 64 million bytes."))
        # sudo: the checks above; the merchant's number is only compared
        provider_sudo = self.account_id.sudo().provider_id
        provider_sudo._o2o_read_bill(raw, self.day)
        bill_sudo = bills._ensure_bill(provider_sudo, self.day)
        if not bill_sudo._take_file(raw, self.file_name or "bill", is_upload=True):
            raise UserError(self.env._("This file is here already: nothing changes."))
        bill_sudo.write({"is_fetch_wanted": False, "failure": False})
        bill_sudo._wake()
        return {
            "type": "ir.actions.act_window",
            "res_model": bills._name,
            "res_id": bill_sudo.id,
            "view_mode": "form",
        }
