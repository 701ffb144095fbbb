import re
import unicodedata

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import TERMINAL_LIST_MAX

#: never as long as the number of a card
_SEARCH = re.compile(r"[A-Za-z0-9.]{1,12}")
_TRACE_DIGITS = 6


class O2oTerminal(models.Model):
    """The terminal on the screen of its till (POS-08, POS-10, POS-11, POS-13)."""

    _inherit = "o2o.terminal"

    @api.model
    def pos_status(self, config_id):
        """How the terminal of a till is set up, and how it is.

        :return: dict, see :meth:`_prepare_pos_status`; empty without a terminal
        :raise AccessError: the caller does not work at that till
        """
        terminal_sudo = self._get_of_till_sudo(config_id)
        return terminal_sudo._prepare_pos_status() if terminal_sudo else {}

    @api.model
    def pos_sign_in(self, config_id, uid):
        """Sign in once more; the way to test the connection as well (POS-13).

        :param str uid: made by the till for each press of the button
        :return: as :meth:`pos_request`
        :raise AccessError: the caller does not work at that till
        """
        terminal_sudo = self._get_of_till_sudo(config_id)
        self._check_keys(uid)

        def begin():
            terminal_sudo._ensure_new_key(uid)
            if not terminal_sudo.box_id.is_online:
                raise UserError(self.env._("The box of the store is not connected."))
            return terminal_sudo._request("signin", uid=uid)

        return terminal_sudo._answer_request(
            lambda: terminal_sudo._find_sign_in(uid), begin
        )

    @api.model
    def pos_list(self, config_id, search="", limit=TERMINAL_LIST_MAX):
        """What the bank card terminal of a till has done, the newest first (POS-11).

        :param str search: a voucher or reference number, an amount, or the last four
            digits of a card
        :return: dict ``transactions`` (see ``_prepare_pos_row``) and ``has_more``
        :raise AccessError: the caller does not work at that till
        """
        terminal_sudo = self._get_of_till_sudo(config_id)
        is_number = type(limit) is int and limit > 0
        limit = min(limit, TERMINAL_LIST_MAX) if is_number else TERMINAL_LIST_MAX
        found_sudo = self.env["o2o.terminal.transaction"].sudo()
        found_sudo = found_sudo.search(
            terminal_sudo._get_own_domain(config_id)
            & Domain("op", "!=", "signin")
            & self._get_search_domain(search),
            limit=limit + 1,
        )
        return {
            "transactions": [each._prepare_pos_row() for each in found_sudo[:limit]],
            "has_more": len(found_sudo) > limit,
        }

    @api.model
    def pos_print_slip(self, config_id, uid):
        """Print the slip of a transaction again, marked and numbered (POS-08).

        :return: dict ``status`` (``ok``, ``gone``, ``refused``), ``message``, and
            ``job``: the print job as the till shows it, or False
        :raise AccessError: the caller does not work at that till
        """
        terminal_sudo = self._get_of_till_sudo(config_id)
        self._check_keys(uid)
        transaction_sudo = (
            self.env["o2o.terminal.transaction"]
            .sudo()
            .search(
                terminal_sudo._get_own_domain(config_id) & Domain("uid", "=", uid),
            )
        )
        if not transaction_sudo:
            message = self.env._("This transaction is not one of this till.")
            return {"status": "gone", "message": message, "job": False}
        try:
            job_sudo = transaction_sudo._print_slip_again()
        except UserError as error:
            return {"status": "refused", "message": str(error), "job": False}
        return {"status": "ok", "message": "", "job": job_sudo._prepare_pos_dict()}

    # === HELPERS, called elevated === #

    def _get_own_domain(self, config_id):
        """Transactions a till may see: its own and its terminal's, of its store.

        Without a terminal nothing: the till has no business with cards then.
        """
        if not self:
            return Domain.FALSE
        mine = Domain("config_id", "=", config_id) | Domain(
            "terminal_id", "in", self.ids
        )
        return mine & Domain("store_id", "=", self.store_id.id)

    @api.model
    def _get_search_domain(self, text):
        """Find by what stands on a slip; what can be none of it finds nothing."""
        if not isinstance(text, str):
            return Domain.FALSE
        # as typed with a Chinese keyboard
        text = unicodedata.normalize("NFKC", text[:32]).replace(",", "")
        text = text.strip().strip("¥ ")
        if not text:
            return Domain.TRUE
        if not _SEARCH.fullmatch(text):
            return Domain.FALSE
        domain = Domain("ref", "=", text)
        if text.isdigit():
            domain |= Domain("trace", "=", text.zfill(_TRACE_DIGITS))
            if len(text) == 4:  # noqa: PLR2004 - the last four digits of a card
                domain |= Domain("card", "=like", f"%{text}")
        if re.fullmatch(r"\d+(\.\d{1,2})?", text):
            amount = float(text)
            domain |= Domain("amount", "=", amount)
            domain |= Domain("booked_amount", "=", amount)
        return domain

    def _find_sign_in(self, uid):
        """The sign-in of this press, or one that is on its way."""
        sign_ins = self.env["o2o.terminal.transaction"].search(
            [
                ("terminal_id", "=", self.id),
                ("op", "=", "signin"),
                "|",
                ("uid", "=", uid),
                ("state", "in", ("new", "pending")),
            ],
        )
        is_pressed = sign_ins.filtered(lambda each: each.uid == uid)
        return is_pressed or (sign_ins & self._get_blocking())[:1]

    def _prepare_pos_status(self):
        """The terminal for the staff of its till: settings, state, last sign-in."""
        self.ensure_one()
        sign_in = self.env["o2o.terminal.transaction"].search(
            [("terminal_id", "=", self.id), ("op", "=", "signin")], limit=1
        )
        connections = dict(self._fields["connection"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state if self.box_id.is_online else "box_offline",
            "connection": connections[self.connection],
            "address": self._get_address(),
            "box": self.box_id.name,
            "pos_no": self.pos_no or "",
            "mid": self.mid or "",
            "tid": self.tid or "",
            "batch": self.batch or "",
            "answer_seconds": self.answer_seconds,
            "has_slips": self.has_slips,
            "is_settled_at_closing": self.is_settled_at_closing,
            "signed_in_at": fields.Datetime.to_string(self.signed_in_at) or "",
            "sign_in": sign_in._prepare_pos_dict() if sign_in else False,
        }

    def _get_address(self):
        """Where the box finds the terminal, in one line."""
        self.ensure_one()
        if self.connection == "tcp":
            return f"{self.host}:{self.port}"
        if self.connection == "serial":
            return f"{self.device}, {self.baudrate}"
        return ""

    # === OPENING === #

    def _sign_in_at_opening(self):
        """Sign in when the till is opened, nobody has to think of it (POS-10).

        Nothing keeps a till from opening: where the box is away, or the terminal not
        free, the till says so, and the box signs in by itself when it is back.
        """
        for terminal in self.filtered(lambda each: each.box_id.is_online):
            is_free = terminal.try_lock_for_update()
            if is_free and not terminal._get_open_transactions():
                terminal._request("signin")
