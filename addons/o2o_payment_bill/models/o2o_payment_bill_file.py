import hashlib

from odoo import api, fields, models


class O2oPaymentBillFile(models.Model):
    """A file as a gateway made it. All are kept; the bill names the one that counts."""

    _name = "o2o.payment.bill.file"
    _description = "File of a Bill"
    _order = "bill_id, number desc"
    _rec_name = "name"

    bill_id = fields.Many2one(
        "o2o.payment.bill",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="bill_id.company_id")
    number = fields.Integer(
        string="Revision", required=True, readonly=True, help="The first one is 1"
    )
    name = fields.Char(required=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    size = fields.Integer(string="Bytes", readonly=True)
    is_upload = fields.Boolean(string="Uploaded by hand", readonly=True)
    uploaded_by_id = fields.Many2one(
        "res.users", string="Uploaded by", readonly=True, ondelete="restrict"
    )
    accepted_by_id = fields.Many2one(
        "res.users",
        string="Accepted by",
        readonly=True,
        ondelete="restrict",
        help="Who went on with it last; much at stake needs two persons",
    )
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="restrict")

    _number_uniq = models.Constraint(
        "UNIQUE (bill_id, number)", "This revision is there already."
    )

    @api.model
    def _keep(self, bill, raw, name, is_upload):
        """Keep a file, if it is another one than the one that counts. What was uploaded
        and now comes from the gateway itself is the gateway's.

        :param bytes raw: as it came
        :return: whether it is another one, or is the gateway's now
        """
        sha256 = hashlib.sha256(raw).hexdigest()
        last = bill.file_id
        if last.sha256 == sha256:
            if is_upload or not last.is_upload:
                return False
            last.is_upload = False
            return True
        file = self.create(
            {
                "bill_id": bill.id,
                "number": last.number + 1,
                "name": name,
                "sha256": sha256,
                "size": len(raw),
                "is_upload": is_upload,
                "uploaded_by_id": is_upload and self.env.uid,
            }
        )
        file.attachment_id = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": raw,
                "res_model": self._name,
                "res_id": file.id,
                "mimetype": "application/octet-stream",
            }
        )
        bill.file_id = file
        if last:
            bill.message_post(
                body=self.env._(
                    "Another file came, revision %(number)s. The earlier one is kept.",
                    number=file.number,
                )
            )
        return True

    def action_download(self):
        """The file, byte by byte as it came."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "download",
        }
