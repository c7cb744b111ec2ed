"""QA proves a commit: its tests, its code, its secrets, its dependencies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.qa.policy import passes
from agents.qa.redaction import fingerprints, redacted
from memory.records.durable import Once
from memory.records.execution import ExecutionCancelled
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, QaReport
from tools.security.interface import SECRETS_CHECK, Scanner
from tools.security.score import security_score
from tools.testing.interface import TESTS_CHECK, SuiteRunner

Make = Callable[[], Awaitable[Check]]


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
    """All checks side by side, each made once for a commit.

    Raises ExecutionCancelled and what `once` raises; the other checks are then cancelled.
    """
    makers = _makers(input, deps)
    try:
        async with asyncio.TaskGroup() as group:
            secrets = group.create_task(_made(SECRETS_CHECK, makers[SECRETS_CHECK], input, deps))
            tasks = {
                name: group.create_task(_made(name, _hiding(make, secrets), input, deps))
                for name, make in makers.items()
                if name != SECRETS_CHECK
            }
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from problems
    tasks[SECRETS_CHECK] = secrets
    return _report(input.commit, [tasks[name].result() for name in makers])


def _makers(input: QaInput, deps: QaDeps) -> dict[str, Make]:
    """How each check is made, by its name, in the order of the report."""
    makers: dict[str, Make] = {TESTS_CHECK: lambda: deps.suite.run(input.project, input.manifest)}
    makers |= {scanner.name: _scan(scanner, input) for scanner in deps.scanners}
    makers.setdefault(SECRETS_CHECK, _no_scanner)
    return makers


def _scan(scanner: Scanner, input: QaInput) -> Make:
    return lambda: scanner.scan(input.project, input.manifest)


async def _no_scanner() -> Check:
    return Check(name=SECRETS_CHECK, outcome=CheckOutcome.UNAVAILABLE, summary="no scanner for secrets is set up")


def _hiding(make: Make, secrets: asyncio.Task[Check]) -> Make:
    """The check without the secrets that were found, before it is stored anywhere."""

    async def made() -> Check:
        check = await make()
        return await asyncio.to_thread(redacted, check, fingerprints(await secrets))

    return made


async def _made(name: str, make: Make, input: QaInput, deps: QaDeps) -> Check:
    async def guarded() -> Check:
        try:
            return await make()
        except ExecutionCancelled:
            raise
        except Exception as error:  # the border to the tools: a check that broke was not made, and the others go on
            summary = f"the check broke: {type(error).__name__}: {error}"
            return Check(name=name, outcome=CheckOutcome.UNAVAILABLE, summary=summary)

    return await deps.once.once(f"qa/{input.commit}/{name}", guarded, Check)


def _report(commit: str, checks: list[Check]) -> QaReport:
    coverage = next((check.evidence.get("coverage") for check in checks if check.name == TESTS_CHECK), None)
    return QaReport(
        commit=commit,
        passed=passes(checks),
        checks=tuple(checks),
        coverage=None if coverage is None else float(coverage),
        security_score=security_score(checks),
    )


__all__ = ["QaDeps", "QaInput", "run"]
