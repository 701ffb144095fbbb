import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestCardImport(MemberCommon):
    GOOD = "卡号,激活码\n88000001,012345\n88000002,654321\n"

    def _upload(self, text, encoding="gbk", **values):
        return (
            self.env["o2o.card.import"]
            .with_user(self.manager)
            .create(
                {
                    "file": base64.b64encode(text.encode(encoding)),
                    "file_name": "cards.txt",
                    **values,
                }
            )
        )

    def _import(self, text, **values):
        wizard = self._upload(text, **values)
        action = wizard.action_import()
        return self.env["o2o.card.batch"].browse(action["res_id"])

    def test_preview_imports_nothing(self):
        """CARD-01: the check is a dry run."""
        wizard = self._upload(self.GOOD)
        self.assertRecordValues(
            wizard,
            [
                {
                    "state": "checked",
                    "row_count": 2,
                    "valid_count": 2,
                    "problem_count": 0,
                    "first_card": "88000001",
                    "last_card": "88000002",
                }
            ],
        )
        self.assertFalse(self.Card.search([("number", "=like", "880000%")]))

    def test_upload_through_the_form(self):
        """CARD-01: the dialog itself carries the file to the check."""
        form = Form(self.env["o2o.card.import"].with_user(self.manager))
        form.file = base64.b64encode(self.GOOD.encode()).decode()
        wizard = form.save()
        self.assertEqual(wizard.action_check()["res_id"], wizard.id)
        self.assertEqual(wizard.valid_count, 2)

    def test_import_makes_a_batch(self):
        """CARD-01, CARD-05: confirmed cards are new, hashed and in one batch."""
        batch = self._import(self.GOOD)
        self.assertRecordValues(
            batch, [{"file_name": "cards.txt", "card_count": 2, "activated_count": 0}]
        )
        self.assertTrue(batch.name.startswith("CARD/"))
        self.assertEqual(batch.card_ids.mapped("state"), ["new", "new"])
        card, error = self.Card._check_code("88000001", "012345", "10.1.1.1")
        self.assertEqual((card, error), (batch.card_ids[0], False))

    def test_bad_rows_block_the_file(self):
        """CARD-01: all or nothing, with the exact rows and reasons."""
        wizard = self._upload(self.GOOD + "88000003,1234\n88000004,12345x\n")
        self.assertEqual((wizard.valid_count, wizard.problem_count), (2, 2))
        self.assertRecordValues(
            wizard.problem_ids,
            [
                {"line": 4, "number": "88000003", "reason": "code_length"},
                {"line": 5, "number": "88000004", "reason": "code_letters"},
            ],
        )
        with self.assertRaises(UserError):
            wizard.action_import()
        self.assertFalse(self.Card.search([("number", "=like", "880000%")]))

    def test_same_file_twice_adds_nothing(self):
        """CARD-01: the second import of a file says that all cards are known."""
        batch = self._import(self.GOOD)
        wizard = self._upload(self.GOOD)
        self.assertTrue(wizard.is_all_known)
        self.assertEqual((wizard.known_count, wizard.valid_count), (2, 0))
        self.assertEqual(set(wizard.problem_ids.mapped("reason")), {"known"})
        with self.assertRaises(UserError):
            wizard.action_import()
        self.assertEqual(batch.card_count, 2)

    def test_double_click_is_one_batch(self):
        """CARD-01: confirming twice opens the batch already made."""
        wizard = self._upload(self.GOOD)
        first = wizard.action_import()
        self.assertEqual(wizard.action_import()["res_id"], first["res_id"])
        self.assertEqual(self.Card.search_count([("number", "=like", "880000%")]), 2)

    def test_two_previews_of_one_file(self):
        """CARD-01: whoever confirms second gets a message, not half a batch."""
        first, second = self._upload(self.GOOD), self._upload(self.GOOD)
        first.action_import()
        with self.assertRaisesRegex(UserError, "in the meantime"):
            second.action_import()

    def test_known_code_is_not_an_oracle(self):
        """CARD-02: a file of guesses learns nothing about codes already imported."""
        self._import(self.GOOD)
        right = self._upload("88000001,012345")
        wrong = self._upload("88000001,999999")
        fields = ["row_count", "valid_count", "problem_count", "known_count"]
        self.assertEqual(right.read(fields)[0]["known_count"], 1)
        self.assertEqual(
            {**right.read(fields)[0], "id": 0}, {**wrong.read(fields)[0], "id": 0}
        )
        self.assertEqual(right.problem_ids.reason, wrong.problem_ids.reason)

    def test_same_number_in_another_company(self):
        """CARD-01: card numbers belong to a company."""
        self._import(self.GOOD)
        other = self.env["res.company"].create({"name": "O2O Other"})
        self.manager.company_ids += other
        batch = self._import(self.GOOD, company_id=other.id)
        self.assertEqual(batch.card_ids.company_id, other)
        card, error = self.Card.with_company(other)._check_code(
            "88000001", "012345", "10.1.1.1"
        )
        self.assertEqual((card, error), (batch.card_ids[0], False))

    def test_codes_alone(self):
        """CARD-01: a file of codes is numbered from the first card number."""
        with self.assertRaisesRegex(UserError, "first card"):
            self._upload("012345\n654321\n")
        batch = self._import("012345\n654321\n", first_number="8809")
        self.assertEqual(batch.card_ids.mapped("number"), ["8809", "8810"])

    def test_plain_codes_never_reach_the_database(self):
        """CARD-02: neither the upload nor the card holds a readable code."""
        code = "739182"
        wizard = self._upload(f"88000001,{code}\n")
        self.env.flush_all()
        tables = ["o2o_card", "o2o_card_import", "o2o_card_import_problem"]
        for step in ("checked", "imported"):
            for table in tables:
                self.env.cr.execute(f"SELECT t::text FROM {table} t")
                dump = " ".join(row for [row] in self.env.cr.fetchall())
                self.assertNotIn(code, dump, (step, table))
                self.assertNotIn(base64.b64encode(code.encode()).decode(), dump)
            attachments = self.env["ir.attachment"].search(
                [("res_model", "=like", "o2o.card%"), ("res_field", "!=", False)]
            )
            self.assertFalse(attachments, step)
            if step == "checked":
                wizard.action_import()
                self.env.flush_all()
        self.assertFalse(wizard.sudo().payload)

    def test_payload_is_for_the_server(self):
        """CARD-02: a manager cannot read or replace what waits for confirmation."""
        wizard = self._upload(self.GOOD)
        with self.assertRaises(AccessError):
            wizard.read(["payload"])
        with self.assertRaises(AccessError):
            wizard.write({"payload": base64.b64encode(b"x")})

    def test_only_managers_import(self):
        """CARD-01: looking at cards does not mean making cards."""
        for user in (self.user, self.cashier, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["o2o.card.import"].with_user(user).create({})

    def test_large_file_is_written_in_bulk(self):
        """CARD-01: 100,000 cards in a minute, because cards are not written singly."""
        text = "\n".join(f"9{n:09d},{n % 1000000:06d}" for n in range(6_000))
        wizard = self._upload(text)
        before = self.cr.sql_log_count
        wizard.action_import()
        self.env.flush_all()
        self.assertEqual(wizard.batch_id.card_count, 6_000)
        self.assertLess(self.cr.sql_log_count - before, 200)
