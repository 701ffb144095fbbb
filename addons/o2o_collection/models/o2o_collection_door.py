"""What the courier's phone asks: lists, one delivery, and one act per button."""

import base64
import binascii
import re
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.o2o_member.lib.barcode_image import qr_image

from ..const import MAX_FEN

_ACTION = re.compile(r"[a-z_]{2,32}")
#: characters of an image that a phone sends, base64: some 6 MB
MAX_IMAGE = 8_000_000
#: finished deliveries of today that the list shows
DONE_LIMIT = 50
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


class O2oCollection(models.Model):
    _inherit = "o2o.collection"

    # === THE CALLER === #

    @api.model
    def _get_door_stores_sudo(self):
        """The stores in which the caller works, elevated; may be empty.

        :raise AccessError: not a person of the staff
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only the staff of a store collects money."))
        # sudo: couriers read no stores; the domain is the check
        return (
            self.env["o2o.store"]
            .sudo()
            .search(
                [
                    ("user_ids", "in", self.env.user.ids),
                    ("company_id", "in", self.env.companies.ids),
                ]
            )
        )

    @api.model
    def _get_door_domain(self):
        """What is the caller's at the door: own rows, and those of nobody in the own
        stores."""
        return Domain("store_id", "in", self._get_door_stores_sudo().ids) & Domain(
            "courier_id", "in", [self.env.uid, False]
        )

    @api.model
    def _find_door_sudo(self, collection_id):
        """One collection that the caller may handle; empty for everybody else's."""
        if type(collection_id) is not int:
            return self.sudo().browse()
        # sudo: the domain is the check
        return self.sudo().search(
            self._get_door_domain() & Domain("id", "=", collection_id)
        )

    # === SHOWN === #

    @api.model
    def _prepare_door_held(self, store_sudo):
        """What the caller has in hand of one store; empty where it is nothing.

        :return: dict ``store``, ``cash`` and ``slips`` (amounts), ``slip_count``
        """
        held_sudo = (
            self.env["o2o.collection.handover"]
            .sudo()
            ._get_held(store_sudo, self.env.user)
        )
        if not held_sudo:
            return {}
        cash_sudo = held_sudo.filtered(lambda payment: payment.way == "cash")
        slips_sudo = held_sudo - cash_sudo
        return {
            "store": store_sudo,
            "currency": store_sudo.company_id.currency_id,
            "cash": sum(cash_sudo.mapped("amount")),
            "slips": sum(slips_sudo.mapped("amount")),
            "slip_count": len(slips_sudo),
        }

    @api.model
    def _get_door_list(self):
        """:return: dict of elevated collections ``mine``, ``free``, ``done``"""
        domain = self._get_door_domain()
        rows_sudo = self.sudo().search(
            domain & Domain("state", "=", "to_collect"), order="id"
        )
        today = fields.Datetime.subtract(fields.Datetime.now(), hours=24)
        done_sudo = self.sudo().search(
            domain
            & Domain("courier_id", "=", self.env.uid)
            & Domain("state", "not in", ["to_collect", "cancelled"])
            & Domain("closed_at", ">=", today),
            limit=DONE_LIMIT,
        )
        return {
            "mine": rows_sudo.filtered("courier_id"),
            "free": rows_sudo.filtered(lambda row: not row.courier_id),
            "done": done_sudo,
        }

    def _get_door_address(self):
        """Where to go: the address of the delivery, the member's phone."""
        self.ensure_one()
        address = self.fulfillment_id.partner_shipping_id
        street = address._o2o_get_address_line()
        return {
            "name": address.name or self.partner_id.name,
            "phone": address.phone or self.partner_id.phone or "",
            "street": street,
            # a link only: nothing is loaded from there
            "map": f"https://uri.amap.com/search?keyword={quote(street)}&callnative=1",
        }

    def _get_door_colleagues(self):
        """Who else of the store may take it."""
        self.ensure_one()
        return self.store_id.user_ids - self.env.user

    def _prepare_door_dict(self):
        """What the page asks for while it is open."""
        self.ensure_one()
        code = self._get_blocking_codes()[:1]
        return {
            "id": self.id,
            "state": self.state,
            "open_fen": self.open_fen,
            "code": {
                "id": code.id,
                "state": "held" if code.state == "held" else "waiting",
                "is_ending": code.is_close_wanted,
                "seconds_left": code._get_progress()["seconds_left"],
            }
            if code
            else False,
        }

    # === ACTS === #

    @api.model
    def _door_act(self, collection_id, action, values=None, key=None):
        """Do one thing at the door; safe to repeat. Called by the page's controller.

        A button is a method ``_door_act_<action>(values, key)`` of this model.

        :param int collection_id: as the page was opened for
        :param dict values: what the action needs, see its method; ``open_fen`` is what
            the page showed as open, and is compared where money is taken
        :param str key: new for each press, kept until there is an answer
        :return: dict ``status`` (``ok``; ``refused``; ``gone``: not the caller's),
            ``message``, ``collection``, and what the action adds
        """
        row_sudo = self._find_door_sudo(collection_id)
        values = values if isinstance(values, dict) else {}
        if not row_sudo:
            return {
                "status": "gone",
                "message": self.env._("This delivery is not yours any more."),
                "collection": False,
            }
        handler = None
        if isinstance(action, str) and _ACTION.fullmatch(action):
            handler = getattr(row_sudo, f"_door_act_{action}", None)
        if handler is None:
            raise UserError(self.env._("The page asked for an unknown action."))
        try:
            with self.env.cr.savepoint():
                more = handler(values, key) or {}
                self.env.flush_all()
        except UserError as error:
            row_sudo.invalidate_recordset()
            return {
                "status": "refused",
                "message": str(error),
                "collection": row_sudo._prepare_door_dict(),
            }
        return {
            "status": "ok",
            "message": "",
            "collection": row_sudo._prepare_door_dict(),
            **more,
        }

    def _door_act_look(self, values, key):
        """How far it is; moves nothing."""

    def _door_act_take(self, values, key):
        """A delivery of nobody becomes the caller's."""
        self._lock()
        if self.courier_id not in (self.env.user, self.env["res.users"]):
            raise UserError(self.env._("%s was faster.", self.courier_id.name))
        self._assign(self.env.user)

    def _door_act_hand_on(self, values, key):
        """``courier_id``: who of the same store goes instead; 0 for anybody"""
        self._lock()
        courier = self.env["res.users"].browse(self._read_number(values, "courier_id"))
        self._assign(courier if courier.id else courier.browse())
        return {"is_gone": True}

    def _door_act_cash(self, values, key):
        """``received_fen``, ``open_fen``"""
        received = self._read_number(values, "received_fen")
        payment = self._take_seen(values, key, lambda: self._take_cash(received, key))
        return {"change_fen": payment.received_fen - payment.amount_fen}

    def _door_act_card(self, values, key):
        """``amount_fen``, ``reference``, ``card_end``, ``open_fen``"""
        fen = self._read_number(values, "amount_fen")
        reference, card_end = (
            str(values.get(name) or "")[:200] for name in ("reference", "card_end")
        )
        self._take_seen(
            values, key, lambda: self._take_card(fen, reference, card_end, key)
        )

    def _door_act_code(self, values, key):
        """``gateway``, ``amount_fen``, ``open_fen``: plan a code; :meth:`_open_code`
        shows it"""
        self._require_mine()
        fen = self._read_number(values, "amount_fen")
        intent = self._plan_code(str(values.get("gateway") or ""), fen)
        return {"code_id": intent.id}

    def _door_act_end_code(self, values, key):
        """The customer does not want to pay by the code."""
        self._require_mine()
        self._lock()
        self._end_codes()

    def _door_act_finish(self, values, key):
        """``signature``, ``photo``: base64 of an image"""
        self._require_mine()
        self._finish(
            signature=self._read_image(values, "signature"),
            photo=self._read_image(values, "photo"),
        )

    def _door_act_give_up(self, values, key):
        """``reason``, ``signature``, ``photo``, ``open_fen``"""
        self._require_mine()
        self._lock()
        if self.state == "to_collect":
            self._check_seen(values)
        self._give_up(
            str(values.get("reason") or ""),
            signature=self._read_image(values, "signature"),
            photo=self._read_image(values, "photo"),
        )

    def _take_seen(self, values, key, take):
        """Take money, if the page has shown what is open now; the same press again is
        what it was."""
        self._require_mine()
        self._lock()
        if not self._find_payment(key):
            self._check_seen(values)
        return take()

    def _check_seen(self, values):
        """:raise UserError: another phone was faster"""
        if self.open_fen and self._read_number(values, "open_fen") != self.open_fen:
            raise UserError(
                self.env._(
                    "Somebody has taken money here meanwhile: please look again."
                )
            )

    def _require_mine(self):
        """Who takes money is the courier of the row; that of nobody becomes theirs."""
        self.ensure_one()
        if not self.courier_id:
            self._lock()
            if not self.courier_id:
                self._assign(self.env.user)
        if self.courier_id != self.env.user:
            raise UserError(
                self.env._("This delivery is with %s.", self.courier_id.name)
            )

    def _assign(self, courier):
        """Give it to somebody of the store, or to nobody. The caller holds the lock.

        :raise UserError: finished, money was taken, or not of this store
        """
        self.ensure_one()
        if self.courier_id == courier:
            return
        if courier and courier not in self.store_id.user_ids:
            raise UserError(
                self.env._("Only the staff of %s can take it.", self.store_id.name)
            )
        if self.state != "to_collect":
            raise UserError(self.env._("This collection is finished already."))
        if self._get_undecided_codes():
            raise UserError(
                self.env._(
                    "A code is being paid: wait for it, or cancel the code first."
                )
            )
        self.courier_id = courier

    @api.model
    def _read_number(self, values, name):
        number = values.get(name)
        if type(number) is not int or not 0 <= number <= MAX_FEN:
            raise UserError(self.env._("Please enter an amount."))
        return number

    @api.model
    def _read_image(self, values, name):
        """:return: base64 of an image, or False
        :raise UserError: not an image, or too large
        """
        text = values.get(name)
        if not text:
            return False
        if not isinstance(text, str) or len(text) > MAX_IMAGE:
            raise UserError(self.env._("This picture is too large."))
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if not content.startswith(_IMAGES):
            raise UserError(self.env._("This is not a picture."))
        return text

    # === THE CODE === #

    @api.model
    def _open_code(self, collection_id, client_ip):
        """Let the gateway make the code that was planned, and draw it.

        A request of its own, after the plan was committed; nothing is locked here, and
        called again it is the same code.

        :return: dict ``qr``: a picture as data address, or "" with ``message``
        """
        row_sudo = self._find_door_sudo(collection_id)
        intent_sudo = row_sudo._get_undecided_codes()[:1]
        if not intent_sudo:
            return {"qr": "", "message": self.env._("This code is over.")}
        try:
            intent_sudo._open(False, client_ip)
        except UserError as error:
            return {"qr": "", "message": str(error)}
        if not intent_sudo.qr_text:
            return {
                "qr": "",
                "message": self.env._(
                    "The payment service does not answer. Nothing was charged: try"
                    " again, or take the money in another way."
                ),
            }
        return {"qr": qr_image(intent_sudo.qr_text), "message": ""}
