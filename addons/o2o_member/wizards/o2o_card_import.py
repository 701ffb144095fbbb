import base64
import json
import zlib
from contextlib import contextmanager
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ..lib.card_file import Problem, read_card_file
from ..lib.table_file import TableFileError

_CHUNK = 5000
_MAX_SHOWN_PROBLEMS = 1000


def _pack(rows):
    return base64.b64encode(zlib.compress(json.dumps(rows).encode()))


def _unpack(payload):
    return json.loads(zlib.decompress(base64.b64decode(payload)))


class O2oCardImport(models.TransientModel):
    """Import a file of card numbers and activation codes (CARD-01).

    The file itself never reaches the database: ``file`` has no column, its inverse
    turns the codes into hashes at once, and only numbers and hashes wait in
    ``payload`` (a column of this transient table, not an attachment) for the
    confirmation, which empties it. So neither a finished nor an abandoned import
    leaves plain codes behind, not even in a backup.
    """

    _name = "o2o.card.import"
    _description = "Import Member Cards"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    first_number = fields.Char(
        string="First Card Number",
        help="Only for files that hold nothing but codes, one a line: the cards are "
        "numbered upwards from here, in the order of the file.",
    )
    file = fields.Binary(
        compute="_compute_file",
        inverse="_inverse_file",
        help="Excel (.xlsx, .xls) or text (.txt, .csv) with a card number and a "
        "6-digit code in each row.",
    )
    file_name = fields.Char()
    date_printed = fields.Date(string="Printed On")
    date_handed_out = fields.Date(string="Handed Out On")
    date_expiry = fields.Date(
        string="Valid Until",
        help="Last day on which a card of this batch can be activated.",
    )
    # known to the dialog before anything is saved, so that it can ask how far we are
    progress_key = fields.Char(readonly=True, default=lambda self: str(uuid4()))
    state = fields.Selection(
        [("draft", "Choose a file"), ("checked", "Check"), ("done", "Imported")],
        default="draft",
        readonly=True,
    )
    # zlib(json([[number, code hash], ...])), written by the server only
    payload = fields.Binary(
        attachment=False, readonly=True, copy=False, groups="base.group_system"
    )
    # zlib(json([[line, number, reason], ...])), all of them, for the download
    problem_payload = fields.Binary(
        attachment=False, readonly=True, copy=False, groups="base.group_system"
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    valid_count = fields.Integer(string="Cards to Import", readonly=True)
    problem_count = fields.Integer(string="Bad Rows", readonly=True)
    known_count = fields.Integer(string="Already in the Base", readonly=True)
    first_card = fields.Char(string="From Card", readonly=True)
    last_card = fields.Char(string="To Card", readonly=True)
    is_all_known = fields.Boolean(compute="_compute_flags")
    has_more_problems = fields.Boolean(compute="_compute_flags")
    problem_ids = fields.One2many(
        "o2o.card.import.problem", "import_id", string="Problems", readonly=True
    )
    batch_id = fields.Many2one("o2o.card.batch", readonly=True)

    def _compute_file(self):
        """Nothing to show again; no ``depends``, or naming the file would empty it."""
        self.file = False

    def _inverse_file(self):
        for wizard in self:
            if wizard.file:
                with wizard._progress():
                    wizard._check_file(base64.b64decode(wizard.file))

    @api.depends("row_count", "known_count", "problem_count")
    def _compute_flags(self):
        for wizard in self:
            wizard.is_all_known = wizard.row_count and (
                wizard.known_count == wizard.row_count
            )
            wizard.has_more_problems = wizard.problem_count > _MAX_SHOWN_PROBLEMS

    # === check ===

    def _check_file(self, content):
        """Read a file and keep the outcome for the preview."""
        self.ensure_one()
        try:
            card_file = read_card_file(
                content,
                self.first_number or "",
                lambda rows: self._report_progress("read", rows),
            )
        except TableFileError as error:
            raise UserError(self._file_error_message(error.reason)) from error
        known = self._known_numbers([row.number for row in card_file.rows])
        problems = card_file.problems + [
            # Whether the code is the known one is not told: that would let a file of
            # guesses read the codes back.
            Problem(row.line, row.number, "known")
            for row in card_file.rows
            if row.number in known
        ]
        problems.sort(key=lambda problem: problem.line)
        cards = self.env["o2o.card"].with_company(self.company_id)
        key = cards._hash_key()
        rows = []
        for chunk in split_every(_CHUNK, card_file.rows):
            rows += [
                [row.number, cards._code_hash(row.number, row.code, key)]
                for row in chunk
                if row.number not in known
            ]
            self._report_progress("check", len(rows), card_file.row_count)
        self.problem_ids.sudo().unlink()
        # sudo: payload and problems belong to the server, the user only reads them
        self.sudo().write(
            {
                "state": "checked",
                "payload": _pack(rows),
                "problem_payload": _pack(
                    [[p.line, p.number, p.reason] for p in problems]
                ),
                "row_count": card_file.row_count,
                "valid_count": len(rows),
                "problem_count": len(problems),
                "known_count": len(known),
                "first_card": rows[0][0] if rows else False,
                "last_card": rows[-1][0] if rows else False,
            }
        )
        self.env["o2o.card.import.problem"].sudo().create(
            [
                {
                    "import_id": self.id,
                    "line": problem.line,
                    "number": problem.number,
                    "reason": problem.reason,
                }
                for problem in problems[:_MAX_SHOWN_PROBLEMS]
            ]
        )

    def _known_numbers(self, numbers):
        """Which of these card numbers the company already has."""
        # sudo: the check must see every card, the user only learns about own numbers
        cards_sudo = self.env["o2o.card"].sudo()
        known = set()
        for chunk in split_every(_CHUNK, numbers):
            known.update(
                card.number
                for card in cards_sudo.search_fetch(
                    [("company_id", "=", self.company_id.id), ("number", "in", chunk)],
                    ["number"],
                )
            )
        return known

    @api.model
    def _file_error_message(self, reason):
        return {
            "empty": self.env._("The file holds no cards."),
            "too_big": self.env._("The file is too big. Split it, then try again."),
            "too_many_rows": self.env._(
                "The file has more than 200,000 rows. Split it, then try again."
            ),
            "encoding": self.env._(
                "The text in this file is not readable. Save it as UTF-8 or GBK."
            ),
            "corrupt": self.env._(
                "The file is damaged or protected. Save it again from Excel."
            ),
            "columns": self.env._(
                "The columns are not clear. Keep two columns, card number and code, "
                "or name them in the first row."
            ),
            "first_number_missing": self.env._(
                "This file holds codes only. Enter the number of the first card, "
                "then choose the file again."
            ),
            "first_number_invalid": self.env._(
                "The first card number must end with digits to count up from."
            ),
        }[reason]

    # === actions ===

    def action_check(self):
        self.ensure_one()
        if self.state == "draft":
            raise UserError(self.env._("Choose a file first."))
        return self._reopen()

    def action_reset(self):
        self.ensure_one()
        self.problem_ids.sudo().unlink()
        # sudo: see _check_file
        self.sudo().write(
            {
                "state": "draft",
                "payload": False,
                "problem_payload": False,
                "file_name": False,
            }
        )
        return self._reopen()

    def action_import(self):
        """Create all cards of the file, or none."""
        self.ensure_one()
        self.check_access("write")
        # sudo: nobody may create cards but this wizard, and only its managers reach it
        wizard_sudo = self.sudo()
        if wizard_sudo.state == "done":
            return wizard_sudo._view_batch()
        if wizard_sudo.state != "checked" or not wizard_sudo.payload:
            raise UserError(self.env._("Choose a file first."))
        if wizard_sudo.problem_count:
            raise UserError(
                self.env._("Nothing was imported: correct the bad rows first.")
            )
        rows = _unpack(wizard_sudo.payload)
        if wizard_sudo._known_numbers([number for number, _code_hash in rows]):
            raise UserError(
                self.env._(
                    "Nothing was imported: somebody imported some of these cards in "
                    "the meantime. Check the file again."
                )
            )
        with self._progress():
            batch_sudo = wizard_sudo._create_batch(rows)
        wizard_sudo.write(
            {"state": "done", "payload": False, "batch_id": batch_sudo.id}
        )
        return wizard_sudo._view_batch()

    def _create_batch(self, rows):
        self.env.flush_all()
        batch = self.env["o2o.card.batch"].create(
            {
                "company_id": self.company_id.id,
                "file_name": self.file_name,
                "date_printed": self.date_printed,
                "date_handed_out": self.date_handed_out,
                "date_expiry": self.date_expiry,
            }
        )
        done = 0
        for chunk in split_every(_CHUNK, rows):
            self._insert_cards(batch, chunk)
            done += len(chunk)
            self._report_progress("import", done, len(rows))
        return batch

    def action_download(self):
        """The outcome of the check as a spreadsheet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/o2o/card_import/{self.id}/result",
            "target": "self",
        }

    # === outcome ===

    def _get_problems(self):
        """:return: list of (line, number, reason as text), all bad rows"""
        self.ensure_one()
        self.check_access("read")
        # sudo: the payload is kept from users because it is the server's to write
        payload = self.sudo().problem_payload
        reasons = dict(
            self.env["o2o.card.import.problem"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        rows = _unpack(payload) if payload else []
        return [(line, number, reasons[reason]) for line, number, reason in rows]

    # === progress ===

    @contextmanager
    def _progress(self):
        """The progress row lives as long as the work, also when that fails."""
        try:
            yield
        finally:
            self.env["o2o.card.import.progress"]._finish(self.progress_key)

    def _report_progress(self, step, done, total=0):
        self.env["o2o.card.import.progress"]._report(
            self.progress_key, step, done, total
        )

    def _insert_cards(self, batch, rows):
        """Past the ORM, which needs four times as long for a hundred thousand cards.

        New cards have no member, so that no stored field depends on them.
        """
        numbers, code_hashes = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO o2o_card
                            (number, code_hash, batch_id, company_id, kind, state,
                             create_uid, create_date, write_uid, write_date)
                     SELECT number, code_hash, %(batch)s, %(company)s, 'plastic', 'new',
                            %(uid)s, %(now)s, %(uid)s, %(now)s
                       FROM unnest(%(numbers)s::text[], %(code_hashes)s::text[])
                            AS row (number, code_hash)
                """,
                batch=batch.id,
                company=self.company_id.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                numbers=list(numbers),
                code_hashes=list(code_hashes),
            )
        )
        batch.invalidate_recordset()

    def _view_batch(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.card.batch",
            "res_id": self.batch_id.id,
            "views": [(False, "form")],
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Member Cards"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
