"""./o2o terms: write down what is to be translated, and keep what is translated.

Each addon's .pot becomes what Odoo exports now; zh_CN.po gets the new terms, loses the
old ones, and keeps its words. `lint` says which terms still lack Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import commands, testing
from .stack import Stack

SCRIPT = Path(__file__).with_name("merge_terms.py")


def export(stack: Stack, names: list[str], extra: list[Path]) -> Iterator[str]:
    """Export the terms of addons; a line for each with what is missing.

    :param names: addons, none of them meaning all
    :param extra: .po files whose words are taken where an addon has none yet
    """
    run = testing.TestRun(stack, names=names)
    stack.prepare_tools(dev=True)
    database = testing.TEST_DATABASE
    odoo = run.test_odoo(database)
    with run.server_of_its_own():
        run.prepare_database(database, odoo, run.without_demo(), anew=False)
        for name in run.tested():
            commands.run(
                odoo.command(
                    "-d", database, "-l", "pot", "--", name, sub="i18n export"
                ),
                what=f"Exporting the terms of {name}",
                log=stack.home.log / "terms.log",
                env=odoo.env(),
            )
            _status, output = commands.attempt(
                [
                    stack.environment.python,
                    SCRIPT,
                    stack.home.addons / name,
                    *extra,
                ]
            )
            yield output.strip()
