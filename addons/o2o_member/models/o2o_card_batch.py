from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

# What managers may write; the rest is history.
_EDITABLE = {"date_printed", "date_handed_out", "date_expiry", "handed_out_count"}


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
    file_name = fields.Char(string="Source File", readonly=True)
    date_printed = fields.Date(string="Printed On")
    date_handed_out = fields.Date(string="Handed Out On")
    date_expiry = fields.Date(
        string="Valid Until",
        help="Last day on which a card of this batch can be activated. Cards that are "
        "already active stay active.",
    )
    recalled_at = fields.Datetime(string="Recalled On", readonly=True, copy=False)
    is_expired = fields.Boolean(compute="_compute_is_expired")
    card_ids = fields.One2many("o2o.card", "batch_id", string="Cards", readonly=True)
    card_count = fields.Integer(compute="_compute_counts", string="Cards Imported")
    handed_out_count = fields.Integer(
        string="Handed Out",
        help="Cards given to stores. Leave 0 when all went out on the date above.",
    )
    shown_handed_out_count = fields.Integer(
        compute="_compute_counts", string="Cards Handed Out"
    )
    activated_count = fields.Integer(
        compute="_compute_counts",
        help="Cards of this batch that a member has activated.",
    )
    purchase_count = fields.Integer(
        compute="_compute_counts",
        string="With a First Purchase",
        help="Cards of this batch whose member has bought something since.",
    )
    recalled_count = fields.Integer(compute="_compute_counts")
    activated_rate = fields.Float(compute="_compute_counts", string="Activated (%)")
    purchase_rate = fields.Float(compute="_compute_counts", string="First Purchase (%)")

    _handed_out_positive = models.Constraint(
        "CHECK (handed_out_count >= 0)",
        "The number of cards handed out cannot be negative.",
    )

    @api.depends(
        "card_ids.activated_at",
        "card_ids.first_purchase_at",
        "card_ids.state",
        "date_handed_out",
        "handed_out_count",
    )
    def _compute_counts(self):
        cards = self.env["o2o.card"]
        counts = {
            batch: row
            for batch, *row in cards._read_group(
                [("batch_id", "in", self.ids)],
                groupby=["batch_id"],
                # count() skips rows without a date: cards never activated
                aggregates=[
                    "__count",
                    "activated_at:count",
                    "first_purchase_at:count",
                ],
            )
        }
        recalled = dict(
            cards._read_group(
                [("batch_id", "in", self.ids), ("state", "=", "recalled")],
                groupby=["batch_id"],
                aggregates=["__count"],
            )
        )
        for batch in self:
            count, activated, bought = counts.get(batch, (0, 0, 0))
            batch.card_count = count
            batch.activated_count = activated
            batch.purchase_count = bought
            batch.recalled_count = recalled.get(batch, 0)
            handed_out = batch.handed_out_count or (
                count if batch.date_handed_out else 0
            )
            # an activated card was handed out, whatever was written down
            batch.shown_handed_out_count = max(handed_out, activated)
            batch.activated_rate = 100 * activated / count if count else 0
            batch.purchase_rate = 100 * bought / count if count else 0

    @api.depends("date_expiry", "company_id")
    def _compute_is_expired(self):
        for batch in self:
            today = self.env["o2o.card"].with_company(batch.company_id)._today()
            batch.is_expired = batch.date_expiry and batch.date_expiry < today

    @api.constrains("date_printed", "date_handed_out", "date_expiry")
    def _check_dates(self):
        for batch in self:
            dates = [batch.date_printed, batch.date_handed_out, batch.date_expiry]
            known = [date for date in dates if date]
            if known != sorted(known):
                raise ValidationError(
                    self.env._(
                        "Cards are printed first, then handed out, and expire last. "
                        "Check the three dates."
                    )
                )

    @api.constrains("handed_out_count")
    def _check_handed_out_count(self):
        for batch in self:
            if batch.handed_out_count > batch.card_count:
                raise ValidationError(
                    self.env._(
                        "This batch has %s cards: no more can be handed out.",
                        batch.card_count,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("o2o.card.batch")
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and set(vals) - _EDITABLE:
            raise AccessError(
                self.env._("Only the dates and the number handed out can be changed.")
            )
        return super().write(vals)

    # === actions ===

    def action_view_cards(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_card_action"
        )
        action["domain"] = [("batch_id", "=", self.id)]
        return action

    def action_recall(self, reason=""):
        """Make the cards nobody has activated worthless; active cards stay active."""
        self._ensure_can_recall()
        for batch in self:
            batch._move_unused("new", "recalled", reason)
        # sudo: the right was checked above
        self.sudo().filtered(
            lambda batch: not batch.recalled_at
        ).recalled_at = fields.Datetime.now()
        return True

    def action_undo_recall(self, reason=""):
        """Bring back what the recall of the batch took; single recalls stay."""
        self._ensure_can_recall()
        for batch in self:
            batch._move_unused("recalled", "new", reason)
        self.sudo().recalled_at = False  # sudo: see action_recall
        return True

    def _ensure_can_recall(self):
        self.check_access("write")
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(self.env._("Only a member manager can recall a batch."))

    def _move_unused(self, source, target, reason):
        """All cards of the batch in one statement: a batch may have 100,000.

        The update locks the rows; a card activated meanwhile makes Odoo replay the
        request, and is then left alone.
        """
        self.ensure_one()
        is_recall = target == "recalled"
        if not is_recall and not self.recalled_at:
            raise UserError(self.env._("This batch was not recalled."))
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH moved AS (
                    UPDATE o2o_card
                       SET state = %(target)s,
                           is_batch_recalled = %(is_recall)s,
                           write_uid = %(uid)s,
                           write_date = %(now)s
                     WHERE batch_id = %(batch)s
                       AND state = %(source)s
                       AND (%(is_recall)s OR is_batch_recalled)
                 RETURNING id, company_id
                )
                INSERT INTO o2o_card_event
                            (card_id, company_id, state_from, state_to, reason,
                             actor_id, create_uid, create_date, write_uid, write_date)
                     SELECT id, company_id, %(source)s, %(target)s, %(reason)s,
                            %(uid)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                       FROM moved
                """,
                target=target,
                source=source,
                is_recall=is_recall,
                batch=self.id,
                reason=reason or None,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.env.invalidate_all(flush=False)
