from odoo import fields, models


class O2oMemberMergeAccount(models.Model):
    """What a merge did to one points account, also needed to replay the ledger."""

    _name = "o2o.member.merge.account"
    _inherit = ["o2o.member.merge.guard"]
    _description = "Points Account of a Merged Member"
    _order = "sequence, id"
    _rec_name = "account_id"

    merge_id = fields.Many2one(
        "o2o.member.merge",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    account_id = fields.Many2one(
        "loyalty.card",
        string="Ended Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    into_id = fields.Many2one(
        "loyalty.card",
        string="Joined Account",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty when the kept member had no account: the account moved as it was.",
    )
    joined_at = fields.Datetime(required=True, readonly=True)
    sequence = fields.Integer(
        required=True, readonly=True, help="Place of the merge among the points rows."
    )
    balance = fields.Integer(string="Moved", required=True, readonly=True)
    balance_before = fields.Integer(
        string="Kept Member Before", required=True, readonly=True
    )
    balance_after = fields.Integer(
        string="Kept Member After", required=True, readonly=True
    )
