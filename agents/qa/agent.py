"""QA proves a commit: its tests, its code, its secrets, its dependencies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from agents.qa.beside import Before, comparison
from agents.qa.performing import CHECK as PERFORMANCE_CHECK
from agents.qa.performing import performance_check
from agents.qa.policy import passes
from agents.qa.redaction import fingerprints, redacted
from memory.records.durable import Once
from memory.records.execution import ExecutionCancelled
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, QaReport
from tools.security.fingerprints import identified
from tools.security.interface import SECRETS_CHECK, Scanner
from tools.security.judging import judged
from tools.security.policy import POLICY_CHECK, Policy, read_policy
from tools.security.score import security_score
from tools.testing.interface import TESTS_CHECK, SuiteRunner

Make = Callable[[], Awaitable[Check]]


@dataclass(frozen=True)
class QaInput:
    project: Path
    """A checked-out tree of the commit; it is read and not written."""
    commit: str
    manifest: Manifest
    before: Before | None = None
    """Of the commit that the project stood at."""
    imported: bool = False
    """What was there before does not close the gate, unless the project's policy says so."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


@dataclass(frozen=True)
class QaDeps:
    suite: SuiteRunner
    scanners: Sequence[Scanner]
    once: Once
    patience_s: float = 1800.0
    """For one check, above the limits of its own: whatever hangs, QA comes to an end."""


async def run(input: QaInput, deps: QaDeps) -> QaReport:
    """All checks side by side, each made once for a commit.

    Raises ExecutionCancelled and what `once` raises; the other checks are then cancelled.
    """
    made = await _all(_makers(input, deps), input, deps)
    return _report(input, made, *await asyncio.to_thread(read_policy, input.project, input.today))


async def scans(input: QaInput, deps: QaDeps) -> tuple[Check, ...]:
    """The scanners' checks alone, as they are, for a comparison."""
    makers = {name: make for name, make in _makers(input, deps).items() if name != TESTS_CHECK}
    return tuple(await _all(makers, input, deps))


async def renewed(input: QaInput, old: QaReport | None, scans: Sequence[Check]) -> QaReport:
    """The report with the scanners' checks made anew. What an import had at its first look was there before."""
    names = {POLICY_CHECK, PERFORMANCE_CHECK, *(check.name for check in scans)}
    kept = [check for check in old.checks if check.name not in names] if old is not None else []
    known = Before(old or QaReport(commit=input.commit, passed=False, checks=tuple(scans)), frozenset())
    read = await asyncio.to_thread(read_policy, input.project, input.today)
    report = _report(replace(input, before=known), [*kept, *scans], *read)
    return report.model_copy(update={"comparison": old.comparison if old is not None else None})


async def _all(makers: dict[str, Make], input: QaInput, deps: QaDeps) -> list[Check]:
    try:
        async with asyncio.TaskGroup() as group:
            secrets = group.create_task(_made(SECRETS_CHECK, makers[SECRETS_CHECK], input, deps))
            tasks = {
                name: group.create_task(_made(name, make, input, deps, secrets))
                for name, make in makers.items()
                if name != SECRETS_CHECK
            }
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from problems
    tasks[SECRETS_CHECK] = secrets
    return [tasks[name].result() for name in makers]


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


async def _made(
    name: str, make: Make, input: QaInput, deps: QaDeps, secrets: asyncio.Task[Check] | None = None
) -> Check:
    """`secrets`: the check whose findings are hidden in this one before it is stored anywhere."""

    async def told() -> Check:
        check = await _guarded(name, make, input, deps.patience_s)
        if secrets is None:
            return check
        return await asyncio.to_thread(redacted, check, fingerprints(await secrets))

    return await deps.once.once(f"qa/{input.commit}/{name}", told, Check)


async def _guarded(name: str, make: Make, input: QaInput, patience_s: float) -> Check:
    try:
        async with asyncio.timeout(patience_s):
            made = await make()
        return await asyncio.to_thread(identified, made, input.project)
    except ExecutionCancelled:
        raise
    except TimeoutError:
        summary = f"the check was stopped: no result within {patience_s:g} s"
    except Exception as error:  # the border to the tools: a check that broke was not made, and the others go on
        summary = f"the check broke: {type(error).__name__}: {error}"
    return Check(name=name, outcome=CheckOutcome.UNAVAILABLE, summary=summary)


def _report(input: QaInput, made: list[Check], policy: Policy, about_policy: Check | None) -> QaReport:
    before = input.before
    measured = performance_check(made, before.report.checks if before else ())
    made = [*made, measured] if measured is not None else made
    only_new = (policy.gate.scope or ("new" if input.imported else "all")) == "new"
    judgement = judged(made, policy, input.today, before.report.checks if before else None, only_new=only_new)
    checks = [*judgement.checks, *([about_policy] if about_policy else [])]
    coverage = next((check.evidence.get("coverage") for check in checks if check.name == TESTS_CHECK), None)
    return QaReport(
        commit=input.commit,
        passed=passes(checks),
        checks=tuple(checks),
        coverage=None if coverage is None else float(coverage),
        security_score=security_score(checks),
        performance_score=measured.evidence["score"] if measured is not None else None,
        waived=judgement.waived,
        comparison=comparison(before, checks) if before else None,
    )


__all__ = ["QaDeps", "QaInput", "renewed", "run", "scans"]
