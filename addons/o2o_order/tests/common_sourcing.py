from contextlib import contextmanager
from unittest.mock import patch

from .common import GUANSHANHU, O2oOrderCase


class SourcingCase(O2oOrderCase):
    """The small chain with sourcing rules of its own.

    Nothing is held at the submission here: what the rules make of an order that nobody
    could have submitted, or whose goods went later, is their business, too.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(
                cls.env.registry["sale.order"],
                "_o2o_claim_stock",
                lambda order, until=None: [],
            )
        )

    @classmethod
    def _create_rules(cls, filters=None, steps=None, **vals):
        """A draft; what is not named is as in a new one.

        :param dict filters: ``{kind: value}`` of what is on beside the obligatory
        :param list steps: kinds, in order
        """
        rules = cls.env["o2o.sourcing.rule.set"].create({"name": "Test", **vals})
        if filters is not None:
            always = {"paused": 0, "refused": 0, "stock": 0}
            wanted = {**always, **filters}
            for it in rules.filter_ids:
                it.is_on = it.kind in wanted
                if it.kind in wanted:
                    it.value = wanted[it.kind]
        if steps is not None:
            for it in rules.step_ids:
                it.is_on = it.kind in steps
                if it.is_on:
                    it.sequence = steps.index(it.kind)
        return rules

    @classmethod
    def _publish(cls, filters=None, steps=None, **vals):
        rules = cls._create_rules(filters, steps, **vals)
        rules.action_publish()
        return rules

    @contextmanager
    def assertRefused(self, exception, text):
        """Like assertRaisesRegex, but what was written before is undone."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertIn(text, str(caught.exception))

    def _decide(self, lines=None, rejected_by=None, **kwargs):
        order = self._create_order(lines, **kwargs)
        return self.env["o2o.sourcing"]._decide(order, rejected_by=rejected_by)

    def _facts(self, decision):
        return {fact["store_id"]: fact for fact in decision.facts}

    def _reason(self, decision, store):
        return self._facts(decision)[store.id]["excluded_by"]

    @classmethod
    def _create_near_store(cls, code, north=0.001):
        """One more store in the member's district, some metres from the near one."""
        position = (GUANSHANHU[0] + north, GUANSHANHU[1])
        return cls._create_store(code, cls.guanshanhu, position, cls.env["res.users"])
