from ast import literal_eval

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from ..const import LEVEL_CONTEXT
from .common_examples import examples
from .common_level import LevelCommon

NOW = "2026-06-15 04:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestLevel(LevelCommon):
    def test_each_company_has_four_levels(self):
        """MEM-06: ordinary, silver, gold, diamond, in old and new companies."""
        company = self.env["res.company"].create({"name": "O2O Levels"})
        levels = company._o2o_levels()
        self.assertEqual(
            levels.mapped("code"), ["ordinary", "silver", "gold", "diamond"]
        )
        levels[0].name = "Friend"
        company._o2o_ensure_levels()
        self.assertEqual(len(company._o2o_levels()), 4)
        self.assertEqual(levels[0].name, "Friend")

    def test_registration_is_ordinary(self):
        """MEM-06: an activated card makes an ordinary member, no card makes none."""
        self.assertEqual(self.member.o2o_level_id, self.ordinary)
        self.assertEqual(self._current().cause, "registration")
        contact = self.env["res.partner"].create({"name": "O2O Contact"})
        contact._o2o_evaluate_levels()
        self.assertFalse(contact.o2o_level_id)

    def test_purchase_raises(self):
        """MEM-07: the purchase that reaches the threshold raises the level."""
        self._buy(self.member, 999.99)
        self.assertEqual(self.member.o2o_level_id, self.ordinary)
        self._buy(self.member, 0.01)
        self.assertEqual(self.member.o2o_level_id, self.silver)
        self.assertRecordValues(
            self._current(),
            [{"level_id": self.silver.id, "cause": "spend", "notice": "up"}],
        )

    def test_distribution(self):
        """MEM-06: the chart counts each member once, at the level of today."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_level_membership_action"
        )
        self._buy(self.member, 1200)
        self._create_member("O2O Second", "88000101")
        for user in (self.user, self.manager, self.auditor):
            history = self.History.with_user(user)
            for kind in ("graph", "pivot", "list"):
                history.get_view(view_type=kind)
            search = etree.fromstring(history.get_view(view_type="search")["arch"])
            [current] = search.xpath("//filter[@name='current']/@domain")
            rows = history.formatted_read_group(
                [
                    *literal_eval(current),
                    ("partner_id.name", "in", ["O2O Member", "O2O Second"]),
                ],
                ["level_id"],
                ["__count"],
            )
            with self.subTest(user=user.login):
                self.assertEqual(
                    {row["level_id"][0]: row["__count"] for row in rows},
                    {self.ordinary.id: 1, self.silver.id: 1},
                )
        self.assertIn("graph", action["view_mode"])

    def test_why(self):
        """MEM-07: "why Silver?" is answered from what was true then."""
        self._buy(self.member, 1200)
        row = self._current()
        self.silver.spend_min = 9999
        self.assertEqual(
            row.explanation,
            f"Spent {self._money(1200)} within 12 months; "
            f"{self._money(1000)} is needed.",
        )

    def _money(self, amount):
        return self.company.currency_id.format(amount)

    def test_evaluate_twice_adds_nothing(self):
        """MEM-07: evaluation is idempotent."""
        self._buy(self.member, 1000)
        count = self.History.search_count([("partner_id", "=", self.member.id)])
        self.assertFalse(self.member._o2o_evaluate_levels())
        self.assertEqual(
            self.History.search_count([("partner_id", "=", self.member.id)]), count
        )

    def test_returned_goods_fall_at_once(self):
        """MEM-07: buying a level and returning the goods gives no grace."""
        share = self._buy(self.member, 1000)
        self._take_back(share)
        self.assertEqual(self.member.o2o_level_id, self.ordinary)
        self.assertFalse(self._current().grace_until)

    def test_window_moves_grace_then_fall(self):
        """MEM-07: a window that moves on falls after the grace days, with notices."""
        self._buy(self.member, 1000, at="2026-06-10 04:00:00")
        self.assertEqual(self.member.o2o_level_id, self.silver)
        with freeze_time("2027-06-10 20:00:00"):  # 11 June in Shanghai
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.silver)
            row = self._current()
            self.assertEqual(str(row.grace_until), "2027-07-11")
            self.assertEqual(row.notice, "grace")
        with freeze_time("2027-07-11 15:59:00"):  # the last minute of grace
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.silver)
        with freeze_time("2027-07-11 16:00:00"):
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.ordinary)
            self.assertEqual(self._current().notice, "down")

    def test_purchase_in_grace_keeps_the_level(self):
        """MEM-07: who earns the level again in the grace period keeps it."""
        self._buy(self.member, 1000, at="2026-06-10 04:00:00")
        with freeze_time("2027-06-20 04:00:00"):
            self.member._o2o_evaluate_levels()
            self.assertTrue(self._current().grace_until)
            self._buy(self.member, 1000, at="2027-06-20 03:00:00")
            self.assertFalse(self._current().grace_until)
            self.assertFalse(self._current().notice)
        with freeze_time("2027-09-01 04:00:00"):
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.silver)

    def test_window_has_days_of_shanghai(self):
        """MEM-07: the window begins at midnight in Shanghai, not in London."""
        self._buy(self.member, 1000, at="2025-06-14 16:00:00")  # 15 June, 00:00
        self.assertEqual(self.member.o2o_level_id, self.silver)
        other = self._create_member("O2O Late", "88000300")
        self._buy(other, 1000, at="2025-06-14 15:59:59")
        self.assertEqual(other.o2o_level_id, self.ordinary)

    @freeze_time("2028-02-29 04:00:00")
    def test_window_on_a_leap_day(self):
        """MEM-07: twelve months before 29 February begin on 28 February."""
        since = self.company._o2o_window_since(12)
        self.assertEqual(str(since), "2027-02-27 16:00:00")

    def test_levels_are_per_company(self):
        """MEM-06: what is bought in one company is no reason in another."""
        other = self.env["res.company"].create({"name": "O2O Elsewhere"})
        self._buy(self.member, 1000)
        member = self.member.with_company(other)
        member._o2o_evaluate_levels()
        self.assertFalse(member.o2o_level_id)
        self._create_card("99000001", company_id=other.id)._activate(self.member)
        self.assertEqual(member.o2o_level_id.code, "ordinary")
        self.assertEqual(self.member.o2o_level_id, self.silver)

    def test_criteria_change_is_looked_at(self):
        """MEM-06: editing a level sends everybody through the nightly sweep again."""
        self._buy(self.member, 600)
        self.History._mark_checked(self.company, self.member.ids)
        self.assertNotIn(
            self.member.id, self.History._next_to_check(self.company, 10**6)
        )
        self.silver.with_user(self.manager).spend_min = 500
        self.assertIn(self.member.id, self.History._next_to_check(self.company, 10**6))

    def test_nightly_sweep(self):
        """MEM-07: the cron finds who falls; a second run has nothing to do."""
        self._buy(self.member, 25000, at="2026-06-10 04:00:00")
        self.assertEqual(self.member.o2o_level_id, self.diamond)
        with freeze_time("2027-06-20 04:00:00"), self.enter_registry_test_mode():
            cron = self.env.ref("o2o_member.o2o_level_cron_evaluate")
            cron.method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(self.member.o2o_level_id, self.ordinary)
            self.assertFalse(self.History._next_to_check(self.company, 10))
            rows = self.History.search_count([])
            cron.method_direct_trigger()
            self.assertEqual(self.History.search_count([]), rows)

    def test_notices_are_sent_once(self):
        """MEM-07: each change is told to the member, once, by message."""
        self.member.write({"email": "member@example.com", "lang": "en_US"})
        self._buy(self.member, 1000)
        messages = self.env["mail.message"]
        domain = [
            ("partner_ids", "in", self.member.ids),
            ("subject", "ilike", "Silver"),
        ]
        self.assertFalse(messages.search_count(domain))
        with self.enter_registry_test_mode():
            cron = self.env.ref("o2o_member.o2o_level_cron_notify")
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        self.assertEqual(
            messages.search(domain).mapped("subject"), ["Welcome to Silver"]
        )
        self.assertFalse(self._current().notice)

    def test_queries_do_not_grow(self):
        """MEM-07: fifty members cost as many queries as one."""
        members = self.env["res.partner"].concat(
            *(
                self._create_member(f"O2O {number}", f"8801{number:04}")
                for number in range(50)
            )
        )
        for member in members[:25]:
            self._buy(member, 1000, evaluate=False)
        self._buy(members[49], 30000, evaluate=False)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        members._o2o_evaluate_levels()
        self.env.flush_all()
        with_changes = self.cr.sql_log_count - before
        self.assertEqual(members[0].o2o_level_id, self.silver)
        self.assertEqual(members[49].o2o_level_id, self.diamond)
        self.assertLess(with_changes, 35)
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        members._o2o_evaluate_levels()
        self.assertLess(self.cr.sql_log_count - before, 15)

    def test_merge_carries_the_level(self):
        """MEM-12: merging a member into a contact keeps level and history."""
        self._buy(self.member, 1000)
        contact = self.env["res.partner"].create({"name": "O2O Contact"})
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.member | contact).ids, contact
        )
        self.assertEqual(contact.o2o_level_id, self.silver)
        self.assertEqual(self._current(contact).level_id, self.silver)
        self.assertEqual(len(contact.o2o_level_membership_ids), 2)

    # === attacks ===

    def test_nobody_writes_levels(self):
        """MEM-06: no role sets a level, a history row or a fee by hand or by RPC."""
        portal = new_test_user(self.env, "o2o_l_portal", groups="base.group_portal")
        row = self._current()
        for user in (self.user, self.manager, self.cashier, portal):
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    self.member.with_user(user).write({"o2o_level_id": self.gold.id})
                for record in (row, self.Grant):
                    for operation in ("create", "write", "unlink"):
                        self.assertFalse(
                            record.with_user(user).has_access(operation), operation
                        )
        with self.assertRaises(UserError):
            self.env["res.partner"].create({"name": "x", "o2o_level_id": self.gold.id})
        with self.assertRaises(UserError):
            self.member.with_context(o2o_level_writer=True).o2o_level_id = self.gold
        with self.assertRaises(UserError):
            row.sudo().level_id = self.gold
        with self.assertRaises(UserError):
            row.sudo().unlink()

    def test_history_is_written_once(self):
        """MEM-07: not even an evaluation rewrites the past."""
        self._buy(self.member, 1000)
        old = self.member.o2o_level_membership_ids[-1]
        self.assertTrue(old.until_at)
        for values in ({"level_id": self.gold.id}, {"until_at": False}):
            with self.assertRaises(UserError):
                old.with_context(**LEVEL_CONTEXT).write(values)

    def test_portal_reads_own_history(self):
        """MEM-06: a member sees no other member's history."""
        portal = new_test_user(self.env, "o2o_l_portal", groups="base.group_portal")
        self.assertFalse(self.History.with_user(portal).search([]))
        with self.assertRaises(AccessError):
            self._current().with_user(portal).read(["level_id"])
        with self.assertRaises(AccessError):
            self.Grant.with_user(portal).search([])

    def test_only_managers_edit_levels(self):
        """MEM-06: levels are settings of the member administrator."""
        for user in (self.user, self.cashier):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.silver.with_user(user).spend_min = 1


@tagged("post_install", "-at_install")
class TestLevelProperty(LevelCommon):
    """MEM-07, MEM-08: whatever happens in whatever order, the facts decide."""

    _steps = st.lists(
        st.tuples(st.sampled_from(["buy", "back", "fee", "unfee"]), st.integers(0, 3)),
        max_size=8,
    )
    AMOUNTS = (400, 1000, 5000, 20000)

    @examples(25)
    @given(steps=_steps, evaluations=st.lists(st.booleans(), min_size=8, max_size=8))
    def test_facts_decide(self, steps, evaluations):
        """MEM-07: evaluate when you like, twice if you like: the highest wins."""
        with self.cr.savepoint() as savepoint:
            shares = []
            grants = self.Grant.browse()
            for (step, number), is_evaluated in zip(steps, evaluations, strict=False):
                if step == "buy":
                    amount = self.AMOUNTS[number]
                    shares.append(self._buy(self.member, amount, evaluate=is_evaluated))
                elif step == "back" and number < len(shares):
                    self._take_back(shares[number], evaluate=is_evaluated)
                elif step == "fee":
                    level = self.company._o2o_levels()[number]
                    grants |= self._pay_fee(level)
                elif step == "unfee":
                    grants[number : number + 1]._revoke("t")
            self.member._o2o_evaluate_levels()
            rows = len(self.member.o2o_level_membership_ids)
            self.assertFalse(self.member._o2o_evaluate_levels())
            self.assertEqual(len(self.member.o2o_level_membership_ids), rows)
            self.assertEqual(
                self.member.o2o_level_id.id, self._expected(shares, grants)
            )
            row = self._current()
            self.assertEqual(row.level_id, self.member.o2o_level_id)
            self.assertFalse(row.grace_until)
            savepoint.rollback()
        self.env.invalidate_all()

    def _pay_fee(self, level):
        order = self.env["sale.order"].create({"partner_id": self.member.id})
        line = self.env["sale.order.line"].create(
            {"order_id": order.id, "name": "x", "display_type": "line_note"}
        )
        key = f"t:{next(self._numbers)}"
        return self.Grant._grant_fee(self.member, level, 12, 100.0, key, line)

    def _expected(self, shares, grants):
        """An oracle that knows neither history nor order."""
        kept = [share.kept_amount for share in shares if share.kept_amount]
        spend, count = sum(kept), len(kept)
        reached = [self.ordinary]
        if spend >= 1000:
            reached.append(self.silver)
        if spend >= 5000 and count >= 5:
            reached.append(self.gold)
        if spend >= 20000:
            reached.append(self.diamond)
        today = self.company._o2o_today()
        for grant in grants:
            if not grant.revoked_at and grant.date_from <= today:
                reached.append(grant.level_id)
        return max(reached, key=lambda level: level.sequence).id
