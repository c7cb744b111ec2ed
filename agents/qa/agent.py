"""QA proves a commit: its tests, its code, its secrets, its dependencies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.qa.policy import passes
from memory.records.durable import Once
from memory.records.execution import ExecutionCancelled
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, QaReport
from tools.security.interface import Scanner
from tools.security.score import security_score
from tools.testing.interface import TESTS_CHECK, SuiteRunner


@dataclass(frozen=True)
class QaInput:
    project: Path
    """A checked-out tree of the commit; it is read and not written."""
    commit: str
    manifest: Manifest


@dataclass(frozen=True)
class QaDeps:
    suite: SuiteRunner
    scanners: Sequence[Scanner]
    once: Once


async def run(input: QaInput, deps: QaDeps) -> QaReport:
    """All checks side by side, each made once for a commit; raises only ExecutionCancelled and what `once` raises."""
    checks = await asyncio.gather(
        _made(TESTS_CHECK, lambda: deps.suite.run(input.project, input.manifest), input, deps),
        *(_made(scanner.name, _scan(scanner, input), input, deps) for scanner in deps.scanners),
    )
    coverage = checks[0].evidence.get("coverage")
    return QaReport(
        commit=input.commit,
        passed=passes(checks),
        checks=tuple(checks),
        coverage=float(coverage) if coverage is not None else None,
        security_score=security_score(checks),
    )


def _scan(scanner: Scanner, input: QaInput) -> Callable[[], Awaitable[Check]]:
    return lambda: scanner.scan(input.project, input.manifest)


async def _made(name: str, make: Callable[[], Awaitable[Check]], input: QaInput, deps: QaDeps) -> Check:
    async def guarded() -> Check:
        try:
            return await make()
        except ExecutionCancelled:
            raise
        except Exception as error:  # the border to the tools: a check that broke was not made, and the others go on
            summary = f"the check broke: {type(error).__name__}: {error}"
            return Check(name=name, outcome=CheckOutcome.UNAVAILABLE, summary=summary)

    return await deps.once.once(f"qa/{input.commit}/{name}", guarded, Check)


__all__ = ["QaDeps", "QaInput", "run"]
