import hashlib
import hmac
import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import consteq

from ..const import (
    ONLINE_MARGIN_SECONDS,
    ONLINE_POLLS,
    PAIRING_ALPHABET,
    PAIRING_LENGTH,
    PAIRING_MINUTES,
)

_logger = logging.getLogger(__name__)


def _sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class O2oBox(models.Model):
    """The process in a store that drives its devices, and how it proves who it is.

    Codes and tokens are stored as hashes only and readable by nobody; the clear
    text exists once, in the answer that hands it over.
    """

    _name = "o2o.box"
    _description = "Box"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "store_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    store_id = fields.Many2one(
        "o2o.store",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    # of the store: a check of the store against it would leave a new box no choice
    company_id = fields.Many2one(
        related="store_id.company_id", store=True, index=True, precompute=True
    )
    state = fields.Selection(
        [("new", "Not paired"), ("paired", "Paired"), ("revoked", "Revoked")],
        required=True,
        readonly=True,
        default="new",
        copy=False,
        tracking=True,
    )
    pairing_code_hash = fields.Char(
        groups=fields.NO_ACCESS, copy=False, index="btree_not_null"
    )
    pairing_expires_at = fields.Datetime(
        string="Pairing code valid until", readonly=True, copy=False
    )
    token_hash = fields.Char(groups=fields.NO_ACCESS, copy=False)
    next_token_hash = fields.Char(groups=fields.NO_ACCESS, copy=False)
    is_rotation_requested = fields.Boolean(
        string="New token at next contact", readonly=True, copy=False
    )
    bus_channel = fields.Char(groups=fields.NO_ACCESS, copy=False)
    poll_seconds = fields.Integer(
        string="Safety poll (seconds)",
        default=15,
        required=True,
        help="How often the box asks when nothing wakes it",
    )
    last_seen_at = fields.Datetime(readonly=True, copy=False)
    is_online = fields.Boolean(compute="_compute_is_online", search="_search_is_online")
    device_name = fields.Char(readonly=True, copy=False)
    version = fields.Char(string="Box version", readonly=True, copy=False)
    printer_ids = fields.One2many("o2o.printer", "box_id")

    _poll_range = models.Constraint(
        "CHECK (poll_seconds BETWEEN 2 AND 300)",
        "The safety poll is between 2 and 300 seconds.",
    )

    # === COMPUTES === #

    @api.depends("last_seen_at", "poll_seconds", "state")
    def _compute_is_online(self):
        now = fields.Datetime.now()
        for box in self:
            limit = timedelta(
                seconds=ONLINE_POLLS * box.poll_seconds + ONLINE_MARGIN_SECONDS
            )
            box.is_online = (
                box.state == "paired"
                and bool(box.last_seen_at)
                and box.last_seen_at >= now - limit
            )

    def _search_is_online(self, operator, value):
        if operator != "in":
            return NotImplemented
        paired = self.sudo().search([("state", "=", "paired")], limit=10_000)
        domain = Domain("id", "in", paired.filtered("is_online").ids)
        return domain if True in value else ~domain

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: jobs of every store count
        used = (
            self.env["o2o.print.job"]
            .sudo()
            .search_count([("box_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._("This box has printed before: archive it instead.")
            )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            self.sudo()._revoke()
        return result

    # === ACTIONS === #

    def action_new_pairing_code(self):
        """Show a fresh code once; it pairs one box within ten minutes."""
        self.ensure_one()
        self.check_access("write")
        code = self._create_pairing_code()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Pairing code: %s", f"{code[:4]} {code[4:]}"),
                "message": self.env._(
                    "Enter it in the configuration of the box within %(minutes)s"
                    " minutes. It is shown only now and works once.",
                    minutes=PAIRING_MINUTES,
                ),
                "type": "success",
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_rotate_token(self):
        """Replace the token at the next contact, without pairing again."""
        self.check_access("write")
        self.filtered(lambda box: box.state == "paired").is_rotation_requested = True

    def action_revoke(self):
        """Lock the box out at once."""
        self.check_access("write")
        # sudo: the secret fields are readable by nobody
        self.sudo()._revoke()

    # === PAIRING === #

    def _create_pairing_code(self):
        """Make a new code; earlier codes of this box stop working.

        Also the way for scripts to pair a box by themselves (demo, runner).

        :return: the clear code, which is stored nowhere
        """
        self.ensure_one()
        code = "".join(secrets.choice(PAIRING_ALPHABET) for _i in range(PAIRING_LENGTH))
        # sudo: the secret fields are readable by nobody
        self.sudo().write(
            {
                "pairing_code_hash": self._hash_code(code),
                "pairing_expires_at": fields.Datetime.now()
                + timedelta(minutes=PAIRING_MINUTES),
            }
        )
        return code

    @api.model
    def _hash_code(self, code):
        """Keyed hash: a short code could be guessed from a plain one."""
        # sudo: the key must not be readable by users
        key = self.env["ir.config_parameter"].sudo().get_param("database.secret", "")
        normal = "".join(code.upper().split()).replace("-", "")
        return hmac.new(
            key.encode(), f"o2o.box:{normal}".encode(), "sha256"
        ).hexdigest()

    @api.model
    def _pair(self, data, address):
        """Pair by code; called elevated by the public route.

        :param dict data: ``code``, ``name``, ``version`` as the box sent them
        :return: tuple (answer, HTTP status)
        """
        attempts = self.env["o2o.box.attempt"]
        address_hash = self._hash_code(address)
        if not attempts._is_allowed(address_hash):
            _logger.warning("pairing refused: too many attempts")
            return {"error": "too_many_attempts"}, 429
        code = data.get("code")
        box = self.browse()
        if isinstance(code, str) and 0 < len(code) <= 32:
            box = self.search(
                Domain("pairing_code_hash", "=", self._hash_code(code))
                & Domain("pairing_expires_at", ">", fields.Datetime.now()),
                limit=1,
            )
        if not box:
            attempts.create({"address_hash": address_hash})
            _logger.warning("pairing refused: wrong code")
            return {"error": "wrong_code"}, 403
        token = box._issue_token("token_hash")
        box.write(
            {
                "state": "paired",
                "pairing_code_hash": False,
                "pairing_expires_at": False,
                "next_token_hash": False,
                "is_rotation_requested": False,
                "bus_channel": self._new_channel(),
                "device_name": self._clip(data.get("name")),
                "version": self._clip(data.get("version")),
            }
        )
        _logger.info("box %s paired", box.id)
        return {
            "box_id": box.id,
            "name": box.name,
            "token": token,
            "site": self._get_site(),
            "poll_seconds": box.poll_seconds,
        }, 200

    def _issue_token(self, field_name):
        self.ensure_one()
        token = f"{self.id}.{secrets.token_urlsafe(32)}"
        self[field_name] = _sha256(token)
        return token

    def _revoke(self):
        self.write(
            {
                "state": "revoked",
                "token_hash": False,
                "next_token_hash": False,
                "pairing_code_hash": False,
                "pairing_expires_at": False,
                "is_rotation_requested": False,
                # whoever listened hears nothing more
                "bus_channel": self._new_channel(),
            }
        )

    @api.model
    def _authenticate(self, token):
        """The box a token belongs to, or an empty recordset.

        A token handed out by rotation replaces the old one at its first use, so a
        lost answer never locks a box out.
        """
        box_id = token.partition(".")[0]
        if len(token) > 128 or not (box_id.isascii() and box_id.isdigit()):
            return self.browse()
        box = self.search(
            Domain("id", "=", int(box_id[:9])) & Domain("state", "=", "paired")
        )
        given = _sha256(token)
        if consteq(given, box.token_hash or ""):
            return box
        if consteq(given, box.next_token_hash or ""):
            box.write(
                {
                    "token_hash": box.next_token_hash,
                    "next_token_hash": False,
                    "is_rotation_requested": False,
                }
            )
            return box
        return self.browse()

    @api.model
    def _new_channel(self):
        return f"o2o_box_{secrets.token_urlsafe(24)}"

    @api.model
    def _get_site(self):
        """Names this database to a box, without telling its uuid."""
        # sudo: the uuid itself is not shown
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid", "")
        return _sha256(f"o2o.box.site:{uuid}")[:16]

    @api.model
    def _clip(self, value, limit=64):
        """A short printable text, whatever the box sent."""
        if not isinstance(value, str):
            return False
        return "".join(char for char in value[:limit] if char.isprintable())

    # === BUS === #

    def _wake(self):
        """Hint: there is something to fetch. Sent after the commit."""
        for box_sudo in self.sudo():
            if box_sudo.state == "paired" and box_sudo.bus_channel:
                self.env["bus.bus"]._sendone(box_sudo.bus_channel, "O2O_BOX_WAKE", {})
