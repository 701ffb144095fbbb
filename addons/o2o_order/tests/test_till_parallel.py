import threading
from uuid import uuid4

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTillParallel(TransactionCase):
    """Idea 17: one key, sent twice at the same moment, on real connections."""

    ROUNDS = 5

    def _send(self, key, barrier, done, answers):
        """One request, run again as Odoo runs it when it fails to serialize."""
        is_first = True
        for _replay in range(20):
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    cr.execute("SELECT 1")  # the snapshot is taken here
                    if is_first:
                        is_first = False
                        barrier.wait(timeout=30)
                    row, answer = env["o2o.till.action"]._begin(
                        key, None, None, "accept", {}
                    )
                    if not answer:
                        done.append(key)
                        answer = row._finish(
                            {"status": "ok", "message": str(threading.get_ident())}
                        )
                answers.append(answer)
                return
            except SerializationFailure:
                continue

    def test_one_key_is_done_once(self):
        for _round in range(self.ROUNDS):
            key, barrier = str(uuid4()), threading.Barrier(2)
            done, answers = [], []
            threads = [
                threading.Thread(target=self._send, args=(key, barrier, done, answers))
                for _index in range(2)
            ]
            with mute_logger("odoo.sql_db"):
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(60)
            self.assertEqual(len(answers), 2)
            self.assertEqual(answers[0]["message"], answers[1]["message"])
            with self.registry.cursor() as cr:
                cr.execute("SELECT count(*) FROM o2o_till_action WHERE key = %s", [key])
                self.assertEqual(cr.fetchone()[0], 1)
                cr.execute("DELETE FROM o2o_till_action WHERE key = %s", [key])
