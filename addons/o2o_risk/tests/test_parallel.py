from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_order.tests.common_parallel import ParallelOrderCase


@tagged("post_install", "-at_install")
class TestParallel(ParallelOrderCase):
    """Submissions in the same moment, on real connections."""

    def test_one_member_at_once(self):
        """PAY-09: six at once of one member: as many pass as are allowed, exactly."""
        # a member of its own: what an earlier run has submitted is committed
        order_ids = self._commit(self._make_carts)
        rule_id = self._commit(
            lambda env: (
                env["o2o.risk.rule"]
                .create(
                    {
                        "name": "Parallel",
                        "key_kind": "member",
                        "limit_count": 2,
                        "action": "refuse",
                    }
                )
                .id
            )
        )

        def submit(order_id):
            def act(env):
                try:
                    env["sale.order"].browse(order_id)._o2o_risk_submit()
                except UserError:
                    env.cr.rollback()
                    return False
                return True

            return act

        passed = self._in_parallel([submit(order_id) for order_id in order_ids])
        self.assertEqual(sum(passed), 2)
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT count(*) FROM o2o_risk_hit WHERE rule_id = %s", [rule_id]
            )
            self.assertEqual(cr.fetchone()[0], 4)

    def _make_carts(self, env):
        member = env["res.partner"].create({"name": "O2O Parallel"})
        line = {"product_id": self.product.id}
        return (
            env["sale.order"]
            .create(
                [
                    {
                        "partner_id": member.id,
                        "website_id": self.website.id,
                        "order_line": [Command.create(line)],
                    }
                    for _cart in range(6)
                ]
            )
            .ids
        )
