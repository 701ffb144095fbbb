"""./o2o proof: the tests of the features fail without the code of the features."""

from __future__ import annotations

import os
from pathlib import Path

from . import addons, commands
from .errors import StepFailed, UsageError
from .lock import exclusive
from .stack import Stack
from .testing import TEST_DATABASE, TestRun

TABLES = "tests/proof"
PLUGIN = "o2o_proof.plugin"
PYTEST_USAGE = 4


def run(stack: Stack, names: list[str]) -> int:
    """Prove the named features and areas, or all; 1 when a test is too weak.

    :raises UsageError: when a table is wrong or has nothing of that name
    """
    # with addons named, the test database is kept and upgraded
    test_run = TestRun(stack, names=list(addons.discover(stack.home.addons)))
    progress = stack.progress
    stack.prepare_tools(dev=True)
    with (
        exclusive(
            stack.home.state / "test.lock",
            wait=3600,
            waiting=lambda who: progress.say(f"  .. a test run is at work ({who})"),
        ),
        test_run.server_of_its_own(),
    ):
        odoo, _log = test_run.build_test_database()
        env = test_run.odoo_env(odoo)
        tools = Path(__file__).resolve().parents[1]
        env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(tools)])
        report = stack.home.state / "proof.md"
        status = commands.follow(
            [
                stack.environment.python,
                *("-m", "pytest", "-q", "--tb=short", "-p", PLUGIN),
                f"--odoo-database={TEST_DATABASE}",
                f"--odoo-config={odoo.config}",
                *("--odoo-http", "--odoo-log-level=critical"),
                f"--proof-report={report}",
                *(f"--proof={name}" for name in names),
                stack.home.addons,
            ],
            env=env,
            cwd=stack.home.checkout,
        )
    if status == PYTEST_USAGE:
        raise UsageError("The tables or the names are wrong.", f"See {TABLES}.")
    if status not in (0, 1):
        raise StepFailed(f"pytest ended with status {status}.", "See its output.")
    progress.say(f"The table: {report}")
    return status
