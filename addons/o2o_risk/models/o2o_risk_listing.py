"""Who is let through, and who is not, whatever the rules count."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..const import KEYS
from ..lib.normal import normal_network, normal_phone, normal_place

VERDICTS = [
    ("allow", "Let through"),
    ("hold", "Hold each order for review"),
    ("refuse", "Refuse"),
]
#: what people may enter, and how it is made equal
NORMAL = {"network": normal_network, "phone": normal_phone, "place": normal_place}
#: in the context of a merge; no request can bring this object
_MERGE = object()
#: of what is entered only the end is shown
_SHOWN = 4


class O2oRiskListing(models.Model):
    """A member, an address or another key that head office has decided about.

    To let a member through silences all rules for them; to let through another key
    silences the rules that count by it. What is held or refused here stays so.
    """

    _name = "o2o.risk.listing"
    _description = "Allowed or Denied"
    _inherit = ["mail.thread"]
    _order = "id desc"

    # not stored: it has to go with the member's name
    name = fields.Char(string="Who", compute="_compute_name", search="_search_name")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    verdict = fields.Selection(VERDICTS, required=True, default="allow", tracking=True)
    key_kind = fields.Selection(KEYS, string="By", required=True, default="member")
    partner_id = fields.Many2one(
        "res.partner", string="Member", ondelete="cascade", index="btree_not_null"
    )
    value = fields.Char(
        store=False, help="Address or phone as it is known; it is kept as a hash only"
    )
    hint = fields.Char(readonly=True)
    key_hash = fields.Char(copy=False)
    until = fields.Date(tracking=True, help="The last day; empty: without an end")
    reason = fields.Char(required=True, tracking=True)

    _once = models.UniqueIndex(
        "(company_id, key_kind, key_hash, verdict) WHERE active",
        "This is on the list already.",
    )
    _has_key = models.Constraint(
        "CHECK (key_hash <> '' AND key_hash IS NOT NULL)",
        "Please say who or what is meant.",
    )
    _key_idx = models.Index("(key_hash)")

    @api.depends("partner_id", "hint")
    def _compute_name(self):
        for listing in self:
            listing.name = listing.partner_id.display_name or listing.hint or ""

    def _search_name(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return Domain("partner_id.display_name", operator, value) | Domain(
            "hint", operator, value
        )

    @api.constrains("key_kind", "partner_id", "key_hash")
    def _check_key(self):
        for listing in self:
            if listing.key_kind == "member" and not listing.partner_id:
                raise ValidationError(self.env._("Please choose the member."))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._hide_value(vals) for vals in vals_list])

    def write(self, vals):
        fixed = {"key_kind", "key_hash", "partner_id", "company_id", "value"}
        is_merged = self.env.context.get("o2o_risk_merge") is _MERGE
        if fixed & vals.keys() and not is_merged:
            raise UserError(
                self.env._("Archive this line and make another one instead.")
            )
        return super().write(vals)

    def _follow(self, member, key_hash):
        """The member was merged into another; twins of what is known there go."""
        for listing in self:
            twin = self.search(
                Domain("key_hash", "=", key_hash)
                & Domain("company_id", "=", listing.company_id.id)
                & Domain("verdict", "=", listing.verdict)
                & Domain("active", "=", True),
                limit=1,
            )
            vals = {"partner_id": member.id, "key_hash": key_hash}
            if twin and listing.active:
                vals["active"] = False
            listing.with_context(o2o_risk_merge=_MERGE).write(vals)

    @api.model
    def _hide_value(self, vals):
        """Put a hash in the place of what was entered."""
        vals = dict(vals)
        text = (vals.pop("value", None) or "").strip()
        key_kind = vals.get("key_kind") or "member"
        if key_kind == "member" and vals.get("partner_id"):
            member = self.env["res.partner"].browse(vals["partner_id"])
            vals["key_hash"] = self._hash("member", member.commercial_partner_id.id)
        elif key_kind in NORMAL and NORMAL[key_kind](text):
            vals["key_hash"] = self._hash(key_kind, NORMAL[key_kind](text))
            vals["hint"] = f"…{text[-_SHOWN:]}"
        return vals

    @api.model
    def _hash(self, key_kind, text):
        return self.env["o2o.risk.fact"]._hash(key_kind, text)

    @api.model
    def _allow(self, order, until, reason):
        """Let the member of an order through until a day."""
        member = order.partner_id.commercial_partner_id
        known = self.search(
            Domain("partner_id", "=", member.id)
            & Domain("company_id", "=", order.company_id.id)
            & Domain("verdict", "=", "allow"),
            limit=1,
        )
        if known:
            known.write({"until": until, "reason": reason})
            return known
        return self.create(
            {
                "company_id": order.company_id.id,
                "partner_id": member.id,
                "until": until,
                "reason": reason,
            }
        )
