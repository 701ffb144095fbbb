from datetime import date, timedelta

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common_coupon import CouponCommon


@tagged("post_install", "-at_install")
class TestCouponExchange(CouponCommon):
    def test_exchange(self):
        """PTS-07: points go, a real coupon comes; the ledger names the coupon."""
        self.offer.valid_days = 10
        exchange = self._exchange()
        coupon = exchange.coupon_id
        self.assertEqual(self.member.o2o_points, 700)
        self.assertRecordValues(
            coupon,
            [
                {
                    "program_id": self.program.id,
                    "partner_id": self.member.id,
                    "points": 1,
                    "active": True,
                    "expiration_date": self.company._o2o_today() + timedelta(days=10),
                }
            ],
        )
        self.assertRecordValues(
            exchange.entry_id,
            [
                {
                    "kind": "redeem",
                    "points": -300,
                    "res_model": "loyalty.card",
                    "res_id": coupon.id,
                    "partner_id": self.member.id,
                    "explanation": "Coupon: O2O Ten Off",
                }
            ],
        )
        self.assertIn(coupon, self.member._o2o_usable_coupons())
        order = self._order_with(coupon)
        self.assertEqual(order.amount_total, order.order_line[0].price_total - 10)

    def test_same_key_is_one_exchange(self):
        """PTS-07: a second tap on the button changes nothing."""
        first = self._exchange("tap")
        self.assertEqual(self._exchange("tap"), first)
        self.assertEqual(self.member.o2o_points, 700)
        self.assertNotEqual(self._exchange("other tap"), first)
        self.assertEqual(self.member.o2o_points, 400)

    def test_keys_are_a_members_own(self):
        """PTS-07: the key of somebody else shows nobody the coupon."""
        first = self._exchange("tap")
        other = self._create_member("O2O Li", "88000501")
        other._o2o_post_points(300, "manual", "coupon:other")
        second = self._exchange("tap", partner=other)
        self.assertNotEqual(second, first)
        self.assertEqual(second.coupon_id.partner_id, other)

    def test_key_of_another_offer(self):
        """PTS-07: a key stands for one coupon only."""
        self._exchange("tap")
        other = self.offer.copy({"points_price": 10})
        with self.assertRaisesRegex(UserError, "used already"):
            self._exchange("tap", offer=other)

    def test_not_enough_points(self):
        """PTS-07: who lacks points is told how many."""
        self.offer.points_price = 1001
        with self.assertRaisesRegex(UserError, "1 more are needed"):
            self._exchange()
        self.assertEqual(self.member.o2o_points, 1000)
        self.assertFalse(self.Exchange.search([("partner_id", "=", self.member.id)]))

    def test_pending_points_do_not_count(self):
        """PTS-07: points that wait for returns buy nothing."""
        later = fields.Datetime.now() + timedelta(days=5)
        self.member._o2o_post_points(500, "manual", "late", available_at=later)
        self.offer.points_price = 1200
        with self.assertRaisesRegex(UserError, "200 more are needed"):
            self._exchange()

    def test_card_not_active(self):
        """CARD-04, PTS-07: no active card, no coupon."""
        self.member.o2o_card_ids._freeze("Test")
        with self.assertRaisesRegex(UserError, "card is not active"):
            self._exchange()
        stranger = self.env["res.partner"].create({"name": "O2O Stranger"})
        with self.assertRaisesRegex(UserError, "card is not active"):
            self._exchange(partner=stranger)

    def test_quota(self):
        """PTS-07: what is gone is gone, until one comes back."""
        self.offer.quota = 2
        first = self._exchange("1")
        second = self._exchange("2")
        self.assertEqual({first.piece, second.piece}, {1, 2})
        with self.assertRaisesRegex(UserError, "are gone"):
            self._exchange("3")
        self.assertEqual((self.offer.exchanged_count, self.offer.left_count), (2, 0))
        first._return()
        self.assertEqual(self.offer.left_count, 1)
        self.assertEqual(self._exchange("3").piece, first.piece)

    def test_quota_set_later(self):
        """PTS-07: coupons exchanged before there was a quota count."""
        for tap in "123":
            self._exchange(tap)
        self.offer.quota = 3
        with self.assertRaisesRegex(UserError, "are gone"):
            self._exchange("4")

    def test_no_number_twice(self):
        """PTS-07: the database refuses a number that somebody has."""
        self.offer.quota = 1
        self._exchange("1")
        self.offer.quota = 2
        second = self._exchange("2")
        self.assertEqual(second.piece, 2)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            second.piece = 1
            second.flush_recordset()

    def test_limit_per_member(self):
        """PTS-07: one each, and another one after giving it back."""
        self.offer.member_limit = 1
        first = self._exchange("1")
        with self.assertRaisesRegex(UserError, "At most 1 per member"):
            self._exchange("2")
        first._return()
        self.assertTrue(self._exchange("2"))

    def test_days_of_the_offer(self):
        """PTS-07: offered from the first day to the last, in the zone of the shop."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.offer.write({"date_from": "2026-03-02", "date_to": "2026-03-03"})
        for moment, is_offered in (
            ("2026-03-01 15:59:00", False),
            ("2026-03-01 16:01:00", True),
            ("2026-03-03 15:59:00", True),
            ("2026-03-03 16:01:00", False),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.assertEqual(self.offer in self.Offer._on_offer(), is_offered)
                self.assertEqual(
                    self.offer._problem(self.member) == "This coupon is not offered "
                    "any more.",
                    not is_offered,
                )

    def test_archived(self):
        """PTS-07: an archived offer, or a coupon that is over, cannot be had."""
        self.offer.active = False
        with self.assertRaisesRegex(UserError, "not offered any more"):
            self._exchange()
        self.offer.active = True
        self.program.active = False
        with self.assertRaisesRegex(UserError, "not offered any more"):
            self._exchange()
        self.program.write({"active": True, "date_to": "2020-01-01"})
        with self.assertRaisesRegex(UserError, "not offered any more"):
            self._exchange()
        self.assertEqual(self.member.o2o_points, 1000)

    def test_coupon_for_a_level(self):
        """MEM-14, PTS-07: a coupon for a level is had by that level only."""
        level = self.env["o2o.level"].create(
            {
                "name": "O2O Platinum",
                "code": "o2o-p",
                "sequence": 990,
                "company_id": self.company.id,
            }
        )
        self.program.o2o_level_ids = level
        with self.assertRaisesRegex(UserError, "O2O Platinum"):
            self._exchange()

    def test_valid_no_longer_than_its_program(self):
        """PTS-07: the coupon ends with its program."""
        end = self.company._o2o_today() + timedelta(days=3)
        self.program.date_to = end
        self.assertEqual(self._exchange("1").coupon_id.expiration_date, end)
        self.offer.valid_days = 0
        self.assertEqual(self._exchange("2").coupon_id.expiration_date, end)

    def test_rows_tell_why_not(self):
        """PTS-07: price, worth, what is left and why not, for each coupon."""
        self.offer.write({"quota": 5, "note": "Worth ten"})
        self.offer.copy({"points_price": 1100, "note": False})
        rows = self.Offer._on_offer()._rows_for(self.member)
        rows = [row for row in rows if row["name"] == "O2O Ten Off"]
        self.assertEqual([row["points"] for row in rows], [300, 1100])
        self.assertEqual([row["problem"] for row in rows][0], "")
        self.assertIn("100 more", rows[1]["problem"])
        self.assertEqual((rows[0]["left"], rows[0]["worth"]), (5, "Worth ten"))
        self.assertIn("10", rows[1]["worth"], "what the program says")

    @mute_logger("odoo.sql_db")
    def test_nothing_negative(self):
        """PTS-07, invariant 7: no negative prices, quotas, limits or days."""
        for vals in (
            {"points_price": 0},
            {"points_price": -5},
            {"quota": -1},
            {"quota": 10**6},
            {"member_limit": -1},
            {"valid_days": -1},
            {"return_days": -1},
            {"date_from": "2026-02-02", "date_to": "2026-02-01"},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self.offer.write(vals)
                self.offer.flush_recordset()
            self.offer.invalidate_recordset()

    def test_coupons_only(self):
        """PTS-07: gift cards and other money are not for points."""
        gift_card = self.env["loyalty.program"].create(
            {"name": "O2O Gift Card", "program_type": "gift_card"}
        )
        with self.assertRaises(ValidationError):
            self.offer.program_id = gift_card

    def test_coupon_is_its_members_own(self):
        """PTS-07: somebody else who knows the code gets nothing, shop or till."""
        code = self._exchange().coupon_id.code
        other = self._create_member("O2O Thief", "88000504")
        order = self.env["sale.order"].create({"partner_id": other.id})
        self.assertIn("another member", order._try_apply_code(code)["error"])
        config = self.env["pos.config"].create({"name": "O2O Coupon Till"})
        now = fields.Datetime.to_string(fields.Datetime.now())
        for partner, is_good in ((other, False), (self.member, True)):
            with self.subTest(partner=partner.name):
                answer = config.use_coupon_code(code, now, partner.id, False)
                self.assertEqual(answer["successful"], is_good)

    def test_merge_carries_exchanges(self):
        """MEM-12, PTS-07: after a merge the survivor can give the coupon back."""
        exchange = self._exchange()
        survivor = self._create_member("O2O Wang", "88000502")
        survivor._o2o_post_points(50, "manual", "coupon:survivor")
        self.env["o2o.member.merge"].with_user(self.manager)._merge_members(
            survivor, self.member, "same person"
        )
        self.assertEqual(exchange.partner_id, survivor)
        self.assertEqual(survivor.o2o_points, 750)
        exchange._return()
        self.assertEqual(survivor.o2o_points, 1050)


@tagged("post_install", "-at_install")
class TestCouponReturn(CouponCommon):
    def _earn(self, moment):
        """Points that were there at an earlier time."""
        with freeze_time(moment):
            self.member._o2o_post_points(1000, "manual", "coupon:earlier")

    def test_return(self):
        """PTS-07: the coupon is void, the points are back, once."""
        exchange = self._exchange()
        exchange._return("Changed my mind")
        exchange._return("Changed my mind")
        self.assertEqual(self.member.o2o_points, 1000)
        self.assertEqual(exchange.state, "returned")
        self.assertRecordValues(exchange.coupon_id, [{"points": 0.0, "active": False}])
        back = self.Entry.search([("reversal_of_id", "=", exchange.entry_id.id)])
        self.assertRecordValues(back, [{"kind": "redeem_return", "points": 300}])
        self.assertFalse(self.member._o2o_usable_coupons())
        order = self.env["sale.order"].create({"partner_id": self.member.id})
        self.assertIn("error", order._try_apply_code(exchange.coupon_id.code))

    def test_used_coupon(self):
        """PTS-07: what was used is not given back; an order cancelled frees it."""
        exchange = self._exchange()
        order = self._order_with(exchange.coupon_id)
        with self.assertRaisesRegex(UserError, "in a cart"):
            exchange._return()
        order.action_confirm()
        self.assertEqual(exchange.coupon_id.points, 0)
        with self.assertRaisesRegex(UserError, "was used"):
            exchange._return()
        self.assertEqual(self.member.o2o_points, 700)
        order._action_cancel()
        exchange._return()
        self.assertEqual(self.member.o2o_points, 1000)

    def test_coupon_that_was_filled_up(self):
        """PTS-07: a used coupon stays used, whoever gives it points anew."""
        exchange = self._exchange()
        self._order_with(exchange.coupon_id).action_confirm()
        exchange.coupon_id.points = 1
        with self.assertRaisesRegex(UserError, "was used"):
            exchange._return()

    def test_returned_coupon_in_a_cart_of_before(self):
        """PTS-07: a cart that holds a returned coupon is not confirmed with it."""
        exchange = self._exchange()
        order = self._order_with(exchange.coupon_id)
        # the worst case: the return does not see the cart that is being made
        exchange.coupon_id.write({"points": 0, "active": False})
        with self.assertRaises(ValidationError):
            order.action_confirm()

    def test_days_to_give_back(self):
        """PTS-07: within the days of the offer, or not at all; staff may later."""
        self.offer.return_days = 2
        self._earn("2026-03-01 04:00:00")
        with freeze_time("2026-03-02 04:00:00"):
            in_time, late = self._exchange("1"), self._exchange("2")
        with freeze_time("2026-03-04 15:00:00"):
            in_time._return()
        with freeze_time("2026-03-05 04:00:00"):
            with self.assertRaisesRegex(UserError, "time to give this coupon back"):
                late._return()
            late.with_user(self.manager).action_return()
        self.assertEqual(late.state, "returned")
        self.offer.return_days = 0
        with self.assertRaisesRegex(UserError, "cannot be given back"):
            self._exchange("3")._return()

    def test_expired_coupon(self):
        """PTS-07: a coupon that has ended is worth nothing any more."""
        self.offer.write({"valid_days": 1, "return_days": 30})
        self._earn("2026-03-01 04:00:00")
        with freeze_time("2026-03-02 04:00:00"):
            exchange = self._exchange()
        with (
            freeze_time("2026-03-05 04:00:00"),
            self.assertRaisesRegex(UserError, "is over"),
        ):
            exchange._return()

    def test_archived_coupon(self):
        """PTS-07: a coupon that head office took away gives no points."""
        exchange = self._exchange()
        exchange.coupon_id.active = False
        with self.assertRaises(UserError):
            exchange._return()
        self.assertEqual(self.member.o2o_points, 700)

    def test_points_keep_their_end(self):
        """PTS-07, idea 20: a coupon is no way to keep points alive."""
        self.company.o2o_points_grace_days = 30
        member = self._create_member("O2O Zhao", "88000503")
        with freeze_time("2026-03-02 04:00:00"):
            member._o2o_post_points(
                300, "manual", "ending", expires_at="2026-03-04 00:00:00"
            )
            exchange = self._exchange(partner=member)
        with freeze_time("2026-03-05 04:00:00"):
            exchange._return()
            member.invalidate_recordset(["o2o_points"])
            self.assertEqual(member.o2o_points, 0)
            self.assertEqual(self._account(member).points, 0)

    def test_ledger_row_is_not_undone_by_hand(self):
        """PTS-07: the points come back with the coupon, never without it."""
        exchange = self._exchange()
        self.assertFalse(exchange.entry_id.can_reverse)


@tagged("post_install", "-at_install")
class TestCouponRights(CouponCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )

    def test_nobody_writes_exchanges(self):
        """PTS-07: by RPC nobody makes, changes or deletes an exchange."""
        exchange = self._exchange()
        vals = {
            "key": "x",
            "offer_id": self.offer.id,
            "partner_id": self.member.id,
            "company_id": self.company.id,
            "piece": 99,
            "coupon_id": exchange.coupon_id.id,
            "points": 1,
            "entry_id": exchange.entry_id.id,
        }
        for user in (
            self.portal,
            self.employee,
            self.cashier,
            self.user,
            self.auditor,
            self.manager,
        ):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.Exchange.with_user(user).create(vals)
                with self.assertRaises(AccessError):
                    exchange.with_user(user).write({"state": "issued"})
                with self.assertRaises(AccessError):
                    exchange.with_user(user).unlink()

    def test_members_read_nothing_by_rpc(self):
        """PTS-07: a portal user sees offers and coupons on the pages only."""
        exchange = self._exchange()
        for record in (exchange, self.offer, exchange.coupon_id):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(self.portal).read([])

    def test_methods_are_private(self):
        """PTS-07: the exchange and the return cannot be called by RPC."""
        for record, name in (
            (self.offer, "_exchange"),
            (self.offer, "_on_offer"),
            (self.Exchange, "_return"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                get_public_method(record, name)

    def test_only_managers_take_back(self):
        """PTS-07: the button of staff is for managers, in their companies."""
        exchange = self._exchange()
        for user in (self.portal, self.employee, self.cashier, self.user, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                exchange.with_user(user).action_return()
        elsewhere = self.env["res.company"].create({"name": "O2O Elsewhere"})
        self.manager.write(
            {
                "company_ids": [Command.set(elsewhere.ids)],
                "company_id": elsewhere.id,
            }
        )
        with self.assertRaises(AccessError):
            exchange.with_user(self.manager).action_return()
        self.assertEqual(self.member.o2o_points, 700)

    def test_only_managers_offer(self):
        """PTS-07: head office says what can be had for points."""
        for user in (self.cashier, self.user, self.auditor, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.offer.with_user(user).points_price = 1
        self.offer.with_user(self.manager).points_price = 250
        self.assertEqual(self.offer.points_price, 250)

    def test_back_office(self):
        """PTS-07: clerk, manager and auditor read offers and exchanges; the manager
        offers with the form."""
        exchange = self._exchange()
        for user in (self.user, self.manager, self.auditor):
            for record, kinds in (
                (self.offer, ("list", "form", "search")),
                (exchange, ("list", "search")),
            ):
                own = record.with_user(user)
                with self.subTest(user=user.login, model=record._name):
                    for kind in kinds:
                        own.get_view(view_type=kind)
                    own.web_read({"display_name": {}, "company_id": {}})
            action = self.offer.with_user(user).action_view_exchanges()
            self.assertEqual(self.Exchange.search(action["domain"]), exchange)
        with Form(self.Offer.with_user(self.manager)) as form:
            form.program_id = self.program
            form.points_price = 50
            form.quota = 3
        self.assertEqual((form.record.left_count, form.record.member_limit), (3, 1))

    def test_other_company(self):
        """PTS-07: an offer is of one company, for its members."""
        elsewhere = self.env["res.company"].create({"name": "O2O Elsewhere"})
        offers = self.Offer.with_company(elsewhere)
        self.assertNotIn(self.offer, offers._on_offer())
        with self.assertRaises(UserError):
            self.Offer.create(
                {
                    "company_id": elsewhere.id,
                    "program_id": self.program.id,
                    "points_price": 1,
                }
            )

    def test_day_is_a_date(self):
        """PTS-07: pages format the last day themselves."""
        [row] = self.offer._rows_for(self.member)
        self.assertIsInstance(row["last_day"], date)
