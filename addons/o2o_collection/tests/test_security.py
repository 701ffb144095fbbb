from psycopg2.errors import RaiseException

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import PNG, DoorCase


@tagged("post_install", "-at_install")
class TestDoorSecurity(DoorCase):
    """Who sees which money, and that nobody writes it."""

    def test_nobody_writes(self):
        """PAY-03: amounts and states do not change by RPC, whoever asks."""
        row = self._ship()
        self._take(row, "cash", received_fen=100)
        payment = row.payment_ids
        handover = self.handovers.with_user(self.courier).sudo()._begin(self.near, 100)
        manager = new_test_user(
            self.env, "o2o_door_manager", groups="o2o_order.o2o_order_group_manager"
        )
        attacks = (
            (row, {"due_fen": 1}),
            (row, {"state": "settled"}),
            (row, {"refused_fen": 39900}),
            (row, {"courier_id": self.courier.id}),
            (payment, {"amount_fen": 40000}),
            (payment, {"handover_id": handover.id}),
            (handover, {"counted_fen": 100}),
        )
        for user in (self.courier, self.cashier, self.head_office_user, manager):
            for record, vals in attacks:
                with self.assertRaises(AccessError):
                    record.with_user(user).write(vals)
                with self.assertRaises(AccessError):
                    record.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    record.with_user(user).create(vals)

    def test_private_methods(self):
        """PAY-03: what takes money is not callable by RPC."""
        row = self._ship()
        for method in ("_door_act", "_take_cash", "_enter", "_finish", "_note_payment"):
            with self.assertRaises(AccessError):
                call_kw(row.with_user(self.courier), method, [row.ids], {})

    @mute_logger("odoo.sql_db")
    def test_ledger_is_append_only(self):
        """PAY-03: the database itself keeps what was taken."""
        row = self._ship()
        self._take(row, "cash", received_fen=100)
        for query in (
            "UPDATE o2o_collection_payment SET amount_fen = 1",
            "DELETE FROM o2o_collection_payment",
        ):
            with self.assertRaises(RaiseException), self.cr.savepoint():
                self.cr.execute(f"{query} WHERE id = %s", [row.payment_ids.id])
        with self.assertRaises(UserError):
            row.payment_ids.unlink()

    def test_who_sees_what(self):
        """POS-15: a courier the own rows and nobody's, a store its own, head office
        all."""
        mine, theirs = self._ship(), self._ship(courier=self.cashier)
        free = self._ship(courier=self.env["res.users"])
        rows = mine | theirs | free
        self._take(mine, "cash", received_fen=100)

        def seen(user, records):
            return records.with_user(user)._filtered_access("read").sudo()

        self.assertEqual(seen(self.courier, rows), mine | free)
        self.assertEqual(seen(self.cashier, rows), rows)
        self.assertEqual(seen(self.head_office_user, rows), rows)
        self.assertFalse(seen(self.cashier_far, rows))
        payment = mine.payment_ids
        self.assertEqual(seen(self.courier, payment), payment)
        self.assertFalse(seen(self.cashier_far, payment))
        outsider = new_test_user(self.env, "o2o_outsider", groups="base.group_user")
        with self.assertRaises(AccessError):
            mine.with_user(outsider).read(["due_fen"])
        with self.assertRaises(AccessError):
            mine.with_user(self.member).read(["due_fen"])

    def test_lists_open_for_couriers(self):
        """POS-15: who may read a row may open the lists and the form it is on."""
        row = self._ship()
        self._take(row, "cash", received_fen=100)
        self.handovers.with_user(self.courier).sudo()._begin(self.near, 100)
        for model in (
            "o2o.collection",
            "o2o.collection.payment",
            "o2o.collection.handover",
        ):
            records = self.env[model].with_user(self.courier)
            views = records.get_views([(False, "list"), (False, "search")])
            names = views["models"][model]["fields"]
            specification = {
                name: {"fields": {"display_name": {}}}
                if records._fields[name].type == "many2one"
                else {}
                for name in names
                if name in records._fields
            }
            self.assertTrue(records.search([]).web_read(specification))

    def test_code_is_secret(self):
        """POS-15: the code of a hand-over is read on the courier's phone only."""
        row = self._ship()
        self._take(row, "cash", received_fen=100)
        handover = self.handovers.with_user(self.courier).sudo()._begin(self.near, 100)
        for user in (self.cashier, self.head_office_user, self.courier):
            with self.assertRaises(AccessError):
                handover.with_user(user).read(["code"])

    def test_acts_on_rows_of_others(self):
        """POS-15: a guessed id, another courier's row, another store's: nothing
        happens."""
        row = self._ship()
        for user in (self.cashier, self.cashier_far, self.head_office_user):
            for action in ("cash", "finish", "give_up", "take", "hand_on", "code"):
                answer = self._press(
                    row, action, user=user, received_fen=40000, reason="x"
                )
                self.assertEqual(answer["status"], "gone", action)
        for guess in (0, -1, row.id + 1000, "1", None, [row.id], True):
            answer = self.collections.with_user(self.courier)._door_act(
                guess, "cash", {"received_fen": 40000}, "some-key-1"
            )
            self.assertEqual(answer["status"], "gone", guess)
        self.assertFalse(row.payment_ids)
        self.assertEqual(row.courier_id, self.courier)

    def test_strange_actions(self):
        """POS-15: only buttons are actions, and a key is needed."""
        row = self._ship()
        for action in ("__init__", "Cash", "no_such", "", None, 5, "x" * 99):
            with self.assertRaises(UserError):
                self._press(row, action)
        answer = self.collections.with_user(self.courier)._door_act(
            row.id, "cash", {"received_fen": 40000, "open_fen": 40000}, None
        )
        self.assertEqual(answer["status"], "refused")

    def test_no_staff_no_page(self):
        """POS-15: members and strangers have no list."""
        with self.assertRaises(AccessError):
            self.collections.with_user(self.member)._get_door_list()
        self.near.user_ids -= self.courier
        row = self._ship(courier=self.env["res.users"])
        self.assertNotIn(
            row, self.collections.with_user(self.courier)._get_door_list()["free"]
        )

    def test_a_member_who_goes(self):
        """POS-15: proofs are a person's data: they go with the member, not before the
        money was taken."""
        row = self._ship()
        partner = self.member.partner_id
        self.assertTrue(
            [it for it in partner._o2o_deletion_obstacles() if "at the door" in it]
        )
        self._take(row, "cash", received_fen=40000)
        self._take(row, "finish", photo=PNG)
        self.assertTrue(row.photo)
        partner._o2o_anonymise()
        self.assertFalse(row.photo)
        self.assertEqual(row.collected_fen, 40000)
