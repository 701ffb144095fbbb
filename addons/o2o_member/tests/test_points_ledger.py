import psycopg2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged, warmup
from odoo.tools import SQL, mute_logger

from .common import MemberCommon


@tagged("post_install", "-at_install")
class TestPointsLedger(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls._create_member()
        cls.stranger = cls.env["res.partner"].create({"name": "O2O Stranger"})

    def test_posting(self):
        """PTS-01, PTS-09: a row with balances, source, actor and reason."""
        member = self.member.with_user(self.user).sudo()
        entry = member._o2o_post_points(
            120, "earn_purchase", "t:1", source=self.company, reason="Order 1"
        )
        self.assertRecordValues(
            entry,
            [
                {
                    "partner_id": self.member.id,
                    "company_id": self.company.id,
                    "points": 120,
                    "balance_before": 0,
                    "balance_after": 120,
                    "res_model": "res.company",
                    "res_id": self.company.id,
                    "actor_id": self.user.id,
                    "reason": "Order 1",
                }
            ],
        )
        self.assertEqual(self.member.o2o_points, 120)
        self.assertEqual(self._account(self.member).points, 120)

    def test_same_key_is_one_row(self):
        """PTS-01: a replay returns the first entry."""
        first = self.member._o2o_post_points(50, "earn_purchase", "t:1")
        again = self.member._o2o_post_points(50, "earn_purchase", "t:1")
        self.assertEqual(first, again)
        self.assertEqual(self.member.o2o_points, 50)

    def test_replay_after_the_card_was_frozen(self):
        """PTS-01: a replay is answered from the ledger, whatever happened since."""
        first = self.member._o2o_post_points(50, "earn_purchase", "t:1")
        self.member._o2o_active_card()._freeze()
        again = self.member._o2o_post_points(50, "earn_purchase", "t:1")
        self.assertEqual(first, again)

    def test_key_of_another_posting(self):
        """PTS-01: a key never stands for two different postings."""
        self.member._o2o_post_points(50, "earn_purchase", "t:1")
        other = self._create_member("O2O Second", "88000200")
        for partner, points, kind in (
            (self.member, 51, "earn_purchase"),
            (self.member, 50, "manual"),
            (other, 50, "earn_purchase"),
        ):
            with self.assertRaises(ValidationError):
                partner._o2o_post_points(points, kind, "t:1")

    def test_nothing_to_post(self):
        """PTS-01: zero points leave no row; a missing key is a bug."""
        self.assertFalse(self.member._o2o_post_points(0, "earn_purchase", "t:1"))
        with self.assertRaises(ValueError):
            self.member._o2o_post_points(1, "earn_purchase", "")

    def test_strangers_neither_earn_nor_redeem(self):
        """CARD-04: no active card, no points."""
        for points, kind in ((10, "earn_purchase"), (-10, "redeem"), (10, "manual")):
            with self.assertRaises(UserError):
                self.stranger._o2o_post_points(points, kind, f"t:{kind}")
        with self.assertRaises(UserError):
            self.stranger._o2o_ensure_member()
        self.assertFalse(self.Entry.search([("partner_id", "=", self.stranger.id)]))

    def test_frozen_card_stops_points(self):
        """CARD-04: a frozen card earns and redeems nothing."""
        self.member._o2o_active_card()._freeze()
        self.assertFalse(self.member.o2o_is_member)
        with self.assertRaises(UserError):
            self.member._o2o_post_points(10, "earn_purchase", "t:1")

    def test_no_overdraft(self):
        """PTS-01: nobody spends points they do not have."""
        self.member._o2o_post_points(30, "earn_purchase", "t:1")
        for kind in ("redeem", "manual"):
            with self.assertRaisesRegex(UserError, "Not enough points"):
                self.member._o2o_post_points(-31, kind, f"t:{kind}")
        self.member._o2o_post_points(-30, "redeem", "t:2")
        self.assertEqual(self.member.o2o_points, 0)

    def test_reversal(self):
        """PTS-09: taking back is a new row that points at the old one."""
        earned = self.member._o2o_post_points(30, "earn_purchase", "t:1")
        reversal = earned._reverse("t:1:reverse", "Returned")
        self.assertRecordValues(
            reversal,
            [
                {
                    "kind": "reversal",
                    "points": -30,
                    "reversal_of_id": earned.id,
                    "balance_after": 0,
                    "reason": "Returned",
                }
            ],
        )
        self.assertEqual(earned.points, 30)
        self.assertEqual(earned._reverse("t:1:reverse"), reversal, "idempotent")
        with self.assertRaises(UserError):
            earned._reverse("t:1:another")
        with self.assertRaises(UserError):
            reversal._reverse("t:1:back")

    def test_reversal_of_spent_points_leaves_a_debt(self):
        """PTS-09: points earned, spent and then taken back show as a debt."""
        earned = self.member._o2o_post_points(30, "earn_purchase", "t:1")
        self.member._o2o_post_points(-30, "redeem", "t:2")
        self.member._o2o_active_card()._freeze()
        earned._reverse("t:1:reverse")
        self.assertRecordValues(
            self.member, [{"o2o_points": 0, "o2o_points_debt": 30}]
        )
        self.assertEqual(self._account(self.member).points, -30)

    def test_debt_is_paid_by_earning(self):
        """PTS-01: earning works while a debt is open."""
        earned = self.member._o2o_post_points(30, "earn_purchase", "t:1")
        self.member._o2o_post_points(-30, "redeem", "t:2")
        earned._reverse("t:1:reverse")
        self.member._o2o_post_points(10, "earn_purchase", "t:3")
        self.assertEqual(self.member.o2o_points_debt, 20)
        with self.assertRaisesRegex(UserError, "Not enough points"):
            self.member._o2o_post_points(-1, "redeem", "t:4")
        self.member._o2o_post_points(25, "earn_purchase", "t:5")
        self.assertRecordValues(
            self.member, [{"o2o_points": 5, "o2o_points_debt": 0}]
        )

    def test_append_only_in_the_orm(self):
        """PTS-09: nobody edits the log, the superuser included."""
        entry = self.member._o2o_post_points(30, "earn_purchase", "t:1").sudo()
        with self.assertRaises(UserError):
            entry.points = 3000
        with self.assertRaises(UserError):
            entry.unlink()
        with self.assertRaises(UserError):
            self.Entry.sudo().create({"points": 30, "key": "t:2"})
        with self.assertRaises(UserError):
            entry.copy({"key": "t:2"})

    def test_append_only_in_the_database(self):
        """PTS-09: SQL that passes by the ORM is refused, too."""
        entry = self.member._o2o_post_points(30, "earn_purchase", "t:1")
        self.env.flush_all()
        for query in (
            SQL("UPDATE o2o_points_entry SET points = 9 WHERE id = %s", entry.id),
            SQL("UPDATE o2o_points_entry SET key = 'x' WHERE id = %s", entry.id),
            SQL("DELETE FROM o2o_points_entry WHERE id = %s", entry.id),
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RaiseException),
                self.cr.savepoint(),
            ):
                self.env.cr.execute(query)

    def test_points_for_amount(self):
        """PTS-01: points by amount, fractions dropped, binary dust ignored."""
        cases = [
            (1.0, 99.99, 99),
            (1.0, 0.0, 0),
            (1.0, -5.0, 0),
            (10.0, 1.1, 11),
            (0.1, 1499.0, 149),
            (0.0, 1000.0, 0),
        ]
        for rate, amount, expected in cases:
            self.company.o2o_points_per_unit = rate
            self.assertEqual(self.member._o2o_points_for_amount(amount), expected)

    def test_companies_have_separate_points(self):
        """PTS-01: a card and its points belong to a company."""
        other = self.env["res.company"].create(
            {"name": "O2O Other", "o2o_points_pending_days": 0}
        )
        self.member._o2o_post_points(30, "earn_purchase", "t:1")
        elsewhere = self.member.with_company(other)
        self.assertEqual(elsewhere.o2o_points, 0)
        with self.assertRaises(UserError):
            elsewhere._o2o_post_points(5, "earn_purchase", "t:2")
        number = "88000300"
        cards = self.Card.with_company(other)
        cards.create(
            {
                "number": number,
                "code_hash": cards._code_hash(number, "1"),
                "company_id": other.id,
            }
        )._activate(elsewhere)
        elsewhere._o2o_post_points(5, "earn_purchase", "t:2")
        self.assertEqual((self.member.o2o_points, elsewhere.o2o_points), (30, 5))

    def test_source_link(self):
        """PTS-09: the log leads to the document behind a row."""
        entry = self.member._o2o_post_points(
            1, "earn_purchase", "t:1", source=self.stranger
        )
        self.assertEqual(entry.action_view_source()["res_id"], self.stranger.id)
        self.stranger.unlink()
        with self.assertRaises(UserError):
            entry.action_view_source()

    def test_adjustment_wizard(self):
        """PTS-09: a manager adds points with a reason, once per dialog."""
        wizard = (
            self.env["o2o.points.adjust"]
            .with_user(self.manager)
            .create({"partner_id": self.member.id, "points": 15, "reason": "Sorry"})
        )
        wizard.action_adjust()
        wizard.action_adjust()
        entry = self.Entry.search([("partner_id", "=", self.member.id)])
        self.assertRecordValues(
            entry,
            [{"points": 15, "reason": "Sorry", "actor_id": self.manager.id}],
        )
        wizard.points = 0
        with self.assertRaises(UserError):
            wizard.action_adjust()

    def test_nightly_check(self):
        """PTS-09: a balance that does not add up is found and logged."""
        self.member._o2o_post_points(30, "earn_purchase", "t:1")
        account = self._account(self.member)
        self.assertNotIn(account.id, self.Entry._cron_check_balances())
        self.env.cr.execute(
            SQL("UPDATE loyalty_card SET points = 31 WHERE id = %s", account.id)
        )
        account.invalidate_recordset()
        with self.assertLogs(
            "odoo.addons.o2o_member.models.o2o_points_audit", "ERROR"
        ) as logs:
            self.assertIn(account.id, self.Entry._cron_check_balances())
        self.assertIn(f"points account {account.id}", logs.output[0])

    def test_nightly_check_runs_as_cron(self):
        """PTS-09: the scheduled action calls the check."""
        with self.enter_registry_test_mode():
            self.env.ref(
                "o2o_member.o2o_points_entry_cron_check"
            ).method_direct_trigger()

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ["earn_purchase", "redeem", "manual", "reverse", "replay"]
                ),
                st.integers(-200, 200),
            ),
            min_size=1,
            max_size=15,
        )
    )
    def test_any_sequence_adds_up(self, steps):
        """PTS-09: sum of rows = last balance = cached balance, whatever happens."""
        number = f"7{self.Card.search_count([]):09d}"
        member = self._create_member("O2O Random", number)
        posted = []
        for step, (action, points) in enumerate(steps):
            key = f"{number}:{step}"
            try:
                if action == "reverse":
                    if posted:
                        posted.append(posted[points % len(posted)]._reverse(key))
                elif action == "replay":
                    if posted:
                        old = posted[points % len(posted)]
                        again = self.Entry._post(member, old.points, old.kind, old.key)
                        self.assertEqual(again, old)
                else:
                    posted += member._o2o_post_points(points, action, key)
            except UserError:
                continue
        entries = self.Entry.search([("partner_id", "=", member.id)], order="id")
        account = self._account(member)
        self.assertEqual(entries.ids, [entry.id for entry in posted])
        balance = member.o2o_points - member.o2o_points_debt
        self.assertEqual(balance, sum(entries.mapped("points")))
        self.assertEqual(account.points, balance)
        self.assertEqual(balance, entries[-1].balance_after if entries else 0)
        self.assertNotIn(account.id, self.Entry._cron_check_balances())

    @warmup
    def test_cost_of_a_posting(self):
        """PTS-01: a posting costs the same on a long history as on a short one."""
        self.member._o2o_post_points(1, "earn_purchase", "t:first")
        for number in range(20):
            self.member._o2o_post_points(1, "earn_purchase", f"t:{number}")
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(15):
            self.member._o2o_post_points(5, "earn_purchase", "t:measured")
            self.env.flush_all()
