"""What the tests that walk an order's life at random share (hypothesis)."""

from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time

from odoo.addons.o2o_member.tests.common_examples import examples

PART = st.integers(0, 5)


class OrderMachineBase(RuleBasedStateMachine):
    """Each example happens in a savepoint that is undone afterwards.

    A machine keeps its orders in ``self.orders`` and its clock in ``self.now``.
    """

    def __init__(self, case):
        super().__init__()
        self.case = case
        self.env = case.env
        self.savepoint = case.env.cr.savepoint(flush=True)
        self.now = fields.Datetime.now()

    def teardown(self):
        self.env.flush_all()
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()

    @property
    def parts(self):
        return self.orders.o2o_fulfillment_ids.sorted("id")

    def _do(self, act):
        """A refusal is an answer; it leaves everything as it was."""
        clock = freeze_time(self.now)
        clock.start()
        try:
            with self.env.cr.savepoint():
                act()
        except UserError:
            self.env.invalidate_all()
        finally:
            clock.stop()

    def _try(self, index, act):
        parts = self.parts
        if parts:
            self._do(lambda: act(parts[index % len(parts)]))

    @rule(index=PART)
    def accept(self, index):
        self._try(index, lambda part: part._mark_accepted())

    @rule(index=PART)
    def turn_down(self, index):
        self._try(index, lambda part: part._turn_down(self.case.reason))

    @rule(index=PART)
    def ship(self, index):
        self._try(index, lambda part: part._mark_shipped("T1"))

    @rule(index=PART)
    def receive(self, index):
        self._try(index, lambda part: part._mark_received())

    @rule(index=PART)
    def nobody_can(self, index):
        self._try(index, lambda part: part._mark_rejected())


def walk(machine, case, lives, steps):
    """Let a machine take its steps, the same ones in each run.

    :param machine: class of ``OrderMachineBase``
    :param case: the test case it works in
    """
    run_state_machine_as_test(
        lambda: machine(case),
        settings=examples(
            lives,
            stateful_step_count=steps,
            # shrinking a failure would take longer than reading it
            phases=[Phase.generate],
        ),
    )
