from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MemberCommon

READ, CHANGE = ("read",), ("write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestCardRoles(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal"
        )
        cls.batch = cls.env["o2o.card.batch"].create({"file_name": "cards.txt"})
        cls.member = cls._create_member()
        cls.card = cls.member._o2o_active_card()
        cls.new_card = cls._create_card("88000001", batch_id=cls.batch.id)
        cls.roles = {
            "clerk": cls.user,
            "manager": cls.manager,
            "auditor": cls.auditor,
            "cashier": cls.cashier,
            "employee": cls.employee,
            "portal": cls.portal,
        }

    # model: {role: allowed operations}; what is not named is forbidden
    MATRIX = {
        "o2o.card": {
            "clerk": READ,
            "manager": READ,
            "auditor": READ,
            "cashier": READ,
            "portal": READ,
        },
        "o2o.card.batch": {
            "clerk": READ,
            "manager": ("read", "write"),
            "auditor": READ,
        },
        "o2o.card.event": {"clerk": READ, "manager": READ, "auditor": READ},
        "o2o.card.token.use": {"auditor": READ},
        "o2o.card.attempt": {"auditor": READ},
        "o2o.card.throttle": {"auditor": READ},
        "o2o.points.entry": {
            "clerk": READ,
            "manager": READ,
            "auditor": READ,
            "cashier": READ,
            "portal": READ,
        },
        "o2o.card.import": {"manager": READ + CHANGE},
        "o2o.card.import.problem": {"manager": READ},
        "o2o.card.import.progress": {"manager": READ},
        "o2o.card.change": {"clerk": READ + CHANGE, "manager": READ + CHANGE},
        "o2o.card.replace": {"manager": READ + CHANGE},
    }

    def test_matrix(self):
        """MEM-10, CARD-01: who may read and change what, for each role and model."""
        for model, rights in self.MATRIX.items():
            for role, user in self.roles.items():
                records = self.env[model].with_user(user)
                allowed = tuple(op for op in READ + CHANGE if records.has_access(op))
                with self.subTest(model=model, role=role):
                    self.assertEqual(sorted(allowed), sorted(rights.get(role, ())))

    def test_auditor_changes_nothing(self):
        """MEM-10: not one action of cards and batches is open to an auditor."""
        self.assertFalse(self.auditor.has_group("o2o_member.o2o_member_group_manager"))
        self.assertFalse(self.auditor.has_group("o2o_member.o2o_member_group_user"))
        self._assert_refused(self.auditor)
        card = self.card.with_user(self.auditor)
        self.assertEqual(card.number, "88000100")
        self.assertEqual(card.event_ids.state_to, "active")
        member = self.member.with_user(self.auditor)
        self.assertEqual(member.o2o_card_number, "88000100")
        with self.assertRaises(AccessError):
            card.read(["code_hash"])

    def test_cashiers_and_members_change_nothing(self):
        """CARD-04: cards change at a till through its own methods only."""
        for user in (self.cashier, self.employee, self.portal):
            self._assert_refused(user)

    def _assert_refused(self, user):
        actions = (
            "action_freeze",
            "action_unfreeze",
            "action_report_lost",
            "action_found",
            "action_recall",
            "action_undo_recall",
        )
        for name in actions:
            with (
                self.subTest(user=user.login, action=name),
                self.assertRaises(AccessError),
            ):
                getattr(self.card.with_user(user), name)("x")
        for name in ("action_recall", "action_undo_recall"):
            with self.assertRaises(AccessError):
                getattr(self.batch.with_user(user), name)("x")
        with self.assertRaises(AccessError):
            self.batch.with_user(user).date_expiry = "2020-01-01"
        self.assertEqual((self.card.state, self.new_card.state), ("active", "new"))

    def test_clerks_stop_cards_and_do_no_more(self):
        """CARD-04: a clerk helps against theft; bringing back is for managers."""
        card = self.card.with_user(self.user)
        card.action_freeze("x")
        card.action_report_lost("x")
        for name in ("action_unfreeze", "action_found", "action_recall"):
            with self.subTest(action=name), self.assertRaises(AccessError):
                getattr(card, name)("x")
        with self.assertRaises(AccessError):
            self.new_card.with_user(self.user).action_recall()
        with self.assertRaises(AccessError):
            self.batch.with_user(self.user).action_recall()
        with self.assertRaises(AccessError):
            self.env["o2o.card.replace"].with_user(self.user).create({})

    def test_managers_write_dates_only(self):
        """CARD-01: history of a batch is not rewritten by its manager."""
        batch = self.batch.with_user(self.manager)
        batch.write({"date_printed": "2026-01-01", "handed_out_count": 1})
        for field, value in (
            ("file_name", "other.txt"),
            ("name", "X"),
            ("recalled_at", False),
            ("company_id", self.company.id),
            ("card_ids", [(5,)]),
        ):
            with self.subTest(field=field), self.assertRaises(AccessError):
                batch.write({field: value})

    def test_private_doors_are_private(self):
        """CARD-04, MEM-11: nothing that trusts its caller is reachable by RPC."""
        for model, names in (
            (
                "o2o.card",
                (
                    "_set_state",
                    "_activate",
                    "_issue_electronic",
                    "_from_member_token",
                    "_replace_with",
                    "_note_purchase",
                ),
            ),
            ("res.partner", ("_o2o_member_token", "_o2o_cards")),
        ):
            for name in names:
                self.assertTrue(hasattr(self.env[model], name))
        public = {
            name
            for name in dir(type(self.env["o2o.card"]))
            if name.startswith("action_")
        }
        self.assertNotIn("action_activate", public)

    def test_company_wall(self):
        """CARD-04: history and used codes of another company are invisible."""
        company = self.env["res.company"].create({"name": "O2O Other"})
        card = self._create_card("99000001", company_id=company.id)
        card._activate(self.member)
        events = self.env["o2o.card.event"].with_user(self.manager)
        self.assertFalse(events.search([("card_id", "=", card.id)]))
        with self.assertRaises(AccessError):
            card.with_user(self.manager).action_freeze()
