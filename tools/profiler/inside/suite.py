"""Runs the project's test suite while all of its threads are sampled."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tools.profiler.inside.main import forget_ourselves
from tools.profiler.inside.places import Places
from tools.profiler.inside.records import Activity, Notes
from tools.profiler.inside.watching import Sampler

SHOWN = 100


class Timing:
    """A plugin of pytest: how long each test took, and which one runs."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self.tests: dict[str, float] = {}
        self.failed = 0

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._activity.operation = nodeid

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.tests[report.nodeid] = self.tests.get(report.nodeid, 0.0) + report.duration * 1000
        self.failed += report.failed

    def pytest_runtest_logfinish(self) -> None:
        self._activity.operation = ""


def main(order: dict[str, Any]) -> int:
    forget_ourselves(order["our_code"])
    report = Path(order["report"]).absolute()
    report.parent.mkdir(parents=True, exist_ok=True)
    if find_spec("pytest") is None:
        report.write_text(json.dumps({"problem": "the test environment has no pytest"}))
        return 0
    root = Path.cwd()
    sys.path[0:0] = [str(root / path) for path in order["paths"]]
    activity, notes = Activity(), Notes()
    timing = Timing(activity)
    began = time.perf_counter()
    given = [order["tests"], "-q", "-pno:cacheprovider", "--override-ini=addopts="]
    with Sampler(Places(root), activity, notes):
        code = int(import_module("pytest").main(given, plugins=[timing]))
    report.write_text(
        json.dumps(_summed(timing, notes) | {"exit_code": code, "wall_s": round(time.perf_counter() - began, 2)})
    )
    return 0


def _summed(timing: Timing, notes: Notes) -> dict[str, Any]:
    lines: dict[tuple[str, int, str], list[float]] = {}
    for (_, chain), (ms, cpu, _) in notes.samples.items():
        row = lines.setdefault(chain[0], [0.0, 0.0])
        row[0], row[1] = row[0] + ms, row[1] + cpu
    slowest = sorted(timing.tests.items(), key=lambda test: -test[1])
    return {
        "tests": len(timing.tests),
        "failed": timing.failed,
        "slowest": [[name, round(ms, 1)] for name, ms in slowest[:SHOWN]],
        "lines": [
            [*place, round(ms, 1), round(cpu, 1)]
            for place, (ms, cpu) in sorted(lines.items(), key=lambda r: -r[1][0])[:SHOWN]
        ],
    }


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
