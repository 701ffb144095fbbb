from datetime import timedelta
from importlib import util

from psycopg2.errors import RaiseException

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_path

from .common import MemberCommon

MIGRATION = "o2o_member/migrations/19.0.1.1.0/pre-card-states.py"


@tagged("post_install", "-at_install")
class TestCardLifecycle(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.batch = cls.env["o2o.card.batch"].create({"file_name": "cards.txt"})
        cls.new_card = cls._create_card("88000001", batch_id=cls.batch.id)
        cls.member = cls._create_member(number="88000100")
        cls.card = cls.member._o2o_active_card()

    def _events(self, card):
        return [
            (event.state_from, event.state_to, event.reason)
            for event in card.event_ids.sorted("id")
        ]

    def test_freeze_and_unfreeze(self):
        """CARD-04: a frozen card makes no member; unfrozen it is as before."""
        self.card.with_user(self.user).action_freeze("asked by the member")
        self.assertEqual(self.card.state, "frozen")
        self.assertFalse(self.member.o2o_is_member)
        self.card.with_user(self.manager).action_unfreeze("proven")
        self.assertTrue(self.member.o2o_is_member)
        self.assertEqual(
            self._events(self.card),
            [
                ("new", "active", False),
                ("active", "frozen", "asked by the member"),
                ("frozen", "active", "proven"),
            ],
        )
        self.assertEqual(
            self.card.event_ids.sorted("id").actor_id[-2:], self.user | self.manager
        )

    def test_same_state_twice_is_silent(self):
        """CARD-04: a double click freezes once and logs once."""
        self.card._freeze("one")
        self.card._freeze("two")
        self.assertEqual(len(self._events(self.card)), 2)

    def test_forbidden_changes(self):
        """CARD-04: each state has its sources; the message names the card."""
        for change in ("_freeze", "_report_lost"):
            with self.assertRaisesRegex(UserError, "88000001"):
                getattr(self.new_card, change)()
        with self.assertRaises(UserError):
            self.card._recall()
        with self.assertRaises(UserError):
            self.card._undo_recall()
        with self.assertRaises(UserError):
            self.new_card._reactivate("frozen")
        self.assertEqual((self.card.state, self.new_card.state), ("active", "new"))

    def test_unfreeze_does_not_find_lost_cards(self):
        """CARD-04: one button does not do the work of the other."""
        self.card._report_lost()
        with self.assertRaises(UserError):
            self.card.with_user(self.manager).action_unfreeze()
        self.assertEqual(self.card.state, "lost")

    def test_found_again(self):
        """CARD-04: a lost card comes back, unless the member uses another."""
        self.card._report_lost()
        self.card.with_user(self.manager).action_found("in the sofa")
        self.assertEqual(self.card.state, "active")
        self.card._freeze()
        self.new_card._activate(self.member)
        with self.assertRaisesRegex(UserError, "already uses card 88000001"):
            self.card._reactivate("frozen")

    def test_log_is_append_only(self):
        """CARD-04: nobody rewrites what happened to a card, not even by SQL."""
        event = self.card.event_ids
        with self.assertRaises(UserError):
            event.reason = "x"
        with self.assertRaises(UserError):
            event.unlink()
        for query in (
            "UPDATE o2o_card_event SET reason = 'x' WHERE id = %s",
            "DELETE FROM o2o_card_event WHERE id = %s",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(RaiseException),
                self.cr.savepoint(),
            ):
                self.cr.execute(query, [event.id])

    # === replacement ===

    def _replace(self, card, **values):
        wizard = (
            self.env["o2o.card.replace"]
            .with_user(self.manager)
            .create({"card_id": card.id, "reason": "lost", **values})
        )
        return self.Card.browse(wizard.action_replace()["res_id"])

    def test_replace_with_a_plastic_card(self):
        """CARD-04: points stay, the old number finds the member and the new card."""
        self.member._o2o_post_points(70, "manual", "t:replace")
        account = self._account(self.member)
        self.card._report_lost("at the beach")
        new = self._replace(self.card, number=" 8800-0001 ")
        self.assertEqual(new, self.new_card)
        self.assertRecordValues(
            self.card | new,
            [
                {"state": "replaced", "replaced_by_id": new.id},
                {"state": "active", "replaced_by_id": False},
            ],
        )
        self.assertEqual(new.partner_id, self.member)
        self.assertEqual(self.card.partner_id, self.member)
        self.assertEqual(self.member.o2o_points, 70)
        self.assertEqual(self._account(self.member), account, "one account per member")
        self.assertEqual(self.member._o2o_active_card(), new)
        self.member._o2o_post_points(-70, "redeem", "t:spend")
        found = self.env["res.partner"].search([("o2o_member_search", "=", "88000100")])
        self.assertEqual(found, self.member)
        self.assertEqual(new.replaces_ids, self.card)

    def test_replace_with_an_electronic_card(self):
        """MEM-11: the electronic card takes over at once."""
        new = self._replace(self.card, kind="electronic")
        self.assertRecordValues(
            new,
            [{"kind": "electronic", "state": "active", "partner_id": self.member.id}],
        )
        self.assertEqual(self.card.replaced_by_id, new)
        newer = self._replace(new, kind="electronic")
        self.assertNotEqual(newer, new)
        self.assertEqual(new.replaced_by_id, newer)

    def test_replace_a_frozen_card(self):
        """CARD-04: a manager may replace a frozen card; the log keeps the freeze."""
        self.card._freeze("suspicious")
        new = self._replace(self.card, kind="electronic")
        self.assertEqual(new.state, "active")
        self.assertEqual(self.card.state, "replaced")

    def test_replacement_must_be_a_new_card(self):
        """CARD-04: neither a card in use nor a number that is not in the base."""
        other = self._create_member("O2O Other", "88000200")
        with self.assertRaisesRegex(UserError, "already been activated"):
            self._replace(self.card, number="88000200")
        with self.assertRaisesRegex(UserError, "no card 77777777"):
            self._replace(self.card, number="77777777")
        self.new_card._recall()
        with self.assertRaisesRegex(UserError, "recalled"):
            self._replace(self.card, number="88000001")
        self.assertEqual(self.card.state, "active")
        self.assertEqual(other._o2o_active_card().number, "88000200")

    def test_new_card_takes_over_from_the_lost_one(self):
        """CARD-04: a member who activates another card after a loss has one chain."""
        self.card._report_lost()
        _card, error = self.Card._try_activate("88000001", "123456", self.member, "1.2")
        self.assertFalse(error)
        self.assertEqual(self.card.replaced_by_id, self.new_card)

    def test_frozen_member_does_not_activate_another_card(self):
        """CARD-04: a freeze is not undone by the next card at hand."""
        self.card._freeze()
        error = self.Card._try_activate("88000001", "123456", self.member, "1.2")[1]
        self.assertEqual(error, "member_frozen")
        with self.assertRaisesRegex(UserError, "frozen"):
            self.Card._issue_electronic(self.member)

    # === what the activation tells ===

    def test_states_are_told_to_who_knows_the_code(self):
        """CARD-03: frozen, lost, replaced, recalled, expired need the right code."""
        visitor = self.env["res.partner"].create({"name": "O2O Visitor"})
        successor = self._create_card("88000003", "333333")
        cases = {
            "frozen": lambda card: card._activate(self.member) or card._freeze(),
            "lost": lambda card: card._activate(self.member) or card._report_lost(),
            "replaced": lambda card: (
                card._activate(self.member) or card._replace_with(successor)
            ),
            "recalled": lambda card: card._recall(),
        }
        for index, (state, prepare) in enumerate(cases.items()):
            with self.subTest(state=state):
                number = f"8810000{index}"
                prepare(self._create_card(number, "222222"))
                wrong = self.Card._try_activate(number, "999999", visitor, False)
                self.assertEqual(wrong[1], "mismatch")
                right = self.Card._try_activate(number, "222222", visitor, False)
                self.assertEqual(right, (self.Card, state))
                self.assertTrue(self.Card._activation_message(state))

    # === batch ===

    def test_recall_of_a_batch(self):
        """CARD-05: cards lost in the post: unused ones are stopped, until undone."""
        used = self._create_card("88000002", batch_id=self.batch.id)
        used._activate(self.env["res.partner"].create({"name": "O2O User"}))
        single = self._create_card("88000003", batch_id=self.batch.id)
        single._recall("single")
        batch = self.batch.with_user(self.manager)
        batch.action_recall("lost in the post")
        batch.action_recall("again")
        self.assertEqual(self.new_card.state, "recalled")
        self.assertEqual(used.state, "active")
        self.assertEqual(
            self._events(self.new_card), [("new", "recalled", "lost in the post")]
        )
        self.assertEqual(self.new_card.event_ids.actor_id, self.manager)
        self.assertEqual(self.batch.recalled_count, 2)
        batch.action_undo_recall("found")
        self.assertEqual((self.new_card.state, single.state), ("new", "recalled"))
        self.assertFalse(self.batch.recalled_at)
        with self.assertRaises(UserError):
            batch.action_undo_recall()

    def test_recall_is_one_statement(self):
        """CARD-05: recalling a batch costs the same for two cards and for 300."""

        def cost(batch):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            batch.action_recall("x")
            self.env.flush_all()
            return self.cr.sql_log_count - before

        big = self.env["o2o.card.batch"].create({})
        for number in range(300):
            self._create_card(f"8820{number:04d}", batch_id=big.id)
        small_cost = cost(self.batch)
        self.assertLessEqual(cost(big), small_cost)
        self.assertEqual(big.recalled_count, 300)

    def test_expired_batch(self):
        """CARD-05: after its last day a batch activates no more; used cards stay."""
        today = self.Card._today()
        self.batch.with_user(self.manager).date_expiry = today
        self.assertFalse(self.new_card._expiry_error())
        self.batch.date_expiry = today - timedelta(days=1)
        self.assertTrue(self.batch.is_expired)
        visitor = self.env["res.partner"].create({"name": "O2O Visitor"})
        right = self.Card._try_activate("88000001", "123456", visitor, False)
        self.assertEqual(right[1], "expired")
        wrong = self.Card._try_activate("88000001", "999999", visitor, False)
        self.assertEqual(wrong[1], "mismatch")
        with self.assertRaisesRegex(UserError, "expired"):
            self._replace(self.card, number="88000001")

    def test_dates_in_order(self):
        """CARD-01: printed, handed out, expired: in this order."""
        self.batch.write({"date_printed": "2026-01-01", "date_expiry": "2027-01-01"})
        with self.assertRaises(ValidationError):
            self.batch.date_handed_out = "2025-12-31"
        with self.assertRaises(ValidationError):
            self.batch.handed_out_count = 99

    def test_funnel(self):
        """CARD-05, idea 25: printed, handed out, activated, first purchase, once."""
        for number in range(3):
            self._create_card(f"8830{number:04d}", batch_id=self.batch.id)
        self.assertEqual(self.batch.shown_handed_out_count, 0)
        self.batch.date_handed_out = fields.Date.today()
        self.assertEqual(self.batch.shown_handed_out_count, 4)
        self.batch.handed_out_count = 2
        self.new_card._activate(self.env["res.partner"].create({"name": "O2O A"}))
        with freeze_time("2026-03-01 10:00:00"):
            self.new_card._note_purchase()
        self.new_card._note_purchase()
        self.assertEqual(
            self.new_card.first_purchase_at,
            fields.Datetime.to_datetime("2026-03-01 10:00:00"),
        )
        self.assertRecordValues(
            self.batch,
            [
                {
                    "card_count": 4,
                    "shown_handed_out_count": 2,
                    "activated_count": 1,
                    "purchase_count": 1,
                    "activated_rate": 25,
                }
            ],
        )

    # === dialogs ===

    def test_reason_dialog(self):
        """CARD-04: the dialog asks why, and does what its button said."""
        form = Form(
            self.env["o2o.card.change"]
            .with_user(self.manager)
            .with_context(default_card_id=self.card.id, default_change="action_freeze")
        )
        form.reason = "asked by phone"
        form.save().action_apply()
        self.assertEqual(self.card.state, "frozen")
        dialog = (
            self.env["o2o.card.change"]
            .with_user(self.manager)
            .create(
                {
                    "batch_id": self.batch.id,
                    "change": "action_recall",
                    "reason": "post",
                }
            )
        )
        dialog.action_apply()
        self.assertEqual(self.new_card.state, "recalled")

    def test_dialog_gives_no_rights(self):
        """CARD-04: a clerk cannot do through the dialog what a button refuses."""
        self.card._freeze()
        dialog = (
            self.env["o2o.card.change"]
            .with_user(self.user)
            .create(
                {"card_id": self.card.id, "change": "action_unfreeze", "reason": "x"}
            )
        )
        with self.assertRaises(AccessError):
            dialog.action_apply()
        self.assertEqual(self.card.state, "frozen")

    # === migration ===

    def test_blocked_cards_are_migrated(self):
        """CARD-04: blocked becomes frozen with a member, recalled without."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE o2o_card SET state = 'blocked' WHERE id IN %s",
            [(self.card.id, self.new_card.id)],
        )
        spec = util.spec_from_file_location("o2o_migration", file_path(MIGRATION))
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual((self.card.state, self.new_card.state), ("frozen", "recalled"))
