from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RiskCase


@tagged("post_install", "-at_install")
class TestReview(RiskCase):
    def _held(self):
        self._rule()
        self._order()
        order = self._bought()
        self.assertEqual(order.o2o_stage, "review")
        return order

    def _release(self, order, user=None, **values):
        user = user or self.head_office_user
        action = order.with_user(user).action_o2o_approve()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"])
            .create(values)
        )
        wizard.action_confirm()

    def _manager(self):
        return new_test_user(
            self.env, "o2o_risk_chief", groups="o2o_order.o2o_order_group_manager"
        )

    def test_days_are_for_managers(self):
        """PAY-09: a clerk releases the order, not the member; nobody for ever."""
        order = self._held()
        with self.assertRaises(AccessError):
            self._release(order, reason="a friend", allow_days=7)
        manager = self._manager()
        for days in (91, 3650, -1):
            with self.assertRaises(UserError):
                self._release(order, manager, reason="a friend", allow_days=days)
        self.assertFalse(self.listings.search([]))
        self.assertEqual(order.o2o_stage, "review")

    def test_no_way_around_the_reason(self):
        """PAY-09: any context that is sent, or two orders at once, is no reason."""
        order = self._held()
        other = self._bought()
        for reason in ("", "  ", True, None, ["x"]):
            orders = order.with_user(self.head_office_user)
            orders = orders.with_context(o2o_risk_reason=reason)
            self.assertEqual(
                orders.action_o2o_approve()["res_model"], "o2o.risk.release"
            )
            self.assertEqual(order.o2o_stage, "review")
        with self.assertRaises(UserError):
            (order | other).with_user(self.head_office_user).action_o2o_approve()
        self.assertEqual((order | other).mapped("o2o_stage"), ["review", "review"])

    def test_member_who_left(self):
        """PAY-08: name and reasons go with a member, what was decided stays."""
        order = self._held()
        order.with_user(self.head_office_user).sudo()._o2o_refuse("张三 again")
        member = self.member.partner_id
        name = member.name
        listing = self.listings.create(
            {"partner_id": member.id, "verdict": "refuse", "reason": f"{name} sells"}
        )
        listing.reason = f"{name} sells on"
        self.env.flush_all()
        self.cr.flush()
        self.assertIn(listing, self.listings.search([("name", "ilike", name)]))
        member._o2o_anonymise()
        self.assertNotIn(name, listing.name)
        self.assertNotIn(name, listing.reason)
        self.assertFalse(listing.message_ids)
        self.assertEqual(listing.verdict, "refuse")
        hit = order.o2o_risk_hit_ids
        self.assertEqual((hit.decision, hit.reason), ("refused", False))
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT o2o_risk_listing::text FROM o2o_risk_listing WHERE id = %s",
            [listing.id],
        )
        self.assertNotIn(name, self.env.cr.fetchone()[0])

    def test_listed(self):
        """PAY-09: the list of head office has it, with what fired."""
        order = self._held()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_risk.o2o_risk_order_action"
        )
        found = (
            self.env["sale.order"]
            .with_user(self.head_office_user)
            .search([("o2o_review_state", "=", "to_review")])
        )
        self.assertIn("to_review", action["domain"])
        self.assertIn(order, found)
        self.assertIn("2", found.filtered(lambda it: it == order).o2o_risk_reasons)

    def test_released_with_a_reason(self):
        """PAY-09: on to its store; who decided, and why, is kept."""
        order = self._held()
        with self.assertRaisesRegex(UserError, "Say why"):
            self._release(order)
        self._release(order, reason="called the member")
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)
        hit = order.o2o_risk_hit_ids
        self.assertEqual(
            (hit.decision, hit.decided_by_id, hit.reason),
            ("approved", self.head_office_user, "called the member"),
        )
        self.assertEqual(order.o2o_change_ids.reason, "called the member")

    def test_released_member_is_not_held_again(self):
        """PAY-09: let through until a day, and not after it."""
        order = self._held()
        self._release(order, self._manager(), reason="a regular", allow_days=7)
        again = self._bought()
        self.assertTrue(again.o2o_fulfillment_ids)
        self.assertEqual(again.o2o_risk_hit_ids.action, "note")
        listing = self.listings.search([])
        self.assertEqual(listing.partner_id, self.member.partner_id)
        with freeze_time(fields.Datetime.now() + timedelta(days=9)):
            self._order()
            self.assertEqual(self._bought().o2o_stage, "review")

    def test_cancelled_and_paid_back(self):
        """PAY-09, ORD-09: the money goes back; the reason is kept with what fired."""
        order = self._held()
        order.with_user(self.head_office_user).sudo()._o2o_refuse("a reseller")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_refund_ids.amount, order.amount_total)
        hit = order.o2o_risk_hit_ids
        self.assertEqual((hit.decision, hit.reason), ("refused", "a reseller"))

    def test_deny_list(self):
        """PAY-09: a phone on the list is refused, however it is written."""
        self.listings.create(
            {
                "verdict": "refuse",
                "key_kind": "phone",
                "value": "+86 139-0000-0001",
                "reason": "returns empty bottles",
            }
        )
        with self.assertRaises(UserError):
            self._order()

    def test_denied_wins_over_allowed(self):
        """PAY-09: a released member does not get past a denied address."""
        member = self.member.partner_id
        self.listings.create({"partner_id": member.id, "reason": "a regular"})
        self.listings.create(
            {
                "verdict": "hold",
                "key_kind": "place",
                "value": f"{member.city}{member.street}",
                "reason": "a parcel shop",
            }
        )
        self.assertEqual(self._bought().o2o_stage, "review")

    def test_allowed_network_silences_its_own_rules_only(self):
        """PAY-09: the network of an office is let through, its members are not."""
        self.listings.create(
            {"key_kind": "network", "value": "203.0.113.5", "reason": "our office"}
        )
        self._rule("network")
        self._order()
        self.assertTrue(self._bought().o2o_fulfillment_ids)
        self._rule("member")
        self.assertEqual(self._bought().o2o_stage, "review")

    def test_key_of_a_hit_is_listed(self):
        """PAY-09: a device is put on the list from what fired."""
        self._rule("device")
        self._order(device="bad")
        order = self._bought(device="bad")
        action = order.o2o_risk_hit_ids.action_list()
        with Form(self.listings.with_context(**action["context"])) as form:
            form.reason = "a farm of phones"
        with self.assertRaises(UserError):
            self._order(device="bad")

    def test_value_is_kept_as_a_hash(self):
        """PAY-08: the list has no phone in it."""
        listing = self.listings.create(
            {"key_kind": "phone", "value": "13800001234", "reason": "test"}
        )
        self.assertNotIn("13800001234", str(listing.read()))
        self.assertTrue(listing.name.endswith("…1234"))
        with self.assertRaises(ValidationError):
            self.listings.create({"key_hash": "x", "reason": "no member"})
        with self.assertRaises(UserError):
            listing.key_hash = "another"
        for value in ("", "call me"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self.listings.create(
                    {"key_kind": "phone", "value": value, "reason": "none"}
                )

    def test_who_may_what(self):
        """PAY-08: head office reads, managers change; nobody writes facts."""
        order = self._held()
        rule, hit = self.rules.search([]), order.o2o_risk_hit_ids
        user = self.head_office_user
        self.assertTrue(hit.with_user(user).name)
        for record in (rule, hit):
            with self.assertRaises(AccessError):
                record.with_user(user).write({"action": "note"})
        with self.assertRaises(AccessError):
            self.facts.with_user(user).search([])
        for who in (self.cashier, self.member):
            with self.assertRaises(AccessError):
                self.hits.with_user(who).search([])
            with self.assertRaises(AccessError):
                self.rules.with_user(who).search([])
            with self.assertRaises(AccessError):
                self.env["o2o.risk.release"].with_user(who).create(
                    {"order_id": order.id}
                )

    def test_merged_member_stays_denied(self):
        """MEM-12, PAY-09: two members become one: counts and decisions go along."""
        other = self._create_member("o2o_risk_twin", "13900000033").partner_id
        survivor = self.member.partner_id
        listing = self.listings.create(
            {"partner_id": other.id, "verdict": "refuse", "reason": "a reseller"}
        )
        self._rule()
        self.facts._note(
            self.company,
            {"sale.order/0": {"order": 1.0}},
            {"member": self.facts._hash("member", other.id)},
        )
        other._o2o_merge_into(survivor)
        with self.assertRaises(UserError):
            self._order()
        listing.active = False
        self.assertEqual(self._bought().o2o_stage, "review")
