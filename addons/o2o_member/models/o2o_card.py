from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import HASH_KEY_PARAMETER
from ..lib.hashing import keyed_hash


class O2oCard(models.Model):
    """A member card, printed or electronic.

    A printed card is worth nothing until its code activates it. What may happen to a
    card is in ``o2o_card_lifecycle.py``, activation in ``o2o_card_activation.py``, the
    electronic card and the member's QR in ``o2o_card_electronic.py``.
    """

    _name = "o2o.card"
    _description = "Member Card"
    _order = "number, id"
    _rec_name = "number"
    _rec_names_search = ["number", "partner_id.name", "partner_id.phone"]
    _check_company_auto = True

    number = fields.Char(string="Card Number", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("plastic", "Plastic"), ("electronic", "Electronic")],
        required=True,
        readonly=True,
        default="plastic",
    )
    # HMAC of number and code together: equal codes on two cards do not look equal.
    # An electronic card has none, so that no code opens it.
    code_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")
    # No check_company: the import alone sets it, with the company of the batch, and the
    # check would take twice as long as everything else for a hundred thousand cards.
    batch_id = fields.Many2one(
        "o2o.card.batch",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("new", "Not activated"),
            ("active", "Active"),
            ("frozen", "Frozen"),
            ("lost", "Lost"),
            ("replaced", "Replaced"),
            ("recalled", "Recalled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="new",
        copy=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    partner_phone = fields.Char(related="partner_id.phone", string="Phone")
    partner_points = fields.Integer(related="partner_id.o2o_points", string="Points")
    activated_at = fields.Datetime(string="Card Opened", readonly=True, copy=False)
    first_purchase_at = fields.Datetime(
        string="First Purchase", readonly=True, copy=False
    )
    # taken by the recall of the whole batch, so given back with it
    is_batch_recalled = fields.Boolean(readonly=True, copy=False)
    replaced_by_id = fields.Many2one(
        "o2o.card",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    replaces_ids = fields.One2many(
        "o2o.card", "replaced_by_id", string="Takes Over From", readonly=True
    )
    event_ids = fields.One2many(
        "o2o.card.event", "card_id", string="History", readonly=True
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, number)", "This card number is already in the base."
    )
    _state_idx = models.Index("(company_id, state)")
    _activated_idx = models.Index(
        "(company_id, activated_at) WHERE activated_at IS NOT NULL"
    )
    # the till searches by the last digits
    _number_end_idx = models.Index(
        "(company_id, reverse(number) text_pattern_ops) WHERE partner_id IS NOT NULL"
    )
    _member_when_active = models.Constraint(
        "CHECK (state != 'active' OR partner_id IS NOT NULL)",
        "An active card belongs to a member.",
    )
    _code_when_plastic = models.Constraint(
        "CHECK (kind = 'electronic' OR code_hash IS NOT NULL)",
        "A plastic card needs an activation code.",
    )
    _successor_when_replaced = models.Constraint(
        "CHECK (state != 'replaced' OR replaced_by_id IS NOT NULL)",
        "A replaced card names the card that took over.",
    )

    def _note_purchase(self):
        """The first completed purchase with this card; later ones change nothing.

        Called by the points ledger. Cheap enough for every order.
        """
        # sudo: nobody has write access to cards, the caller has completed an order
        for card_sudo in self.sudo():
            if not card_sudo.first_purchase_at:
                card_sudo.first_purchase_at = fields.Datetime.now()

    # === hashes ===

    @api.model
    def _code_hash(self, number, code, key=None):
        """:param str key: result of :meth:`_hash_key`, for callers in a loop"""
        company = str(self.env.company.id)
        return keyed_hash(key or self._hash_key(), "code", company, number, code)

    @api.model
    def _hash(self, *parts):
        return keyed_hash(self._hash_key(), *parts)

    @api.model
    def _hash_key(self):
        # sudo: the key is for administrators' eyes only, its use is not
        key = self.env["ir.config_parameter"].sudo().get_param(HASH_KEY_PARAMETER)
        if not key:
            raise UserError(
                self.env._(
                    "The key of the activation codes is missing. Restore the system "
                    "parameter %s from a backup: without it no imported code works.",
                    HASH_KEY_PARAMETER,
                )
            )
        return key
