"""`make bench-qa`: how long QA takes for generated applications, warm, and again after one file was changed."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from agents.pm.agent import PmInput
from agents.pm.agent import run as plan
from agents.qa.agent import QaDeps, QaInput, run
from memory.records.report import QaReport, Severity
from memory.settings import REPOSITORY
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.scaffold.copier_scaffold import CopierScaffold
from tools.security.code_scanner import CodeScanner
from tools.security.dependency_audit import DependencyAuditor
from tools.security.folder import manifest_of
from tools.security.interpreter import running_environment
from tools.security.secrets_scanner import SecretsScanner
from tools.testing.pytest_runner import PytestRunner

FULL_S, AGAIN_S, COVERAGE = 15.0, 5.0, 0.8
BUSY_S = 0.3
STORIES, FILES = REPOSITORY / "tests" / "e2e" / "stories", REPOSITORY / "tests" / "data" / "openapi"
APPS = ("todos", "expenses", "bookings", "secured.yaml")
Result = TypeVar("Result", bound=BaseModel)


class Every:
    """No step of before is taken for one of now."""

    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        return await make()


class Remembered:
    """What is known of files, as Redis holds it for the product."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self.held.get(key) for key in keys]

    async def put_many(self, found: Mapping[str, bytes], keep_s: int) -> None:
        self.held |= found


@dataclass(frozen=True)
class Timed:
    report: QaReport
    took_s: float
    slowed: float
    """How many times longer than alone a busy loop took just before and after: what else the machine had to do."""

    @property
    def alone_s(self) -> float:
        return self.took_s / self.slowed


def busy() -> float:
    started, used = time.monotonic(), time.process_time()
    while time.process_time() - used < BUSY_S:
        pass
    return (time.monotonic() - started) / (time.process_time() - used)


def asked(name: str) -> PmInput:
    if name.endswith(".yaml"):
        return PmInput("Build this API", openapi=(FILES / name).read_text())
    return PmInput((STORIES / f"{name}.http").read_text().partition("\n\n")[0], name)


async def measure(
    name: str, home: Path, deps: QaDeps, known: Remembered, rounds: int
) -> tuple[list[Timed], list[Timed]]:
    """(full runs, runs after a line was added to one file)"""
    tree = home / name
    CopierScaffold(REPOSITORY / "templates").render(await plan(asked(name)), "rest_api", tree)
    await timed(tree, deps)  # environments are built, files are in the disk's cache
    full, again = [], []
    for number in range(rounds):
        marked = tree / "app" / "main.py"
        known.held.clear()
        full.append(await timed(tree, deps))
        marked.write_text(marked.read_text() + f"\nROUND = {number}\n")
        again.append(await timed(tree, deps))
    return full, again


async def timed(tree: Path, deps: QaDeps) -> Timed:
    before, started = busy(), time.monotonic()
    report = await run(QaInput(tree, "commit", manifest_of(tree)), deps)
    took = time.monotonic() - started
    return Timed(report, took, (before + busy()) / 2)


def row(name: str, what: str, runs: list[Timed]) -> list[str]:
    checks: dict[str, list[float]] = {check.name: [] for check in runs[0].report.checks}
    for one in runs:
        for check in one.report.checks:
            checks[check.name].append(check.duration_s)
    parts = [f"{statistics.median(checks[c]):.2f}" for c in ("tests", "vulnerabilities", "secrets", "dependencies")]
    outcome = "passed" if all(one.report.passed for one in runs) else "NOT PASSED"
    report = runs[-1].report
    found = sum(f.severity not in (Severity.LOW,) for check in report.checks for f in check.findings)
    quality = [f"{report.coverage or 0:.2f}", str(found), f"{report.performance_score or 0:.2f}"]
    whole = [
        f"{statistics.median(values):.2f}"
        for values in zip(*((r.took_s, r.slowed, r.alone_s) for r in runs), strict=True)
    ]
    return [name, what, *parts, *whole, *quality, outcome]


async def measured(rounds: int, names: tuple[str, ...]) -> int:
    home = Path(tempfile.mkdtemp(prefix="bench-qa-"))
    sandbox, scanner, known = BubblewrapSandbox(), running_environment(), Remembered()
    environments = UvEnvironments(home / "environments", sandbox)
    scanners = (
        CodeScanner(sandbox, scanner, known=known),
        SecretsScanner(sandbox, scanner, known=known),
        DependencyAuditor(osv_url="http://127.0.0.1:9/v1/query"),
    )
    deps = QaDeps(PytestRunner(sandbox, environments), scanners, Every())
    table = Table(title="QA of generated applications, in seconds, warm (median)")
    for column in (
        "application",
        "run",
        "tests",
        "code",
        "secrets",
        "dependencies",
        "whole",
        "slowed",
        "alone",
        "coverage",
        "medium+",
        "performance",
        "report",
    ):
        table.add_column(column)
    slowest = [0.0, 0.0]
    lacking: list[str] = []
    try:
        for name in names:
            for number, (what, runs) in enumerate(
                zip(("full", "one file changed"), await measure(name, home, deps, known, rounds), strict=True)
            ):
                table.add_row(*row(name, what, runs))
                lacking += [name] if not good_enough(runs[-1].report) else []
                slowest[number] = max(slowest[number], statistics.median(one.alone_s for one in runs))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    console = Console(width=max(110, Console().width))
    console.print(table)
    console.print(f"{os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f}; alone: whole by slowed")
    met = [slowest[0] <= FULL_S, slowest[1] <= AGAIN_S]
    for fine, words, took, goal in zip(met, ("full", "again"), slowest, (FULL_S, AGAIN_S), strict=True):
        console.print(f"{'met   ' if fine else 'MISSED'}  {words}: at most {took:.2f} s (goal: {goal:g})")
    if lacking:
        console.print(
            f"MISSED  a finding of medium or above, or coverage below {COVERAGE}: {', '.join(sorted(set(lacking)))}"
        )
    return 0 if all(met) and not lacking else 1


def good_enough(report: QaReport) -> bool:
    """What every generated application has to be."""
    serious = [f for check in report.checks for f in check.findings if f.severity is not Severity.LOW]
    return not serious and (report.coverage or 0) >= COVERAGE


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("apps", nargs="*", default=list(APPS))
    options.add_argument("--all", action="store_true", help="every story of the e2e suite")
    given = options.parse_args()
    names = sorted(path.stem for path in STORIES.glob("*.http")) if given.all else given.apps
    return asyncio.run(measured(given.rounds, tuple(names)))


if __name__ == "__main__":
    sys.exit(main())
