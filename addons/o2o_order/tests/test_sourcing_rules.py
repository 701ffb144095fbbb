from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common_sourcing import SourcingCase


@tagged("post_install", "-at_install")
class TestSourcingRules(SourcingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "o2o_rules_manager",
            groups="base.group_user,o2o_order.o2o_order_group_manager",
        )

    def test_draft_decides_nothing(self):
        """ROUT-02: only published rules route orders."""
        self._create_rules(weight_distance=0, weight_load=100)
        self.assertFalse(self._decide().rule_set_id)

    def test_weights_of_the_rules_decide(self):
        """ROUT-02: by load instead of distance, and the decision says so."""
        first = self._place()
        self.assertEqual(first.store_id, self.near)
        rules = self._publish(
            {"region": 0},
            ["head_office"],
            weight_distance=0,
            weight_depth=0,
            weight_score=0,
            weight_load=100,
        )
        second = self._place()
        self.assertEqual(second.store_id, self.far)
        decision = second.routing_id
        self.assertEqual(decision.rule_set_id, rules)
        self.assertEqual(decision.rule, "best")
        fact = self._facts(decision)[self.far.id]
        self.assertEqual(fact["points"], {"load": 100.0})
        self.assertEqual(self._reason(decision, self.near), "lower")

    def test_manager_publishes_one_set_per_company(self):
        """ROUT-02: a new version takes over, the old one stays on record."""
        rules = self._create_rules().with_user(self.manager)
        rules.action_publish()
        self.assertEqual((rules.state, rules.version), ("published", 1))
        action = rules.action_new_version()
        draft = self.env["o2o.sourcing.rule.set"].browse(action["res_id"])
        self.assertEqual(draft.state, "draft")
        self.assertEqual(len(draft.filter_ids), len(rules.filter_ids))
        draft.with_user(self.manager).action_publish()
        self.assertEqual((draft.state, draft.version), ("published", 2))
        self.assertEqual(rules.state, "archived")
        self.assertEqual(draft.replaces_id, rules)
        self.assertEqual(draft.published_by_id, self.manager)

    def test_one_click_back(self):
        """Idea 8: rolled back to the version before, then to the built-in rules."""
        first = self._publish()
        second = self._create_rules()
        second.with_user(self.manager).action_publish()
        second.with_user(self.manager).action_roll_back()
        self.assertEqual((first.state, second.state), ("published", "archived"))
        self.assertEqual(self._decide().rule_set_id, first)
        first.with_user(self.manager).action_roll_back()
        self.assertEqual(first.state, "archived")
        self.assertFalse(self._decide().rule_set_id)
        log = self.env["o2o.sourcing.publication"].search(
            [("company_id", "=", self.company.id)], order="id"
        )
        self.assertEqual(
            [(it.kind, it.rule_set_id, it.previous_id) for it in log[-4:]],
            [
                ("publish", first, first.browse()),
                ("publish", second, first),
                ("rollback", first, second),
                ("rollback", first.browse(), first),
            ],
        )
        self.assertEqual(log[-1].user_id, self.manager)
        with self.assertRaises(UserError):
            log[-1].kind = "publish"
        with self.assertRaises(UserError):
            log[-1].unlink()

    def test_published_rules_never_change(self):
        """Invariant 10: what a decision was made with stays as it was."""
        rules = self._publish().with_user(self.manager)
        with self.assertRaises(UserError):
            rules.weight_load = 99
        with self.assertRaises(UserError):
            rules.filter_ids[0].is_on = False
        with self.assertRaises(UserError):
            rules.step_ids[0].is_on = False
        with self.assertRaises(UserError):
            rules.filter_ids[0].unlink()
        with self.assertRaises(UserError):
            rules.env["o2o.sourcing.step"].create(
                {"rule_set_id": rules.id, "kind": "pool"}
            )
        with self.assertRaises(UserError):
            rules.unlink()
        with self.assertRaises(UserError):
            rules.with_context(o2o_publishing=True).write({"state": "draft"})

    def test_state_is_not_a_field_to_write(self):
        rules = self._create_rules().with_user(self.manager)
        with self.assertRaises(UserError):
            rules.state = "published"
        forged = rules.create({"name": "Forged", "state": "published", "version": 9})
        self.assertEqual((forged.state, forged.version), ("draft", 0))

    def test_cashier_and_head_office_cannot_publish(self):
        """SYS-05: rules are a manager's; a cashier does not even see them."""
        rules = self._create_rules()
        for user in (self.cashier, self.member):
            with self.assertRaises(AccessError):
                rules.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                rules.with_user(user).action_publish()
        for action in ("action_publish", "action_roll_back", "action_new_version"):
            with self.assertRaises(AccessError):
                getattr(rules.with_user(self.head_office_user), action)()
        with self.assertRaises(AccessError):
            rules.with_user(self.head_office_user).weight_load = 1
        self.assertEqual(rules.state, "draft")

    def test_cashier_cannot_read_decisions(self):
        """Invariant 8: what other stores have is none of a cashier's business."""
        decision = self._decide()
        for model in (
            "o2o.routing.decision",
            "o2o.sourcing.publication",
            "o2o.sourcing.rehearsal",
            "o2o.sourcing.rehearsal.order",
            "o2o.sourcing.rehearsal.store",
            "o2o.sourcing.filter",
            "o2o.sourcing.step",
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.cashier).search([])
        with self.assertRaises(AccessError):
            decision.with_user(self.cashier).read(["facts"])

    def test_filters_that_hold_the_house_stay_on(self):
        rules = self._create_rules()
        for kind in ("stock", "refused", "paused"):
            with self.assertRaises(ValidationError):
                rules.filter_ids.filtered(lambda it, k=kind: it.kind == k).is_on = False

    def test_summary_tells_the_rules(self):
        """ROUT-02: rules in plain words."""
        rules = self._create_rules(
            {"region": 0, "distance": 12.0, "open": 30.0},
            ["pool", "head_office"],
            max_parcels=2,
            split_min_value=50.0,
        )
        self.assertIn("12 km", rules.summary)
        self.assertIn("within 30 minutes", rules.summary)
        self.assertIn("up to 2 parcels", rules.summary)
        self.assertIn("distance 60 %", rules.summary)
        self.assertLess(
            rules.summary.index("grab"), rules.summary.index("head office takes")
        )

    def test_other_company_keeps_its_rules(self):
        other = self.env["res.company"].create({"name": "Other chain"})
        self._publish()
        self._create_rules(company_id=other.id).action_publish()
        found = self.env["o2o.sourcing.rule.set"]._get_published(other)
        self.assertEqual(found.company_id, other)
