from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.o2o_member.tests.common_parallel import ParallelCase

ROUNDS = 10


@tagged("post_install", "-at_install")
class TestSwipeParallel(ParallelCase):
    """POS-14: two tills reach for the same swipe; real connections, real commits."""

    def setUp(self):
        super().setUp()
        with self._committed() as env:
            store = env.company._o2o_ensure_head_office()
            # one by one: each has a way to pay in cash of its own
            tills = env["pos.config"]
            for number in (1, 2):
                tills |= tills.create(
                    {"name": f"O2O Parallel {number}", "o2o_store_id": store.id}
                )
            box = env["o2o.box"].create({"name": "O2O Parallel", "store_id": store.id})
            box._sync({"readers": [{"key": "counter", "kind": "magnetic"}]})
            self.till_ids, self.box_id = tills.ids, box.id
        self.addCleanup(self._clean)

    def _clean(self):
        with self._committed() as env:
            env["o2o.box"].browse(self.box_id).unlink()
            env["pos.config"].browse(self.till_ids).unlink()

    def test_one_till_gets_the_number(self):
        for number in range(ROUNDS):
            uid = f"parallel{number}"
            with self._committed() as env:
                env["o2o.reader.event"].create(
                    {
                        "uid": uid,
                        "box_id": self.box_id,
                        "reader_id": env["o2o.box"].browse(self.box_id).reader_ids.id,
                        "kind": "card",
                        "value": "88000101",
                        "expires_at": fields.Datetime.now() + timedelta(seconds=60),
                    }
                )

            def take(env, till_id, uid=uid):
                till = env["pos.config"].browse(till_id)
                return env["o2o.reader.event"]._take(till, uid).get("value")

            answers = self._at_once(
                [
                    lambda env: take(env, self.till_ids[0]),
                    lambda env: take(env, self.till_ids[1]),
                ]
            )
            self.assertEqual(sorted(map(str, answers)), ["88000101", "None"])
