from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestPointsAccount(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls._create_member()
        cls.member._o2o_post_points(40, "manual", "t:start")
        cls.account = cls._account(cls.member)
        cls.other = cls._create_member("O2O Second", "88000200")
        cls.foreign_program = cls.env["loyalty.program"].create(
            {"name": "O2O Stamps", "program_type": "loyalty"}
        )
        cls.foreign_card = cls.env["loyalty.card"].create(
            {"program_id": cls.foreign_program.id, "points": 5}
        )

    def test_points_are_written_by_the_ledger_only(self):
        """PTS-09: no other way leads to the balance, as cashier or as superuser."""
        program = self.account.program_id
        for values in (
            {"points": 99999},
            {"points": 0},
            {"partner_id": self.other.id},
            {"program_id": self.foreign_program.id},
            {"o2o_is_points_account": False},
        ):
            for account in (self.account.with_user(self.cashier), self.account.sudo()):
                with self.subTest(values=values), self.assertRaises(UserError):
                    account.write(values)
        with self.assertRaises(UserError):
            self.foreign_card.program_id = program
        partner = self.env["res.partner"].create({"name": "O2O Third"})
        for values in ({"points": 5}, {"o2o_is_points_account": False}):
            with self.assertRaises(UserError), self.cr.savepoint():
                self.env["loyalty.card"].create(
                    {"program_id": program.id, "partner_id": partner.id, **values}
                )
        self.assertEqual(self.account.points, 40)

    def test_context_from_outside_opens_nothing(self):
        """PTS-09: the ledger's token cannot be sent."""
        for forged in (True, 1, "LEDGER_TOKEN", {}, "<object object>"):
            account = self.account.with_context(o2o_points_ledger=forged)
            with self.assertRaises(UserError):
                account.points = 99999

    def test_other_programs_work_as_before(self):
        """PTS-09: cards of other programs are not our business."""
        self.foreign_card.points = 6
        self.assertEqual(self.foreign_card.points, 6)
        self.account.write({"points": 40, "partner_id": self.member.id})

    def test_balance_dialog_of_core(self):
        """PTS-09: core's balance dialog points to ours instead."""
        dialog = self.env["loyalty.card.update.balance"].create(
            {"card_id": self.account.id, "new_balance": 500, "description": "Gift"}
        )
        with self.assertRaisesRegex(UserError, "Adjust Points"):
            dialog.action_update_card_point()

    def test_till_cannot_claim_points(self):
        """PTS-09: an order of the till that brings points for an account is refused."""
        order = self.env["pos.order"].new({})
        with self.assertRaises(UserError):
            order.confirm_coupon_programs(
                {
                    str(self.account.id): {
                        "points": 1000,
                        "program_id": self.account.program_id.id,
                        "coupon_id": self.account.id,
                        "partner_id": self.member.id,
                    }
                }
            )
        self.assertEqual(self.account.points, 40)

    def test_one_account_per_member(self):
        """PTS-09: asking again returns the same account, archived or not."""
        self.assertEqual(self._account(self.member), self.account)
        self.account.active = False
        self.assertEqual(self._account(self.member), self.account)

    def test_program_grants_nothing_by_itself(self):
        """PTS-01: points come on completion; core's engines find no rule to apply."""
        program = self.account.program_id
        self.assertFalse(program.rule_ids)
        self.assertFalse(program.reward_ids)
        for flag in ("pos_ok", "sale_ok", "ecommerce_ok"):
            self.assertFalse(program[flag])
            with self.assertRaises(ValidationError):
                program[flag] = True

    def test_sale_order_earns_nothing(self):
        """PTS-01: confirming an order leaves the points alone (trap 6)."""
        product = self.env["product.product"].create(
            {"name": "O2O Bottle", "list_price": 100.0}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.id,
                "order_line": [(0, 0, {"product_id": product.id})],
            }
        )
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertEqual(self.member.o2o_points, 40)
        self.assertEqual(self.account.points, 40)

    def test_program_flag_is_not_editable(self):
        """PTS-09: no program becomes or stops being the points program by hand."""
        with self.assertRaises(UserError):
            self.account.program_id.o2o_is_member_points = False
        with self.assertRaises(UserError):
            self.foreign_program.o2o_is_member_points = True
        with self.assertRaises(UserError):
            self.env["loyalty.program"].create(
                {"name": "O2O Forged", "o2o_is_member_points": True}
            )


@tagged("post_install", "-at_install")
class TestPointsAccountRpc(MemberCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_cashier_cannot_set_points_by_rpc(self):
        """PTS-09: core lets a cashier write loyalty cards; not this balance."""
        member = self._create_member()
        account = self._account(member)
        self.authenticate("o2o_m_cashier", "o2o_m_cashier")
        for method, args in (
            ("write", [account.ids, {"points": 5000}]),
            ("web_save", [account.ids, {"points": 5000}]),
            ("write", [account.ids, {"o2o_is_points_account": False}]),
        ):
            for context in ({}, {"o2o_points_ledger": True}):
                kwargs = {"context": context}
                if method == "web_save":
                    kwargs["specification"] = {}
                with self.assertRaises(JsonRpcException):
                    self._call("loyalty.card", method, args, kwargs)
        self.assertEqual(account.points, 0)

    @mute_logger("odoo.http")
    def test_posting_is_not_callable(self):
        """PTS-09: the posting methods are private."""
        member = self._create_member()
        self.authenticate("o2o_m_manager", "o2o_m_manager")
        for model, method, args in (
            ("res.partner", "_o2o_post_points", [member.ids, 5, "manual", "rpc:1"]),
            ("o2o.points.entry", "_post", [member.id, 5, "manual", "rpc:1"]),
            ("o2o.points.entry", "create", [[{"points": 5, "key": "rpc:1"}]]),
            ("o2o.card", "_try_activate", ["1", "2", member.id, False]),
            ("o2o.card", "_activate", [[1], member.id]),
        ):
            with self.subTest(method=method), self.assertRaises(JsonRpcException):
                self._call(model, method, args, {})
        self.assertFalse(self.Entry.search([("key", "=", "rpc:1")]))

    def _call(self, model, method, args, kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )
