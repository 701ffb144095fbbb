from psycopg2.errors import RaiseException

from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import MemberCommon

PASSWORD = "o2o-secret-123"


class MergeCommon(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Merge = cls.env["o2o.member.merge"]
        cls.old = cls._create_member("O2O Old", "88000100")
        cls.new = cls._create_member("O2O New", "88000200")
        cls.old.phone = "19900001111"
        cls.new.phone = "19900002222"
        cls.auditor = new_test_user(
            cls.env,
            login="o2o_m_merge_auditor",
            groups="o2o_member.o2o_member_group_auditor",
        )

    def _merge(self, survivor=None, others=None, user=None):
        self.Merge.with_user(user or self.manager)._merge_members(
            survivor or self.new, others or self.old, "Same face"
        )

    @classmethod
    def _login(cls, partner, login):
        return (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "partner_id": partner.id,
                    "login": login,
                    "password": PASSWORD,
                    "group_ids": [Command.set([cls.env.ref("base.group_portal").id])],
                }
            )
        )


@tagged("post_install", "-at_install")
class TestMemberMerge(MergeCommon):
    def test_everything_moves(self):
        """MEM-12: cards, coupons, orders and addresses are the survivor's."""
        cards = self.old.o2o_card_ids | self.new.o2o_card_ids
        order = self.env["sale.order"].create({"partner_id": self.old.id})
        program = self.env["loyalty.program"].create(
            {
                "name": "O2O Wallet",
                "program_type": "ewallet",
                "applies_on": "future",
                "trigger": "auto",
            }
        )
        coupons = self.env["loyalty.card"].create(
            [
                {"program_id": program.id, "partner_id": partner.id, "points": points}
                for partner, points in ((self.old, 7), (self.new, 5))
            ]
        )
        address = self.env["res.partner"].create(
            {"name": "Home", "type": "delivery", "parent_id": self.old.id}
        )
        self._merge()
        self.assertFalse(self.old.exists())
        self.assertEqual(cards.partner_id, self.new)
        self.assertEqual(set(cards.mapped("state")), {"active"})
        self.assertTrue(self.new.o2o_is_member)
        self.assertEqual(order.partner_id, self.new)
        self.assertEqual(address.parent_id, self.new)
        self.assertEqual(
            coupons.mapped(
                lambda coupon: (coupon.partner_id == self.new, coupon.points)
            ),
            [(True, 0), (True, 12)],
        )

    def test_favourites_of_both(self):
        """MEM-12: what only the absorbed member liked is kept, the rest is once."""
        wishes = self.env["product.wishlist"]
        product = self.env["product.product"].create([{"name": n} for n in "ABC"])
        website = self.env["website"].search([], limit=1)
        wishes.create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": product[at].id,
                    "website_id": website.id,
                }
                for partner, at in (
                    (self.old, 0),
                    (self.old, 1),
                    (self.new, 1),
                    (self.new, 2),
                )
            ]
        )
        self._merge()
        self.assertEqual(
            wishes.search([("partner_id", "=", self.new.id)]).product_id, product
        )

    def test_both_cards_earn(self):
        """MEM-12: after the merge the survivor earns, whatever card is shown."""
        self._merge()
        self.new._o2o_post_points(10, "manual", "t:later")
        for number in ("88000100", "88000200"):
            card = self.Card.search([("number", "=", number)])
            self.assertEqual(card.partner_points, 10)

    def test_data_of_the_absorbed_member(self):
        """MEM-12: another phone is not lost, an empty field is filled."""
        self.old.write({"email": "old@example.com", "o2o_birthday": "1990-02-03"})
        self._merge()
        self.assertEqual(self.new.phone, "19900002222")
        self.assertEqual(self.new.email, "old@example.com")
        self.assertEqual(str(self.new.o2o_birthday), "1990-02-03")
        self.assertIn("19900001111", self.new.child_ids.mapped("phone"))

    def test_several_at_once(self):
        """MEM-12: four contacts of one person become one, above core's limit."""
        others = self.old
        for number in range(3):
            member = self._create_member(f"O2O {number}", f"8800030{number}")
            member._o2o_post_points(10, "manual", f"t:several:{number}")
            others |= member
        self._merge(others=others)
        self.assertFalse(others.exists())
        self.assertEqual(self.new.o2o_points, 30)
        self.assertEqual(len(self.new.o2o_card_ids), 5)
        self.assertFalse(self.Entry._cron_check_balances())

    def test_hook_for_other_addons(self):
        """MEM-12: other addons carry theirs while both members still exist."""
        seen = []
        partners = type(self.env["res.partner"])
        original = partners._o2o_merge_into

        def merge_into(source, survivor):
            seen.append((source.exists() == source, source.o2o_points, survivor))
            return original(source, survivor)

        self.patch(partners, "_o2o_merge_into", merge_into)
        self._merge()
        self.assertEqual(seen, [(True, 0, self.new)])

    def test_levels_are_told(self):
        """MEM-12: the purchases of both count for the survivor from now on."""
        told = []
        self.patch(
            type(self.new),
            "_o2o_after_purchases_changed",
            lambda partner: told.append((partner, partner.env.company)),
        )
        self._merge()
        self.assertEqual(told, [(self.new, self.company)])

    # === log ===

    def test_log(self):
        """MEM-12: who, when, and what the absorbed member had; phone masked."""
        self.old._o2o_post_points(40, "manual", "t:log")
        old_id = self.old.id
        self._merge()
        log = self.Merge.search([("survivor_id", "=", self.new.id)])
        self.assertRecordValues(
            log,
            [
                {
                    "absorbed_id": old_id,
                    "user_id": self.manager.id,
                    "reason": "Same face",
                    "absorbed_name": "O2O Old",
                    "absorbed_contact": "199****1111",
                }
            ],
        )
        self.assertEqual(log.facts["cards"], ["88000100"])
        self.assertEqual(log.facts["points"][0]["available"], 40)
        self.assertIn("88000100", log.description)
        self.assertRecordValues(
            log.account_ids,
            [{"balance": 40, "balance_before": 0, "balance_after": 40}],
        )

    def test_log_is_append_only(self):
        """MEM-12: nobody changes the log, not even with SQL."""
        self._merge()
        log = self.Merge.search([("survivor_id", "=", self.new.id)])
        for record in (log, log.account_ids):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                record.sudo().write(
                    {"merge_id": 0} if "merge_id" in record else {"reason": "x"}
                )
            with self.assertRaisesRegex(UserError, "cannot be deleted"):
                record.sudo().unlink()
        for query in (
            "UPDATE o2o_member_merge SET reason = 'x' WHERE id = %s",
            "DELETE FROM o2o_member_merge WHERE id = %s",
            "UPDATE o2o_member_merge_account SET balance = 9 WHERE merge_id = %s",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(RaiseException, "append-only"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(SQL(query, log.id))

    def test_forget_the_person(self):
        """MEM-12: a forgotten member leaves no name in the log."""
        self._merge()
        log = self.Merge.search([("survivor_id", "=", self.new.id)])
        log._forget_person()
        self.assertFalse(log.person)
        self.assertNotIn("O2O Old", log.absorbed_name)

    def test_late_message_with_the_old_id(self):
        """MEM-12: a till that was offline sends the absorbed member; it is found."""
        old_id = self.old.id
        self._merge()
        third = self._create_member("O2O Third", "88000300")
        self._merge(survivor=third, others=self.new)
        self.assertEqual(self.Merge._survivor_of(old_id), third)
        self.assertFalse(self.Merge._survivor_of(0))

    # === who may ===

    def test_only_managers(self):
        """MEM-12: clerks, cashiers, auditors and members cannot merge."""
        portal = self._login(self.new, "19900002222")
        for user in (self.user, self.cashier, self.auditor, self.employee, portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._merge(user=user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["o2o.member.merge.wizard"].with_user(user).create(
                    {
                        "partner_ids": (self.old | self.new).ids,
                        "survivor_id": self.new.id,
                        "is_confirmed": True,
                    }
                ).action_merge()
        self.assertTrue(self.old.exists())

    def test_who_reads_and_nobody_writes(self):
        """MEM-12: the manager and the auditor read; no role writes."""
        self._merge()
        log = self.Merge.search([("survivor_id", "=", self.new.id)])
        for record in (log, log.account_ids):
            for user in (self.manager, self.auditor):
                self.assertTrue(record.with_user(user).has_access("read"))
            for user in (self.user, self.cashier, self.employee):
                self.assertFalse(record.with_user(user).has_access("read"))
            for user in (self.manager, self.auditor, self.user, self.cashier):
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(record.with_user(user).has_access(operation))

    def test_members_of_another_company(self):
        """MEM-12: whoever does not work for all their companies cannot merge."""
        other = self.env["res.company"].create({"name": "O2O Elsewhere"})
        card = self._create_card("88000900", company_id=other.id)
        card._activate(self.old)
        with self.assertRaisesRegex(AccessError, "company you may not work in"):
            self._merge()
        with self.assertRaises(AccessError):
            self.env["o2o.member.merge.wizard"].with_user(self.manager).create(
                {
                    "partner_ids": (self.old | self.new).ids,
                    "survivor_id": self.new.id,
                }
            ).read(["comparison"])
        self.old.with_company(other)._o2o_post_points(9, "manual", "t:elsewhere")
        self.old._o2o_post_points(4, "manual", "t:here")
        self.manager.company_ids |= other
        self._merge()
        self.assertEqual(self.new.o2o_points, 4)
        self.assertEqual(self.new.with_company(other).o2o_points, 9)
        log = self.Merge.search([("survivor_id", "=", self.new.id)])
        self.assertEqual(len(log.account_ids), 2)
        here = log.with_user(self.manager).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertFalse(here.search([("id", "=", log.id)]))

    def test_survivor_of_two_companies_is_shared(self):
        """MEM-12: a survivor is never locked into the company of the absorbed."""
        other = self.env["res.company"].create({"name": "O2O Elsewhere"})
        self.manager.company_ids |= other
        third = self._create_member("O2O Third", "88000300")
        for kept, absorbed, expected in (
            (self.company, other, False),
            (False, self.company, False),
        ):
            source = self._create_member("O2O Source", f"8800040{bool(kept):d}")
            source.company_id = absorbed
            third.company_id = kept
            self._merge(survivor=third, others=source)
            self.assertEqual(third.company_id.id, expected)

    def test_no_colleagues_and_no_system(self):
        """MEM-12: a manager cannot take over a colleague's login by a merge."""
        self._create_card("88000500")._activate(self.employee.partner_id)
        public = self.env.ref("base.public_partner")
        for contact in (
            self.employee.partner_id,
            self.env.ref("base.partner_admin"),
            public,
            self.company.partner_id,
        ):
            for survivor, source in ((self.new, contact), (contact, self.new)):
                with self.subTest(contact=contact.name), self.assertRaises(AccessError):
                    self._merge(survivor=survivor, others=source)
                with self.subTest(contact=contact.name), self.assertRaises(AccessError):
                    self.env["base.partner.merge.automatic.wizard"].with_user(
                        self.manager
                    ).new({})._update_foreign_keys(source, survivor)

    # === wizard ===

    def _wizard(self, partners):
        return (
            self.env["o2o.member.merge.wizard"]
            .with_user(self.manager)
            .with_context(active_model="res.partner", active_ids=partners.ids)
            .create({})
        )

    def test_wizard_proposes_who_stays(self):
        """MEM-12: the member with a login stays, then who bought last."""
        self._login(self.old, "19900001111")
        self.assertEqual(self._wizard(self.new | self.old).survivor_id, self.old)
        third = self._create_member("O2O Third", "88000300")
        self.env["sale.order"].create(
            {"partner_id": third.id, "state": "sale", "date_order": "2026-01-05"}
        )
        self.assertEqual(self._wizard(self.new | third).survivor_id, third)

    def test_wizard_shows_and_asks(self):
        """MEM-12: both members side by side; nothing happens unconfirmed."""
        self._login(self.old, "19900001111")
        self._login(self.new, "19900002222")
        self.old._o2o_post_points(41, "manual", "t:w")
        wizard = self._wizard(self.new | self.old)
        wizard.survivor_id = self.new
        for text in ("88000100", "88000200", "41", "19900002222"):
            self.assertIn(text, wizard.comparison)
        self.assertEqual(wizard.archived_logins, "19900001111")
        with self.assertRaisesRegex(UserError, "cannot be undone"):
            wizard.action_merge()
        wizard.is_confirmed = True
        self.assertEqual(wizard.action_merge()["res_id"], self.new.id)
        self.assertFalse(self.old.exists())

    def test_wizard_shows_what_is_left_afterwards(self):
        """MEM-12: the preview adds up as the merge will, a debt is paid first."""
        merged = self.new._o2o_merged_facts(
            [
                {
                    "points": [
                        {"company": "A", "available": 30, "pending": 10, "debt": 0}
                    ],
                    "cards": ["1"],
                    "since": "2026-02-01",
                    "orders": 2,
                },
                {
                    "points": [
                        {"company": "A", "available": 0, "pending": 0, "debt": 35},
                        {"company": "B", "available": 7, "pending": 0, "debt": 0},
                    ],
                    "cards": ["2"],
                    "since": "2025-02-01",
                    "orders": 3,
                },
            ]
        )
        self.assertEqual(
            merged["points"],
            [
                {"company": "A", "available": 0, "pending": 5, "debt": 0},
                {"company": "B", "available": 7, "pending": 0, "debt": 0},
            ],
        )
        self.assertEqual(merged["cards"], ["1", "2"])
        self.assertEqual((merged["since"], merged["orders"]), ("2025-02-01", 5))

    def test_wizard_with_three_members(self):
        """MEM-12: the dialog merges three as its list selection says."""
        third = self._create_member("O2O Third", "88000300")
        wizard = self._wizard(self.new | self.old | third)
        wizard.write({"survivor_id": self.new.id, "is_confirmed": True})
        wizard.action_merge()
        self.assertEqual(len(self.new.o2o_card_ids), 3)

    def test_survivor_must_be_one_of_them(self):
        """MEM-12: an RPC call cannot pour members into a third contact."""
        wizard = self._wizard(self.new | self.old)
        wizard.survivor_id = self.env["res.partner"].create({"name": "O2O Thief"})
        wizard.is_confirmed = True
        with self.assertRaisesRegex(UserError, "Keep one of the members"):
            wizard.action_merge()


@tagged("post_install", "-at_install")
class TestMemberMergeLogin(MergeCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old_user = cls._login(cls.old, "19900001111")
        cls.new_user = cls._login(cls.new, "19900002222")

    def _can_log_in(self, login):
        credential = {"login": login, "password": PASSWORD, "type": "password"}
        with mute_logger("odoo.addons.base.models.res_users"):
            try:
                self.env["res.users"].authenticate(credential, {"interactive": False})
            except AccessDenied:
                return False
        return True

    def test_one_login_stays(self):
        """MEM-12: the survivor logs in, the other no longer; its login is free."""
        self._merge()
        self.assertTrue(self._can_log_in("19900002222"))
        self.assertFalse(self._can_log_in("19900001111"))
        self.assertFalse(self._can_log_in(self.old_user.login))
        self.assertFalse(self.old_user.active)
        self.assertEqual(self.new.user_ids, self.new_user)
        self.assertFalse(self.env["o2o.member.service"]._is_login_taken("19900001111"))
        self.assertEqual(self.old_user.partner_id.parent_id, self.new)
        self.assertEqual(self.old_user.partner_id.phone, "19900001111")

    def test_login_follows_when_it_is_the_only_one(self):
        """MEM-12: a survivor without a login gets that of the absorbed member."""
        contact = self._create_member("O2O Third", "88000300")
        self._merge(survivor=contact, others=self.old)
        self.assertEqual(contact.user_ids, self.old_user)
        self.assertTrue(self._can_log_in("19900001111"))

    def test_open_session_ends(self):
        """MEM-12: the absorbed member is logged out at once."""
        session = self.authenticate("19900001111", PASSWORD)
        self.assertIn("/my", self.url_open("/my").url)
        self.assertNotIn("login", self.url_open("/my").url)
        token = self.old_user._compute_session_token(session.sid)
        self._merge()
        self.assertNotEqual(self.old_user._compute_session_token(session.sid), token)
        self.assertIn("/web/login", self.url_open("/my").url)
