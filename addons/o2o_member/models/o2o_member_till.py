"""What the till asks about members: the look-up box and the member card (POS-02)."""

import logging
import re

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, plaintext2html

from ..lib.mask import mask_phone
from ..lib.pinyin import has_han
from ..lib.text import clean_card_number
from ..lib.till_text import (
    MIN_DIGITS,
    MIN_LETTERS,
    BankCardError,
    clean_query,
    is_track,
    pinyin_letters,
    read_track,
    refuse_bank_card,
)

_logger = logging.getLogger(__name__)

ROW_LIMIT = 10
#: a person at a counter does not need more; a program that reads the base does
MAX_LOOKUPS_PER_MINUTE = 30
MAX_LOOKUPS_PER_DAY = 2000
SEARCH_KINDS = ["code", "swipe", "token", "pinyin", "name"]
#: an electronic card is longer than any number people type
_MIN_TOKEN_LENGTH = 20
_MAX_NOTE_LENGTH = 1000
_MOBILE_LENGTH = 11
#: from here on a whole number is meant, and what only ends like it is no answer
_WHOLE_NUMBER_LENGTH = 6
_ORDER_NUMBER = re.compile(r"[0-9A-Z/\-]{4,64}")
_PHONE_END = SQL(r"reverse(regexp_replace(partner.phone, '\D', '', 'g'))")


class TokenRefusedError(Exception):
    """An electronic card that is not valid; its text is for the cashier."""


class O2oMemberTill(models.AbstractModel):
    """Calls of the tills. Public methods check the caller first, then run elevated.

    They answer ``{"status": ..., "message": ...}`` and do not raise where the try has
    to be remembered: raising would undo that.
    """

    _name = "o2o.member.till"
    _description = "Members at the Till"

    # === RPC === #

    @api.model
    def look_up(self, config_id, query):
        """Find members by whatever landed in the box (idea 10).

        :param int config_id: the till asking
        :param str query: end of a card or phone number, a whole one, a swipe, an
            electronic card, pinyin, a name, an order number
        :return: dict ``status`` (ok, refused, too_many), ``message``, ``kind``,
            ``rows`` (at most 10), ``more``
        """
        till, config = self._enter_till(config_id)
        return till._look_up(
            config, clean_query(query if isinstance(query, str) else "")
        )

    @api.model
    def member_card(self, config_id, partner_id):
        """Everything about one member, for one screen (idea 10).

        :return: dict ``status`` (ok, refused, too_many), ``message``, ``card``
        """
        till, config = self._enter_till(config_id)
        if till._is_over_limit(["card"]):
            return till._answer_too_many()
        partner_sudo = till._get_partner_sudo(partner_id)
        if not partner_sudo:
            return till._answer_unknown()
        self.env["o2o.member.lookup"]._log(config, "card", 1, partner_sudo)
        return till._answer(card=partner_sudo._o2o_till_card_values(config))

    @api.model
    def save_note(self, config_id, partner_id, text, previous):
        """Write the note on a member, unless somebody else did so meanwhile.

        :param str text: the new note
        :param str previous: the note the till showed
        :return: dict ``status`` (ok, refused), ``message``, ``note``
        """
        till, _config = self._enter_till(config_id)
        partner_sudo = till._get_partner_sudo(partner_id)
        if not partner_sudo:
            return till._answer_unknown()
        text = str(text or "").strip()[:_MAX_NOTE_LENGTH]
        current = partner_sudo._o2o_till_note()
        if current != str(previous or "").strip():
            return till._answer(
                "refused",
                self.env._("Somebody changed the note meanwhile. Please look again."),
                note=current,
            )
        partner_sudo.comment = plaintext2html(text) if text else False
        return till._answer(note=text)

    # === THE CALLER === #

    @api.model
    def _enter_till(self, config_id):
        """Check that the caller works at a till that is open.

        :return: this service in the company of the till, the till in sudo
        :raise AccessError: no POS user, or not a till of this user's companies
        :raise UserError: the till is closed
        """
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(self.env._("Only tills can look up members."))
        # through the record rules: tills of the user's companies only
        config = self.env["pos.config"].search(
            [("id", "=", config_id if isinstance(config_id, int) else 0)]
        )
        if not config:
            raise AccessError(self.env._("This till is not one of yours."))
        # sudo: the caller may use this till, as was just checked
        config_sudo = config.sudo()
        till = self.with_company(config_sudo.company_id)
        if not till._get_session_sudo(config_sudo):
            raise UserError(self.env._("Open the till first."))
        return till, config_sudo.with_company(config_sudo.company_id)

    @api.model
    def _get_session_sudo(self, config):
        # sudo: asked only for tills the caller may use
        return (
            self.env["pos.session"]
            .sudo()
            .search(
                [
                    ("config_id", "=", config.id),
                    ("state", "=", "opened"),
                    ("rescue", "=", False),
                ],
                limit=1,
            )
        )

    @api.model
    def _get_partner_sudo(self, partner_id):
        """A contact the current company may deal with, elevated, or empty."""
        # sudo: callers have passed _enter_till; companies are kept apart here
        return (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    ("id", "=", partner_id if isinstance(partner_id, int) else 0),
                    ("company_id", "in", [False, self.env.company.id]),
                ]
            )
        )

    @api.model
    def _is_over_limit(self, kinds):
        lookups = self.env["o2o.member.lookup"]
        return (
            lookups._count_recent(kinds, minutes=1) >= MAX_LOOKUPS_PER_MINUTE
            or lookups._count_recent(kinds, days=1) >= MAX_LOOKUPS_PER_DAY
        )

    # === ANSWERS === #

    @api.model
    def _answer(self, status="ok", message="", **values):
        return {"status": status, "message": message, **values}

    @api.model
    def _answer_unknown(self):
        return self._answer("refused", self.env._("This member was not found."))

    @api.model
    def _answer_too_many(self):
        _logger.warning("user %s looks up too many members", self.env.uid)
        return self._answer(
            "too_many",
            self.env._("Too many look-ups. Please wait a minute."),
            rows=[],
            more=False,
            kind="",
        )

    # === LOOK-UP === #

    @api.model
    def _look_up(self, config, query):
        if self._is_over_limit(SEARCH_KINDS):
            return self._answer_too_many()
        try:
            kind, partner_ids = self._find(config, query)
        except TokenRefusedError as error:
            return self._answer_rows("refused", str(error), kind="token")
        except BankCardError:
            return self._answer_rows(
                "refused",
                self.env._("This is a bank card. Please swipe the member card."),
            )
        if not kind:
            return self._answer_rows(
                "refused",
                self.env._(
                    "Please enter at least %(digits)s digits, or %(letters)s letters.",
                    digits=MIN_DIGITS,
                    letters=MIN_LETTERS,
                ),
            )
        rows = self._prepare_rows(partner_ids[:ROW_LIMIT])
        self.env["o2o.member.lookup"]._log(config, kind, len(rows))
        return self._answer_rows(
            kind=kind, rows=rows, more=len(partner_ids) > ROW_LIMIT
        )

    @api.model
    def _answer_rows(self, status="ok", message="", kind="", rows=(), more=False):
        return self._answer(status, message, kind=kind, rows=list(rows), more=more)

    @api.model
    def _find(self, config, query):
        """:return: (kind of the query or False, ids of partners, best first)"""
        refuse_bank_card(query)
        if is_track(query):
            return "swipe", self._find_by_card(read_track(query))
        if has_han(query):
            return "name", self._find_by_name(query)
        if len(query) >= _MIN_TOKEN_LENGTH:
            partner, problem = self.env["res.partner"]._o2o_partner_from_token(query)
            if problem:
                raise TokenRefusedError(problem)
            if partner:
                return "token", self._get_partner_sudo(partner.id).ids
        letters = pinyin_letters(query)
        if letters:
            is_long_enough = len(letters) >= MIN_LETTERS
            return is_long_enough and "pinyin", (
                self._find_by_pinyin(letters) if is_long_enough else []
            )
        code = clean_card_number(query)
        if len(code) < MIN_DIGITS or not _ORDER_NUMBER.fullmatch(code):
            return False, []
        return "code", self._find_by_code(config, query.upper(), code)

    @api.model
    def _find_by_card(self, number):
        if not number:
            return []
        return self._run(self._sql_card_number(number))

    @api.model
    def _find_by_name(self, name):
        prefix = name.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        return self._run(
            self._sql_members(SQL("partner.name LIKE %s", f"{prefix}%"), rank=1)
        )

    @api.model
    def _find_by_pinyin(self, letters):
        """First who has exactly these initials, then what begins like that."""
        return self._run(
            self._sql_members(SQL("partner.o2o_pinyin LIKE %s", f"{letters} %"), 1),
            self._sql_members(SQL("partner.o2o_pinyin LIKE %s", f"{letters}%"), 2),
            self._sql_members(
                SQL("split_part(partner.o2o_pinyin, ' ', 2) LIKE %s", f"{letters}%"), 2
            ),
        )

    @api.model
    def _find_by_code(self, config, query, code):
        """Numbers: of a card, a phone or an order, or the end of one of the first two.

        :param str query: as typed, in capitals: order numbers have dashes
        :param str code: without spaces and dashes
        """
        branches = [self._sql_orders(config, query)]
        if code.isalnum():
            end = f"{code[::-1]}%"
            branches += [
                self._sql_card_number(code),
                self._sql_card_end(end),
            ]
        if code.isdigit():
            phone = SQL("%s LIKE %s", _PHONE_END, end)
            is_whole = len(code) >= _MOBILE_LENGTH
            branches.append(
                self._sql_partners(phone, 1)
                if is_whole
                else self._sql_members(phone, 2)
            )
        return self._run(*branches, is_whole=len(code) >= _WHOLE_NUMBER_LENGTH)

    @api.model
    def _run(self, *branches, is_whole=False):
        """Ids of the partners the branches name, best rank first.

        :param bool is_whole: an exact hit (rank 0 or 1) hides those of rank 2
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT hit.partner_id, MIN(hit.rank)
                  FROM (%(branches)s) AS hit (partner_id, rank)
                  JOIN res_partner partner ON partner.id = hit.partner_id
                 WHERE partner.active
                   AND (partner.company_id = %(company)s OR partner.company_id IS NULL)
              GROUP BY hit.partner_id
              ORDER BY 2, 1 DESC
                """,
                branches=SQL(" UNION ALL ").join(branches),
                company=self.env.company.id,
            )
        )
        if is_whole and rows and rows[0][1] < 2:
            rows = [row for row in rows if row[1] < 2]
        return [partner_id for partner_id, _rank in rows]

    @api.model
    def _sql_card_number(self, number):
        """A whole card number, also of a card that was replaced since."""
        return SQL(
            """(SELECT card.partner_id, 0 FROM o2o_card card
                 WHERE card.company_id = %s AND card.number = %s
                   AND card.partner_id IS NOT NULL)""",
            self.env.company.id,
            number,
        )

    @api.model
    def _sql_card_end(self, end):
        return SQL(
            """(SELECT card.partner_id, 2 FROM o2o_card card
                 WHERE card.company_id = %s AND reverse(card.number) LIKE %s
                   AND card.partner_id IS NOT NULL
                 LIMIT %s)""",
            self.env.company.id,
            end,
            ROW_LIMIT + 1,
        )

    @api.model
    def _sql_partners(self, condition, rank):
        return SQL(
            "(SELECT partner.id, %s FROM res_partner partner WHERE %s LIMIT %s)",
            rank,
            condition,
            ROW_LIMIT + 1,
        )

    @api.model
    def _sql_members(self, condition, rank):
        """Like :meth:`_sql_partners`, of those who hold a card of this company."""
        return self._sql_partners(
            SQL(
                """%s AND partner.active AND EXISTS (
                    SELECT FROM o2o_card held
                     WHERE held.partner_id = partner.id AND held.company_id = %s)""",
                condition,
                self.env.company.id,
            ),
            rank,
        )

    @api.model
    def _sql_orders(self, config, number):
        """Online orders, receipts, and the short numbers called out today."""
        company_id = self.env.company.id
        return SQL(
            """(SELECT partner_id, 1 FROM sale_order
                 WHERE name = %(number)s AND company_id = %(company)s)
               UNION ALL
               (SELECT partner_id, 1 FROM pos_order
                 WHERE pos_reference = %(number)s AND company_id = %(company)s
                   AND partner_id IS NOT NULL)
               UNION ALL
               (SELECT partner_id, 1 FROM pos_order
                 WHERE session_id = %(session)s AND tracking_number = %(number)s
                   AND partner_id IS NOT NULL)""",
            number=number,
            company=company_id,
            session=self._get_session_sudo(config).id,
        )

    @api.model
    def _prepare_rows(self, partner_ids):
        """Enough to tell people apart, in the order of the ids."""
        if not partner_ids:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, partner.name, partner.phone, card.number, card.state
                  FROM res_partner partner
             LEFT JOIN LATERAL (
                        SELECT number, state FROM o2o_card
                         WHERE partner_id = partner.id AND company_id = %(company)s
                      ORDER BY state = 'active' DESC, activated_at DESC, id DESC
                         LIMIT 1
                       ) card ON TRUE
                 WHERE partner.id IN %(ids)s
              ORDER BY array_position(%(order)s, partner.id)
                """,
                company=self.env.company.id,
                ids=tuple(partner_ids),
                order=partner_ids,
            )
        )
        return [
            {
                "id": partner_id,
                "name": name or "",
                "phone": mask_phone(phone),
                "number": number or "",
                "is_member": state == "active",
            }
            for partner_id, name, phone, number, state in rows
        ]
