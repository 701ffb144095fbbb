"""What the tests that walk an order's life at random share (hypothesis)."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from odoo import fields


class OrderMachineBase(RuleBasedStateMachine):
    """Each example happens in a savepoint that is undone afterwards."""

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


def walk(machine, case, examples, steps):
    """Let a machine take its steps, the same ones in each run.

    :param machine: class of ``OrderMachineBase``
    :param case: the test case it works in
    """
    run_state_machine_as_test(
        lambda: machine(case),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            # shrinking a failure would take longer than reading it
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
