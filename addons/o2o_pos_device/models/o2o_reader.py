from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

_SEEN_SECONDS = 60
KINDS = [
    ("magnetic", "Magnetic stripe"),
    ("chip", "Chip card (IC, NFC)"),
    ("barcode", "Barcode and QR code"),
]


class O2oReader(models.Model):
    """A reader of cards or codes at a box, and the tills it belongs to (POS-14).

    The box names its readers at each sync; here they only get their tills. A reader
    that left the configuration of the box is offline and may be deleted.
    """

    _name = "o2o.reader"
    _description = "Card reader"
    _order = "store_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    box_id = fields.Many2one(
        "o2o.box",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    key = fields.Char(
        string="Name at the box",
        required=True,
        readonly=True,
        help="Section of the reader in the box's configuration",
    )
    store_id = fields.Many2one(
        related="box_id.store_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="box_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    config_ids = fields.Many2many(
        "pos.config",
        string="Tills",
        check_company=True,
        domain="[('o2o_store_id', '=', store_id)]",
        help="A swipe goes to the till among these that waits for it",
    )
    is_connected = fields.Boolean(readonly=True)
    last_seen_at = fields.Datetime(string="Last seen", readonly=True)
    is_online = fields.Boolean(string="Online", compute="_compute_is_online")

    _key_uniq = models.Constraint(
        "UNIQUE (box_id, key)", "A box has one reader of this name."
    )

    @api.depends("is_connected", "box_id.is_online")
    def _compute_is_online(self):
        for reader in self:
            reader.is_online = reader.is_connected and reader.box_id.is_online

    @api.constrains("config_ids", "box_id")
    def _check_tills(self):
        for reader in self:
            if reader.config_ids - reader._get_tills():
                raise ValidationError(
                    self.env._(
                        "Reader %(reader)s is for tills of %(store)s only.",
                        reader=reader.name,
                        store=reader.store_id.name,
                    )
                )

    def _apply_report(self, kind, is_connected):
        """What the box tells of its reader; called elevated by the sync."""
        self.ensure_one()
        vals = {}
        if kind != self.kind:
            vals["kind"] = kind
        if is_connected != self.is_connected:
            vals["is_connected"] = is_connected
        now = fields.Datetime.now()
        limit = now - timedelta(seconds=_SEEN_SECONDS)
        # the contact is remembered without a write per sync
        if is_connected and (
            vals or not self.last_seen_at or self.last_seen_at < limit
        ):
            vals["last_seen_at"] = now
        if vals:
            self.write(vals)

    def _get_tills(self):
        """The tills that may have a swipe: a box may have moved to another store."""
        self.ensure_one()
        return self.config_ids.filtered(
            lambda config: config.o2o_store_id == self.store_id
        )

    def _notify_tills(self, message, payload):
        """Tell the tills of this reader."""
        for config in self._get_tills():
            config._notify(message, payload)
