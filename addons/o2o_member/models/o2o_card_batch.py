from odoo import api, fields, models


class O2oCardBatch(models.Model):
    """The cards of one imported file."""

    _name = "o2o.card.batch"
    _description = "Card Batch"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Batch", required=True, readonly=True, default="/", copy=False
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    file_name = fields.Char(readonly=True)
    card_ids = fields.One2many("o2o.card", "batch_id", string="Cards", readonly=True)
    card_count = fields.Integer(compute="_compute_counts", string="Cards Imported")
    activated_count = fields.Integer(
        compute="_compute_counts",
        help="Cards of this batch that a member has activated.",
    )
    activated_rate = fields.Float(compute="_compute_counts", string="Activated (%)")

    @api.depends("card_ids.activated_at")
    def _compute_counts(self):
        counts = {
            batch: (count, activated)
            for batch, count, activated in self.env["o2o.card"]._read_group(
                [("batch_id", "in", self.ids)],
                groupby=["batch_id"],
                # count() skips rows without a date: cards never activated
                aggregates=["__count", "activated_at:count"],
            )
        }
        for batch in self:
            batch.card_count, batch.activated_count = counts.get(batch, (0, 0))
            batch.activated_rate = (
                100 * batch.activated_count / batch.card_count
                if batch.card_count
                else 0
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("o2o.card.batch")
        return super().create(vals_list)

    def action_view_cards(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_card_action"
        )
        action["domain"] = [("batch_id", "=", self.id)]
        return action
