from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .earning_common import EarningCommon


@tagged("post_install", "-at_install")
class TestPointsBackOffice(EarningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_points_big_adjust = 500
        cls.entry = cls.anna._o2o_post_points(100, "manual", "t:1", reason="Gift")

    def _adjust(self, **values):
        wizard = self.env["o2o.points.adjust"].with_user(self.manager)
        return wizard.create({"partner_id": self.anna.id, "reason": "Why", **values})

    def _reverse(self, entry=None, user=None, **values):
        wizard = self.env["o2o.points.reverse"].with_user(user or self.manager)
        return wizard.create(
            {"entry_id": (entry or self.entry).id, "reason": "Wrong", **values}
        )

    def test_big_adjustments_ask_again(self):
        """PTS-09: a slip of the finger does not give 500 points, or take them."""
        for points in (500, -500):
            with self.assertRaisesRegex(UserError, "is a lot"):
                self._adjust(points=points).action_adjust()
        self._adjust(points=500, is_confirmed=True).action_adjust()
        self._adjust(points=499).action_adjust()
        self.assertEqual(self.anna.o2o_points, 100 + 500 + 499)

    def test_adjustment_needs_a_reason(self):
        """PTS-09: blanks are no reason."""
        with self.assertRaisesRegex(UserError, "Enter a reason"):
            self._adjust(points=5, reason="  ").action_adjust()

    def test_reverse_a_part(self):
        """PTS-11: a manager undoes a part, then the rest, and no more."""
        form = Form(
            self.env["o2o.points.reverse"]
            .with_user(self.manager)
            .with_context(default_entry_id=self.entry.id)
        )
        self.assertEqual(form.points, 100)
        form.points = 30
        form.reason = "Wrong person"
        wizard = form.save()
        wizard.action_reverse()
        wizard.action_reverse()
        self.env.invalidate_all()
        self.assertEqual(self.anna.o2o_points, 70, "a double click is one posting")
        with self.assertRaisesRegex(UserError, "Only 70"):
            self._reverse(points=71).action_reverse()
        self._reverse(points=70).action_reverse()
        self.env.invalidate_all()
        self.assertFalse(self.entry.can_reverse)
        last = self.Entry.search([("partner_id", "=", self.anna.id)], limit=1)
        self.assertIn("Adjustment of", last.explanation)
        self.assertIn("undone: Wrong", last.explanation)

    def test_what_cannot_be_reversed_by_hand(self):
        """PTS-11: redemptions come back with their order; no negative points."""
        redemption = self.anna._o2o_post_points(-10, "redeem", "t:2")
        with self.assertRaisesRegex(UserError, "cannot be reversed"):
            self._reverse(redemption, points=10).action_reverse()
        for points in (0, -5):
            with self.assertRaisesRegex(UserError, "Enter the points"):
                self._reverse(points=points).action_reverse()
        with self.assertRaisesRegex(UserError, "Enter a reason"):
            self._reverse(points=5, reason=" ").action_reverse()

    def test_who_reverses(self):
        """PTS-11: managers only."""
        for user in (self.user, self.auditor, self.cashier, self.portal):
            with self.assertRaises(AccessError):
                self._reverse(user=user, points=5)

    def test_reverse_entries_of_another_company(self):
        """PTS-11: a manager cannot reach over the wall between companies."""
        other = self.env["res.company"].create({"name": "O2O Other"})
        self._create_card("88000301", company_id=other.id)._activate(self.anna)
        entry = self.anna.with_company(other)._o2o_post_points(5, "manual", "t:o")
        with self.assertRaises(AccessError):
            self._reverse(entry, points=5).action_reverse()

    def test_list_by_type_time_till_and_batch(self):
        """PTS-11, STAT-10: filters by type and date, till and batch; totals."""
        entries = self.Entry.with_user(self.user)
        arch = entries.get_view(
            self.env.ref("o2o_member.o2o_points_entry_view_search").id, "search"
        )["arch"]
        for name in (
            "today",
            "this_week",
            "this_month",
            "posted_at",
            "pos_session_id",
            "pos_config_id",
            "actor_id",
            "group_by_pos_config",
            "group_by_pos_session",
            "group_by_actor",
            "redemption",
            "expired",
        ):
            self.assertIn(f'name="{name}"', arch)
        columns = etree.fromstring(
            entries.get_view(
                self.env.ref("o2o_member.o2o_points_entry_view_list").id, "list"
            )["arch"]
        )
        self.assertLessEqual(
            {
                "posted_at",
                "kind",
                "points",
                "balance_after",
                "pos_config_id",
                "pos_session_id",
            },
            {node.get("name") for node in columns.iter("field")},
        )
        filters = {
            node.get("name"): node.get("domain")
            for node in etree.fromstring(arch).iter("filter")
        }
        for name, is_there in (
            ("manual", True),
            ("plus", True),
            ("minus", False),
            ("purchase", False),
            ("redemption", False),
            ("expired", False),
        ):
            found = entries.search(literal_eval(filters[name]))
            self.assertEqual(self.entry in found, is_there, name)
        for domain in (
            [("posted_at", ">=", "=0H")],
            [("posted_at", ">=", "=week_start")],
            [("posted_at", ">=", "=1d")],
        ):
            self.assertIn(self.entry, entries.search(domain))
        for view_type in ("list", "graph", "pivot", "form"):
            self.assertTrue(entries.get_view(False, view_type)["arch"])

    def test_by_whom(self):
        """PTS-09: points added by hand, grouped by who added them."""
        self._adjust(points=7).action_adjust()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_points_manual_action"
        )
        self.assertEqual(action["domain"], "[('kind', '=', 'manual')]")
        groups = dict(
            self.Entry.with_user(self.user)._read_group(
                [("kind", "=", "manual"), ("partner_id", "=", self.anna.id)],
                ["actor_id"],
                ["points:sum"],
            )
        )
        self.assertEqual(groups[self.manager], 7)

    def test_member_form(self):
        """MEM-10: usable, pending, owed and next expiring points on the member."""
        self.company.o2o_points_valid_months = 1
        self.anna._o2o_post_points(40, "manual", "t:3")
        partner = self.anna.with_user(self.user)
        self.assertRegex(partner.o2o_points_next_expiry, r"^40 until \d{4}-\d\d-\d\d$")
        arch = partner.get_view(self.env.ref("base.view_partner_form").id, "form")[
            "arch"
        ]
        for name in ("o2o_points_pending", "o2o_points_debt", "o2o_points_next_expiry"):
            self.assertIn(f'name="{name}"', arch)

    def test_check_button(self):
        """PTS-09: the button says that all is well, or lists the members concerned."""
        entries = self.Entry.with_user(self.user)
        self.assertEqual(entries.action_check_balances()["params"]["type"], "success")
        self._break_balance()
        action = entries.action_check_balances()
        self.assertEqual(action["domain"], [("partner_id", "in", [self.anna.id])])

    @mute_logger("odoo.addons.o2o_member.models.o2o_points_audit")
    def test_nightly_check_tells_managers(self):
        """PTS-09: a wrong balance reaches the managers, and nobody else."""
        self._break_balance()
        with self.enter_registry_test_mode():
            self.env.ref(
                "o2o_member.o2o_points_entry_cron_check"
            ).method_direct_trigger()
        message = self.env["mail.message"].search(
            [("subject", "=", "Points balances that do not add up")]
        )
        self.assertTrue(message)
        self.assertIn(self.manager.partner_id, message.notified_partner_ids)
        self.assertNotIn(self.user.partner_id, message.notified_partner_ids)
        self.assertNotIn("Anna", str(message.mapped("body")), "no names in mails")

    def test_nightly_check_is_quiet(self):
        """PTS-09: no news when all balances add up."""
        self.Entry._cron_check_balances()
        self.assertFalse(
            self.env["mail.message"].search(
                [("subject", "=", "Points balances that do not add up")]
            )
        )

    def _break_balance(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_card SET points = points + 1 WHERE id = %s",
            [self._account(self.anna).id],
        )
        self.env.invalidate_all()

    def test_growth_of_members(self):
        """PTS-11: a member counts once, from the first card on."""
        growth = self.env["o2o.member.growth"].with_user(self.user)
        before = growth.search_count([])
        card = self.anna._o2o_active_card()
        self._create_card("88000777")._activate(
            self.env["res.partner"].create({"name": "New Member"})
        )
        self.assertEqual(growth.search_count([]), before + 1)
        self.assertEqual(
            growth.search([("partner_id", "=", self.anna.id)]).joined_at,
            card.activated_at,
        )
        for view_type in ("graph", "pivot"):
            self.assertTrue(growth.get_view(False, view_type)["arch"])

    def test_rules_in_the_form(self):
        """PTS-01…04: a manager makes rules; only purchases name products."""
        form = Form(self.env["o2o.points.rule"].with_user(self.manager))
        form.name = "Double"
        form.factor = 2.0
        rule = form.save()
        rule.product_tmpl_ids = self.bottle.product_tmpl_id
        with self.assertRaisesRegex(UserError, "Only rules for purchases"):
            rule.kind = "share"

    def test_settings(self):
        """PTS-09: all that the company says about points is in the settings."""
        settings = self.env["res.config.settings"].create({})
        settings.write(
            {
                "o2o_points_for_money": 50,
                "o2o_points_pending_days": 3,
                "o2o_points_valid_months": 6,
                "o2o_points_grace_days": 9,
                "o2o_points_reminder_days": 11,
                "o2o_points_big_adjust": 77,
            }
        )
        settings.execute()
        self.assertRecordValues(
            self.company,
            [
                {
                    "o2o_points_for_money": 50,
                    "o2o_points_pending_days": 3,
                    "o2o_points_valid_months": 6,
                    "o2o_points_grace_days": 9,
                    "o2o_points_reminder_days": 11,
                    "o2o_points_big_adjust": 77,
                }
            ],
        )
        arch = settings.get_view(
            self.env.ref("base.res_config_settings_view_form").id, "form"
        )["arch"]
        self.assertIn('name="o2o_points_big_adjust"', arch)
