from uuid import uuid4

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.o2o_member.tests.common_parallel import ParallelCase

ROUNDS = 8


@tagged("post_install", "-at_install")
class TestTerminalParallel(ParallelCase):
    """UPAY-01: real connections, real commits, one card in the slot."""

    def setUp(self):
        super().setUp()
        with self._committed() as env:
            store = env.company._o2o_ensure_head_office()
            till = env["pos.config"].create(
                {"name": "O2O Parallel", "o2o_store_id": store.id}
            )
            box = env["o2o.box"].create({"name": "O2O Parallel", "store_id": store.id})
            terminal = env["o2o.terminal"].create(
                {
                    "name": "O2O Parallel",
                    "box_id": box.id,
                    "host": "192.0.2.7",
                    "config_id": till.id,
                }
            )
            self.till_id, self.box_id = till.id, box.id
            self.terminal_id = terminal.id
        self.addCleanup(self._clean)

    def _clean(self):
        with self._committed() as env:
            env.cr.execute(
                SQL(
                    "DELETE FROM o2o_terminal_transaction WHERE terminal_id = %s",
                    self.terminal_id,
                )
            )
            env["o2o.terminal"].browse(self.terminal_id).unlink()
            env["o2o.box"].browse(self.box_id).unlink()
            env["pos.config"].browse(self.till_id).unlink()

    def _transactions(self, env):
        return env["o2o.terminal.transaction"].search(
            [("terminal_id", "=", self.terminal_id)]
        )

    def test_two_charges_at_once_are_one(self):
        """Each began before the other was committed, as requests do."""

        def charge(env):
            terminal = env["o2o.terminal"].browse(self.terminal_id)
            return terminal._request("sale", 1.0, payment_uuid=str(uuid4())).uid

        for _round in range(ROUNDS):
            answers = self._at_once([charge] * 3, refused=UserError)
            begun = [uid for uid in answers if uid]
            with self._committed() as env:
                sales = self._transactions(env).filtered(lambda tx: tx.state == "new")
                self.assertEqual(begun, sales.mapped("uid"))
                self.assertEqual(len(sales), 1)
                sales.action_cancel()

    def test_cancelled_or_handed_over_never_both(self):
        """What the server ended itself never reaches a box afterwards."""

        def cancel(env):
            self._transactions(env).filtered(
                lambda tx: tx.state == "new"
            ).action_cancel()

        def sync(env):
            box = env["o2o.box"].browse(self.box_id)
            return [each["uid"] for each in box._sync({})["terminal_requests"]]

        for _round in range(ROUNDS):
            with self._committed() as env:
                uid = (
                    env["o2o.terminal"].browse(self.terminal_id)._request("sale", 1).uid
                )
            handed = self._at_once([cancel, sync])[1]
            with self._committed() as env:
                sale = self._transactions(env).filtered(
                    lambda tx, uid=uid: tx.uid == uid
                )
                self.assertEqual(sale.state, "new" if uid in handed else "declined")
                if sale.state == "new":
                    self.assertEqual(sale.action, "cancel")
                    sale._enter("declined", code="cancelled")
