from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.point_of_sale.tests.common import CommonPosTest


@tagged("post_install", "-at_install")
class TestLevelPos(CommonPosTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"].sudo()._activate_lang("en_US")
        cls.company = cls.env.company
        cls.company.sudo()._o2o_ensure_levels()
        levels = cls.company._o2o_levels()
        cls.ordinary, cls.silver, cls.gold, cls.diamond = levels
        cls.member = cls.env["res.partner"].sudo().create({"name": "O2O Member"})
        cards = cls.env["o2o.card"].sudo()
        cards.create(
            {
                "number": "88000100",
                "code_hash": cards._code_hash("88000100", "123456"),
                "company_id": cls.company.id,
            }
        )._activate(cls.member)
        cls.product = (
            cls.env["product.product"]
            .sudo()
            .create(
                {
                    "name": "O2O Gold Year",
                    "type": "service",
                    "list_price": 100,
                    "available_in_pos": True,
                    "taxes_id": [Command.clear()],
                }
            )
        )
        cls.config = cls.pos_config_usd

    def _vals(self, **values):
        """An order as a till sends it."""
        if not self.config.current_session_id:
            self.config.open_ui()
        method = self.config.payment_method_ids[:1]
        return {
            "uuid": values.pop("uuid", "o2o-level-order"),
            "access_token": "o2o-level-token",
            "name": "/",
            "state": "paid",
            "session_id": self.config.current_session_id.id,
            "partner_id": self.member.id,
            "amount_total": 100,
            "amount_paid": 100,
            "amount_tax": 0,
            "amount_return": 0,
            "lines": [
                Command.create(
                    {
                        "product_id": self.product.id,
                        "qty": 1,
                        "price_unit": 100,
                        "price_subtotal": 100,
                        "price_subtotal_incl": 100,
                        "tax_ids": [],
                        **values.pop("line", {}),
                    }
                )
            ],
            "payment_ids": [
                Command.create({"payment_method_id": method.id, "amount": 100})
            ],
            **values,
        }

    def _sync(self, **values):
        result = self.env["pos.order"].sync_from_ui([self._vals(**values)])
        return self.env["pos.order"].browse(result["pos.order"][0]["id"])

    def test_level_of_the_day(self):
        """MEM-06: the server notes the level; what the till sends does not count."""
        order = self._sync(o2o_level_id=self.diamond.id)
        self.assertEqual(order.o2o_level_id, self.ordinary)
        self.env["o2o.level.grant"].sudo()._grant_fee(
            self.member,
            self.gold,
            12,
            1.0,
            "t:1",
            order.lines,
        )
        order.write({"state": "done"})
        order.invalidate_recordset()
        self.assertEqual(order.o2o_level_id, self.ordinary)

    def test_fee_at_the_till(self):
        """MEM-08: a fee paid at the till gives the level; sent again it is one term;
        refunded at the till it is taken back."""
        self.product.sudo().product_tmpl_id.write(
            {"o2o_level_id": self.gold.id, "o2o_level_months": 12}
        )
        order = self._sync()
        grants = self.env["o2o.level.grant"].sudo()
        grant = grants.search([("partner_id", "=", self.member.id)])
        self.assertEqual((grant.level_id, grant.amount), (self.gold, 100))
        self.assertEqual(self.member.with_company(self.company).o2o_level_id, self.gold)
        order.lines._o2o_grant_or_take_back()
        self.assertEqual(grants.search_count([("partner_id", "=", self.member.id)]), 1)
        self._sync(
            uuid="o2o-level-refund",
            amount_total=-100,
            amount_paid=-100,
            line={
                "qty": -1,
                "price_subtotal": -100,
                "price_subtotal_incl": -100,
                "refunded_orderline_id": order.lines.id,
            },
            payment_ids=[
                Command.create(
                    {
                        "payment_method_id": self.config.payment_method_ids[:1].id,
                        "amount": -100,
                    }
                )
            ],
        )
        self.assertEqual(grant.state, "revoked")
        self.assertEqual(
            self.member.with_company(self.company).o2o_level_id, self.ordinary
        )

    def test_fee_of_another_company_is_no_fee_here(self):
        """MEM-08: a product that all companies sell gives a level in its own; a till
        elsewhere sells it all the same."""
        other = self.env["res.company"].create({"name": "O2O Elsewhere"})
        level = self.env["o2o.level"].search([("company_id", "=", other.id)], limit=1)
        self.product.sudo().product_tmpl_id.write(
            {"o2o_level_id": level.id, "o2o_level_months": 12}
        )
        cashier = new_test_user(
            self.env, "o2o_level_cashier", groups="point_of_sale.group_pos_user"
        )
        order = self._sync()
        order.lines.with_user(cashier)._o2o_grant_or_take_back()
        grants = self.env["o2o.level.grant"].sudo()
        self.assertFalse(grants.search([("partner_id", "=", self.member.id)]))

    def test_fee_of_the_till_is_credited(self):
        """MEM-08: a fee sold at the till, too, gets its credit note in the office."""
        self.product.sudo().product_tmpl_id.write(
            {"o2o_level_id": self.gold.id, "o2o_level_months": 12}
        )
        order = self._sync()
        grant = self.member.sudo().o2o_level_grant_ids
        manager = new_test_user(
            self.env, "o2o_m_boss", groups="o2o_member.o2o_member_group_manager"
        )
        move = grant.with_user(manager)._take_back("t")
        self.assertEqual(move.amount_total, grant.refund_amount)
        self.assertEqual(move.invoice_line_ids.product_id, self.product)
        self.assertEqual(move.invoice_origin, order.name)

    def test_offer_of_a_level_is_refused(self):
        """MEM-14: a till that sends the reward of another level is refused."""
        program = (
            self.env["loyalty.program"]
            .sudo()
            .create(
                {
                    "name": "O2O Gold Offer",
                    "program_type": "promotion",
                    "company_id": self.company.id,
                    "o2o_level_ids": [Command.set(self.gold.ids)],
                    "rule_ids": [Command.create({"reward_point_amount": 1})],
                    "reward_ids": [
                        Command.create({"reward_type": "discount", "discount": 50})
                    ],
                }
            )
        )
        reward = {"is_reward_line": True, "reward_id": program.reward_ids.id}
        with self.assertRaisesRegex(UserError, "Gold"):
            self._sync(line=reward)
        program.o2o_level_ids = self.ordinary
        order = self._sync(line=reward)
        self.assertEqual(order.state, "paid")

    def test_till_loads_levels(self):
        """MEM-14: the till knows the levels of its company and of its customers."""
        self.config.open_ui()
        session = self.config.current_session_id
        data = session.load_data([])
        self.assertEqual(
            {level["id"] for level in data["o2o.level"]},
            set(self.company._o2o_levels().ids),
        )
        self.assertIn("o2o_level_id", data["res.partner"][0])
