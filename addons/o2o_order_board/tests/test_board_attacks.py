from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import BoardCase


@tagged("post_install", "-at_install")
class TestBoardAttacks(BoardCase):
    """Who must not see or do what: invariant 8, ROUT-11."""

    def _ids(self, user):
        return {row["id"] for row in self._board(user)["stores"]}

    def test_store_sees_itself_only(self):
        """ROUT-11: no other store, no number of another store."""
        self._place([(self.product, 1)])
        self.assertEqual(self._ids(self.cashier), {self.near.id})
        self.assertEqual(self._ids(self.cashier_far), {self.far.id})
        self.assertEqual(self._card(self.near, self.cashier)["waiting"], 1)
        self.assertFalse(self._board(self.cashier)["is_head_office"])

    def test_store_does_not_see_the_queue_of_the_chain(self):
        fulfillment = self._place_unfillable()
        self.assertIsNone(self._row(fulfillment, self.cashier))
        self.assertEqual(self._board(self.cashier)["queue_count"], 0)
        self.assertTrue(self._row(fulfillment))

    def test_head_office_sees_the_chain(self):
        chain = {self.head_office, self.near, self.far, self.other_city}
        self.assertLessEqual({s.id for s in chain}, self._ids(self.head_office_user))

    def test_other_company_is_not_seen(self):
        """The numbers of a company that is not among the user's."""
        other = self.env["res.company"].create({"name": "Other chain"})
        other_store = other._o2o_ensure_head_office()
        self.assertNotIn(other_store.id, self._ids(self.head_office_user))

    def test_nobody_else_sees_the_board(self):
        """Employees, members, visitors: not even an empty board."""
        employee = new_test_user(self.env, "o2o_employee", groups="base.group_user")
        public = self.env.ref("base.public_user")
        for user in (employee, self.member, self.auditor, public):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._board(user)

    def test_store_does_not_act_for_head_office(self):
        """No cashier gives an order to a store, not even to the own one."""
        fulfillment = self._place_unfillable()
        self._set_stock(self.near, self.scarce, 5)
        boards = self.env["o2o.order.board"]
        for user in (self.cashier, self.store_manager):
            with self.subTest(user=user.login):
                mine = boards.with_user(user)
                with self.assertRaises(UserError):
                    mine.get_stores_for(fulfillment.id)
                with self.assertRaises(UserError):
                    mine.assign(fulfillment.id, self.near.id, "Mine")
                with self.assertRaises(UserError):
                    mine.route_again(fulfillment.id)
        # nor with an order of the own store
        own = self._place([(self.product, 1)])
        with self.assertRaises(UserError):
            boards.with_user(self.cashier).assign(own.id, self.far.id, "Not mine")
        self.assertEqual(own.store_id, self.near)
        self.assertEqual(fulfillment.state, "pooled")

    def test_ids_of_any_kind_are_harmless(self):
        boards = self.env["o2o.order.board"].with_user(self.head_office_user)
        fulfillment = self._place_unfillable()
        for wrong in (0, -1, "1", None, [1], {"id": 1}, 10**9):
            with self.subTest(wrong=wrong):
                with self.assertRefused(UserError, "not on your board"):
                    boards.assign(wrong, self.near.id, "Because")
                with self.assertRefused(UserError, "Choose a store"):
                    boards.assign(fulfillment.id, wrong, "Because")

    def test_store_of_another_company_is_no_choice(self):
        other = self.env["res.company"].create({"name": "Other chain"})
        foreign = other._o2o_ensure_head_office()
        self.head_office_user.company_ids |= other
        fulfillment = self._place_unfillable()
        boards = self.env["o2o.order.board"].with_user(self.head_office_user)
        boards = boards.with_context(allowed_company_ids=[self.company.id, other.id])
        with self.assertRefused(UserError, "Choose a store"):
            boards.assign(fulfillment.id, foreign.id, "Because")

    def test_list_behind_a_card_is_readable_for_the_store(self):
        """The staff reads its orders without any right on sales orders."""
        fulfillment = self._place([(self.product, 1)])
        parts = self.env["o2o.fulfillment"].with_user(self.cashier)
        view = parts.get_view(
            self.env.ref("o2o_order_board.o2o_fulfillment_view_list_store").id, "list"
        )
        names = view["models"]["o2o.fulfillment"]
        spec = {name: {} for name in names}
        spec["store_id"] = {"fields": {"display_name": {}}}
        found = parts.web_search_read([("store_id", "=", self.near.id)], spec)
        self.assertIn(fulfillment.id, [row["id"] for row in found["records"]])


@tagged("post_install", "-at_install")
class TestBoardRpc(BoardCase, HttpCase):
    def _rpc(self, login, method, *args):
        self.authenticate(login, login)
        return self.make_jsonrpc_request(
            "/web/dataset/call_kw",
            {
                "model": "o2o.order.board",
                "method": method,
                "args": list(args),
                "kwargs": {},
            },
        )

    def test_attack_by_rpc(self):
        """ROUT-11: the browser of a cashier asks for more than its own."""
        fulfillment = self._place_unfillable()
        board = self._rpc("o2o_cashier", "get_board")
        self.assertEqual([row["id"] for row in board["stores"]], [self.near.id])
        self.assertEqual(board["queue"], [])
        # an order of others is "not there", a method that is not public is forbidden
        for method, args, error in (
            ("assign", [fulfillment.id, self.near.id, "Mine"], "UserError"),
            ("route_again", [fulfillment.id], "UserError"),
            ("_read_stores", ["2026-01-01 00:00:00"], "AccessError"),
            ("_get_free_part_sudo", [fulfillment.id], "AccessError"),
        ):
            with (
                self.subTest(method=method),
                mute_logger("odoo.http"),
                self.assertRaisesRegex(JsonRpcException, error),
            ):
                self._rpc("o2o_cashier", method, *args)
        self.assertEqual(fulfillment.state, "pooled")
        with (
            mute_logger("odoo.http"),
            self.assertRaisesRegex(JsonRpcException, "AccessError"),
        ):
            self._rpc("o2o_test_member", "get_board")

    def test_board_by_rpc_for_head_office(self):
        board = self._rpc("o2o_head_office", "get_board")
        self.assertTrue(board["is_head_office"])
        self.assertIn(self.far.id, [row["id"] for row in board["stores"]])

    def test_staff_that_left_sees_nothing(self):
        self.near.user_ids = [Command.unlink(self.cashier.id)]
        board = self._rpc("o2o_cashier", "get_board")
        self.assertEqual(board["stores"], [])
