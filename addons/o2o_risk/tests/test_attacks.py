from odoo.exceptions import UserError
from odoo.tests import tagged

from ..lib.normal import normal_network, normal_phone, normal_place
from .common import RiskCase


@tagged("post_install", "-at_install")
class TestAttacks(RiskCase):
    def test_cookie_thrown_away(self):
        """PAY-09: a new device each time, and the member is still counted."""
        self._rule("device")
        rule = self._rule("member", limit=2)
        for number in range(2):
            self._order(device=f"thrown away {number}")
        order = self._bought(device="and again")
        self.assertEqual(order.o2o_risk_hit_ids.rule_id, rule)
        self.assertEqual(order.o2o_stage, "review")

    def test_many_members_one_address(self):
        """PAY-09: new members, new devices, new phones, new spelling; one door."""
        rule = self._rule("place", limit=2)
        doors = ("长岭南路8号", "长岭南路 ８ 号", "长岭南路，8号。", "长岭南路-8-号")
        orders = []
        for number, door in enumerate(doors):
            member = self._create_member(f"o2o_farm_{number}", f"1390000010{number}")
            member.partner_id.street = door
            orders.append(
                self._bought(
                    member=member, device=f"d{number}", network=f"192.0.2.{number}"
                )
            )
        self.assertEqual(
            [bool(order.o2o_fulfillment_ids) for order in orders],
            [True, True, False, False],
        )
        self.assertEqual(orders[3].o2o_risk_hit_ids.rule_id, rule)

    def test_replay_counts_once(self):
        """PAY-09: the same submission again, by a double tap or by Odoo itself."""
        self._rule(limit=1, action="refuse")
        order = self._order()
        for _again in range(3):
            with self._browser():
                order._o2o_risk_submit(order.transaction_ids)
        facts = self.facts.search([("ref", "=", f"sale.order/{order.id}")])
        self.assertEqual(len(facts), len(set(facts.mapped("key_kind"))))

    def test_small_cart_first(self):
        """PAY-09: a cart that was submitted small, to another address and phone, counts
        with what it is when it is submitted again."""
        order = self._order(device="first")
        address = order.partner_shipping_id
        old = order._o2o_risk_keys()
        address.write({"street": "别处1号", "phone": "13900000099"})
        order.order_line[:1].product_uom_qty = 5
        for _again in range(2):
            with self._browser(device="second"):
                keys = order._o2o_risk_keys()
                order._o2o_risk_submit(order.transaction_ids)
        ref = f"sale.order/{order.id}"
        for kind in ("place", "phone", "device", "member"):
            fact = self.facts.search(
                [("ref", "=", ref), ("kind", "=", "order"), ("key_kind", "=", kind)]
            ).filtered(lambda it, key=keys[kind]: it.key_hash == key)
            self.assertEqual(len(fact), 1, kind)
            self.assertEqual(fact.amount, order.amount_total, kind)
        self.assertNotEqual(old["place"], keys["place"])

    def test_small_cart_first_is_held(self):
        """PAY-09: the rule by address counts the door to which it really goes, and an
        amount that grew what was bought meanwhile."""
        rule = self._rule("place", limit=1)
        by_amount = self._rule("member", limit=0, limit_amount=900)
        other = self._create_member("o2o_risk_twin", "13900000033")
        small = self._order(member=other, device="d1", network="192.0.2.1")
        door = "真实地址9号"
        other.partner_id.street = door
        with self._browser(device="d1", network="192.0.2.1"):
            small._o2o_risk_submit(small.transaction_ids)
        neighbour = self._create_member("o2o_risk_twin_b", "13900000034")
        neighbour.partner_id.write({"city": other.partner_id.city, "street": door})
        order = self._bought(member=neighbour, device="d2", network="192.0.2.2")
        self.assertEqual(order.o2o_risk_hit_ids.rule_id, rule)
        self.assertEqual(order.o2o_stage, "review")
        rule.active = False
        first = self._order(device="d3", network="192.0.2.3")
        self._order(quantity=2, device="d3", network="192.0.2.3")
        first.order_line[:1].product_uom_qty = 3
        with self._browser(device="d3", network="192.0.2.3"):
            first._o2o_risk_submit(first.transaction_ids)
        self.assertIn(by_amount, first.o2o_risk_hit_ids.rule_id)

    def test_many_attempts_of_one_order(self):
        """PAY-09: card testing: one order, one payment after the other."""
        self._rule("device", counted="attempt", limit=2, action="refuse")
        order = self._order()
        for _attempt in range(2):
            transaction = self._pay(order)
            with self._browser():
                if _attempt:
                    with self.assertRaises(UserError):
                        order._o2o_risk_submit(transaction)
                else:
                    order._o2o_risk_submit(transaction)

    def test_browser_says_nothing_that_counts(self):
        """PAY-09: verdict, keys and amounts are the server's; the order is held by what
        was counted even if its hits were taken away."""
        self._rule()
        self._order()
        order = self._order()
        order.o2o_risk_hit_ids.unlink()
        self._pay_for(order)
        self.assertEqual(order.o2o_stage, "review")

    def test_what_is_equal(self):
        """PAY-09: spelling makes no other key; rubbish makes none."""
        self.assertEqual(
            normal_place("贵阳", "Long St. 8", False),
            normal_place("贵阳 ", "LONG ST 8", ""),
        )
        self.assertEqual(normal_place("", False), "")
        self.assertEqual(
            {normal_phone(it) for it in ("+86 139 0000 0001", "008613900000001")},
            {"13900000001"},
        )
        self.assertEqual(normal_phone(None), "")
        self.assertEqual(
            normal_network("2001:db8:1:2:3::4"), normal_network("2001:db8:1:2::9")
        )
        self.assertEqual(normal_network("::ffff:192.0.2.1"), "192.0.2.1")
        self.assertEqual(normal_network("x"), "")
