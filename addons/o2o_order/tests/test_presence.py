from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestPresence(O2oOrderCase):
    def _ask(self, user=None, store=None, **told):
        """The till asks for its board, as it does every 20 seconds."""
        store = store or self.near
        return (
            self.env["o2o.fulfillment"]
            .with_user(user or self.cashier)
            .with_context(o2o_presence=told)
            .pos_board(self._till(store).id)
        )

    def _rows(self):
        return self.env["o2o.till.presence"].search(
            [("config_id", "in", self.near.pos_config_ids.ids)]
        )

    def test_open_till_listens_and_a_silent_one_does_not(self):
        """ROUT-07: the server knows whether somebody in the store would hear."""
        self.assertFalse(self.near.is_listening)
        self._ask(device="A", sound="allowed", version="19.0")
        self.near.invalidate_recordset()
        self.assertTrue(self.near.is_listening)
        self.assertEqual(self.near.listening_till_count, 1)
        self.assertFalse(self.far.is_listening)
        with freeze_time(fields.Datetime.now() + timedelta(seconds=61)):
            self.near.invalidate_recordset()
            self.assertFalse(self.near.is_listening)
            self.assertTrue(self.near.last_seen_at)

    def test_till_without_sound_does_not_count(self):
        """ROUT-07: a till that may not sound is no bell."""
        self._ask(device="A", sound="blocked")
        self.assertFalse(self.near.is_listening)
        self._ask(device="B", sound="allowed")
        self.near.invalidate_recordset()
        self.assertTrue(self.near.is_listening)
        self.assertEqual(self.near.listening_till_count, 1)
        self.assertEqual(len(self._rows()), 2)

    def test_search_finds_the_stores_nobody_listens_in(self):
        self._ask(device="A", sound="allowed")
        stores = self.env["o2o.store"]
        both = self.near | self.far
        domain = [("id", "in", both.ids)]
        listening = stores.search([*domain, ("is_listening", "=", True)])
        self.assertEqual(listening, self.near)
        silent = stores.search([*domain, ("is_listening", "=", False)])
        self.assertEqual(silent, self.far)

    def test_unchanged_row_is_not_written_at_each_question(self):
        """ROUT-07: a heartbeat is cheap: one write in ten seconds."""
        self._ask(device="A", sound="allowed")
        first = self._rows().seen_at
        with freeze_time(fields.Datetime.now() + timedelta(seconds=5)):
            self._ask(device="A", sound="allowed")
        self._rows().invalidate_recordset()
        self.assertEqual(self._rows().seen_at, first)
        with freeze_time(fields.Datetime.now() + timedelta(seconds=15)):
            self._ask(device="A", sound="allowed")
        self._rows().invalidate_recordset()
        self.assertGreater(self._rows().seen_at, first)

    def test_answer_to_the_test_tone_is_kept(self):
        """POS-01: "did you hear it?" is known to head office."""
        self._ask(device="A", sound="allowed", heard=False)
        self.assertTrue(self._rows().not_heard_at)
        self._ask(device="A", sound="allowed", heard=True)
        self._rows().invalidate_recordset()
        self.assertTrue(self._rows().heard_at)
        self.assertFalse(self._rows().not_heard_at)

    def test_nonsense_of_a_till_is_harmless(self):
        """ROUT-07: what the till says of itself is not believed to be well-formed."""
        for told in (
            {"device": "x" * 500, "sound": "loud", "version": ["a"], "heard": "yes"},
            {"device": None, "sound": {"a": 1}},
        ):
            self._ask(**told)
        self.env["o2o.fulfillment"].with_user(self.cashier).with_context(
            o2o_presence="now"
        ).pos_board(self._till(self.near).id)
        self.assertEqual(set(self._rows().mapped("sound")), {"unknown"})

    def test_stranger_leaves_no_heartbeat(self):
        """ROUT-07: only staff of the store keep its bell alive."""
        with self.assertRaises(AccessError):
            self._ask(user=self.cashier_far, device="A", sound="allowed")
        self.assertFalse(self._rows())

    def test_version_changes_with_the_news_only(self):
        """Performance F12: the till may ask every few seconds whether there is news."""
        fulfillments = self.env["o2o.fulfillment"].with_user(self.cashier)
        till = self._till(self.near).id
        before = fulfillments.pos_board_version(till)
        self.assertEqual(fulfillments.pos_board_version(till), before)
        fulfillment = self._place()
        self.env.flush_all()
        offered = fulfillments.pos_board_version(till)
        self.assertNotEqual(offered, before)
        self.assertEqual(fulfillments.pos_board(till)["version"], offered["version"])
        self._act(self.cashier, self.near, fulfillment, "accept")
        self.env.flush_all()
        self.assertNotEqual(fulfillments.pos_board_version(till), offered)

    def test_version_is_for_the_staff(self):
        self._place()
        self.env.flush_all()
        answer = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier_far)
            .pos_board_version(self._till(self.near).id)
        )
        self.assertEqual(answer, {"version": False})
        with self.assertRaises(AccessError):
            self.env["o2o.fulfillment"].with_user(self.member).pos_board_version(
                self._till(self.near).id
            )

    def test_version_costs_one_statement(self):
        """Performance F12: at most three statements, whatever the number of orders."""
        self._place()
        self.env.flush_all()
        fulfillments = self.env["o2o.fulfillment"].with_user(self.cashier)
        till = self._till(self.near).id
        fulfillments.pos_board_version(till)
        with self.assertQueryCount(3):
            fulfillments.pos_board_version(till)
