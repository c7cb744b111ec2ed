"""Runs a loop in forked processes and kills each at another point: `crash_runner.py DATABASE_URL FOLDER`.

Prints a JSON object: how many points there are, and what differed from the undisturbed run.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.loop.loop import run_loop
from agents.loop.records import Consent
from memory.git_objects import LooseObjects
from memory.records.loop import ToolDecision
from memory.snapshots import GitSnapshots
from memory.turns import PostgresTurns
from tests.integration.loop.loop_script import (
    FILES,
    LoopPlace,
    ScriptedGateway,
    answer,
    call,
    dumped,
    edit,
    finish,
    make_place,
)
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.workspace import copies
from tools.workspace.dangers import Dangers
from tools.workspace.jail import Jail
from tools.workspace.tool import WorkspaceTools

SCRIPT = [
    answer(call("list_files"), call("read_file", path="app/main.py")),
    answer(
        call("write_file", path="app/new/deep.py", content="def deep():\n    return 0\n"),
        edit("app/main.py", "    return 2\n", "    return 2\n\n\ndef three():\n    return 3\n"),
    ),
    answer(
        call(
            "run_command",
            command="echo made > made.txt && echo more >> README.md && chmod +x made.txt && cat app/main.py",
        )
    ),
    answer(edit("app/main.py", "nowhere to be found at all", "x"), call("delete_file", path="README.md")),
    answer(call("move_file", path="app/new/deep.py", to="app/deep.py")),
    answer(call("write_file", path="app/main.py", content="ONE = 1\n", drops=["one", "two", "three"]), finish()),
]


class Points:
    """Counts the points that were reached, and kills this process at the chosen one."""

    def __init__(self, target: int | None) -> None:
        self.target = target
        self.reached = 0

    def pass_by(self) -> None:
        self.reached += 1
        if self.reached == self.target:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, *, after: bool = True) -> None:
        """A point before each call, and one after it where something else than the next point follows."""
        inner: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(inner)
        async def waited(*given: Any, **more: Any) -> Any:
            self.pass_by()
            result = await inner(*given, **more)
            if after:
                self.pass_by()
            return result

        @functools.wraps(inner)
        def plain(*given: Any, **more: Any) -> Any:
            self.pass_by()
            result = inner(*given, **more)
            if after:
                self.pass_by()
            return result

        setattr(owner, name, waited if asyncio.iscoroutinefunction(inner) else plain)


def arm(points: Points) -> None:
    for owner, name in (
        (ScriptedGateway, "ask"),
        (WorkspaceTools, "call"),
        (BubblewrapSandbox, "run"),
        (PostgresTurns, "add"),
    ):
        points.around(owner, name)
    for within, name in (
        (Jail, "write"),
        (Jail, "delete"),
        (Jail, "move"),
        (os, "rename"),
        (copies, "copy_out"),
        (copies, "_take"),
        (GitSnapshots, "restore"),
        (GitSnapshots, "save"),
        (LooseObjects, "_write"),
        (PostgresTurns, "turns"),
    ):
        points.around(within, name, after=False)


async def work(place: LoopPlace, database_url: str, points: Points) -> dict[str, Any]:
    """A person agrees to what is dangerous, whenever they are asked."""
    said: dict[str, ToolDecision] = {}
    more = {"dangers": Dangers(frozenset(FILES)), "consent": Consent(may_ask=True, decisions=said)}
    async with place.deps(database_url, SCRIPT, **more) as (deps, gateway):
        while (outcome := await run_loop(place.task(), deps)).asks is not None:
            said[outcome.asks.key] = ToolDecision(approved=True)
        turns = await deps.turns.turns("dev/loop")
    last = dumped(gateway.asked[-1]) if gateway.asked else ""
    return {
        "end": outcome.end.value,
        "tree": outcome.tree,
        "turns": outcome.turns,
        "paid": gateway.paid,
        "asked": len(gateway.asked),
        "last": hashlib.sha256(last.encode()).hexdigest() if last else "",
        "points": points.reached,
        "said": [f"{turn.n} {result.name}: {result.status}" for turn in turns for result in turn.results],
    }


def forked(place: LoopPlace, database_url: str, target: int | None) -> dict[str, Any] | None:
    """What the process found out; None where it was killed."""
    told = place.folder / "told.json"
    child = os.fork()
    if child == 0:
        points = Points(target)
        arm(points)
        told.write_text(json.dumps(asyncio.run(work(place, database_url, points))))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"the loop failed at point {target}")
    return json.loads(told.read_text())


def differences(found: dict[str, Any] | None, whole: dict[str, Any]) -> list[str]:
    if found is None:
        return ["killed though nothing was to kill it"]
    # Where the last turn was recorded before the kill, nothing is asked any more.
    keys = ("end", "tree", "turns", "paid", "said", *(["last"] if found["last"] else []))
    return [f"{key}: {found[key]}" for key in keys if found[key] != whole[key]]


def main(database_url: str, folder: Path) -> None:
    whole = forked(make_place(folder / "whole", database_url), database_url, None)
    assert whole is not None
    wrong: dict[int, list[str]] = {}
    for point in range(1, whole["points"] + 1):
        place = make_place(folder / f"killed-{point}", database_url)
        killed = forked(place, database_url, point) is None
        found = differences(forked(place, database_url, None), whole)
        if found or not killed:
            wrong[point] = found or ["was not killed"]
    place = make_place(folder / "every", database_url)
    kills = 0
    # Each process gets a little further than the one before it; the last one is left alone.
    while (found := forked(place, database_url, 6 + 5 * kills)) is None and kills < 60:
        kills += 1
    wrong |= {0: d} if (d := differences(found, whole)) else {}
    print(json.dumps({"points": whole["points"], "kills": kills, "wrong": wrong, "whole": whole}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
