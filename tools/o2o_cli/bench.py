"""./o2o bench: the scripts of benchmarks/, each in the environment."""

from __future__ import annotations

import os

from . import commands
from .errors import UsageError
from .lock import exclusive
from .stack import Stack


def scripts(stack: Stack) -> list[str]:
    folder = stack.home.checkout / "benchmarks"
    return sorted(
        path.stem for path in folder.glob("*.py") if not path.name.startswith("_")
    )


def run(stack: Stack, names: list[str], scale: str) -> int:
    """Run the named scripts, or all; 1 when one of them says a goal is missed."""
    known = scripts(stack)
    for name in names:
        if name not in known:
            raise UsageError(
                f"There is no benchmark {name}.",
                f"Known: {', '.join(known) or 'none'}.",
            )
    stack.prepare_tools(dev=True)
    # two at once disturb each other's figures, and the first ends the server of both
    with exclusive(
        stack.home.state / "bench.lock",
        wait=3600,
        waiting=lambda who: stack.progress.say(f"  .. another bench runs ({who})"),
    ):
        return _run(stack, names or known, scale)


def _run(stack: Stack, names: list[str], scale: str) -> int:
    with exclusive(stack.home.lock, wait=600):
        stack.prepare_server()
    env = commands.environment(
        {
            "PYTHONPATH": os.pathsep.join(
                [str(stack.home.checkout / "tools"), str(stack.home.checkout)]
            ),
            "O2O_HOME": str(stack.home.state),
        }
    )
    missed = []
    for name in names:
        stack.progress.say(f"\n== {name} ({scale})")
        status = commands.follow(
            [
                stack.environment.python,
                stack.home.checkout / "benchmarks" / f"{name}.py",
                "--scale",
                scale,
                "--home",
                stack.home.state,
            ],
            env=env,
            cwd=stack.home.checkout,
        )
        if status:
            missed.append(name)
    if missed:
        stack.progress.say(f"Not held: {', '.join(missed)}.")
    elif not names:
        stack.progress.say("There is no script in benchmarks/.")
    return 1 if missed else 0
