"""The suite of an imported project as a check: what passed before it still does, and nothing fails that did not."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.records.execution import Ending, ExecutionCancelled, InstallFailed, SandboxError
from memory.records.imported import Baseline, Stack, TestOutcome, without_parameters
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome
from memory.untrusted_files import UntrustedFileError
from tools.testing.foreign import ForeignTests, Run
from tools.testing.interface import TESTS_CHECK, SuiteRunner
from tools.testing.verdict import FAILING_SHOWN, excerpt

NAMED = 5
BAD = (TestOutcome.FAILED, TestOutcome.ERROR)


@dataclass(frozen=True)
class Expected:
    """What is known of the tests of before, by name."""

    passed: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    """Failed before as well, or vary from run to run."""

    @classmethod
    def of(cls, baseline: Baseline) -> Expected:
        bad = {name for name, how in baseline.tests.items() if how in BAD}
        passed = {name for name, how in baseline.tests.items() if how is TestOutcome.PASSED}
        return cls(frozenset(passed - set(baseline.flaky)), frozenset(bad | set(baseline.flaky)))


class ForeignSuite(SuiteRunner):
    def __init__(self, tests: ForeignTests, read: Callable[[Path], Stack], expected: Expected) -> None:
        """`read`: the stack of a tree, which a change may alter."""
        self._tests = tests
        self._read = read
        self._expected = expected

    async def run(self, project: Path, manifest: Manifest) -> Check:
        return await self.check(project)

    async def check(self, project: Path, tests: Sequence[str] = ()) -> Check:
        """`tests`: files to run alone; then nothing is said of the others."""
        began = time.monotonic()
        try:
            stack = await asyncio.to_thread(self._read, project)
            run = await self._tests.run(project, stack, await self._tests.installed(project, stack), tests)
        except ExecutionCancelled:
            raise
        except InstallFailed as error:
            return _not_made(f"the test environment could not be installed: {error}", began)
        except (SandboxError, UntrustedFileError, OSError, shutil.Error) as error:
            return _not_made(f"the tests could not be run: {error}", began)
        outcome, reason, failing = judge(run, self._expected, tests)
        return Check(
            name=TESTS_CHECK,
            outcome=outcome,
            summary=reason,
            evidence=_evidence(run, failing),
            duration_s=round(time.monotonic() - began, 3),
        )


def judge(run: Run, expected: Expected, tests: Sequence[str] = ()) -> tuple[CheckOutcome, str, frozenset[str]]:
    """Pure: the outcome, why, and the failing tests that count."""
    if run.done.ending is not Ending.EXITED:
        return CheckOutcome.FAILED, f"the test run was stopped: {run.done.reason or run.done.ending.value}", frozenset()
    passed = {name for name, how in run.tests.items() if how is TestOutcome.PASSED}
    if not run.tests:
        why = f"ended with code {run.done.exit_code} and named no test ({run.problem or 'none collected'})"
        return CheckOutcome.FAILED, why, frozenset()
    bad = {name for name, how in run.tests.items() if how in BAD}
    failing = frozenset(bad - expected.tolerated)
    if failing:
        return CheckOutcome.FAILED, f"{len(failing)} of {len(run.tests)} tests failed", failing
    wanted = {name for name in expected.passed if not tests or name.partition("::")[0] in tests}
    gone = _whole(wanted) - _whole(passed)
    if gone:
        named = ", ".join(sorted(gone)[:NAMED])
        return CheckOutcome.FAILED, f"{len(gone)} tests that passed before are gone or skipped: {named}", frozenset()
    if run.done.exit_code != 0 and not bad:
        why = f"ended with code {run.done.exit_code} although its report names no failed test"
        return CheckOutcome.FAILED, why, frozenset()
    if not passed:
        return CheckOutcome.FAILED, "no test passed", frozenset()
    as_before = f", {len(bad)} fail as before" if bad else ""
    return CheckOutcome.PASSED, f"{len(passed)} tests passed{as_before}", frozenset()


def _whole(names: set[str] | frozenset[str]) -> set[str]:
    """Without parameters: another value of one may give all of them other names."""
    return {without_parameters(name) for name in names}


def _evidence(run: Run, failing: frozenset[str]) -> Mapping[str, Any]:
    counts = {how.value: sum(found is how for found in run.tests.values()) for how in TestOutcome}
    return {
        "exit_code": run.done.exit_code,
        "ending": run.done.ending.value,
        "ending_reason": run.done.reason,
        "limits_active": list(run.done.limits_active),
        "run_s": round(run.done.duration_s, 3),
        "counts": counts,
        "failing": [vars(test) for test in run.failing if test.name in failing][:FAILING_SHOWN],
        "coverage": None,
        "coverage_problem": "not measured for imported projects",
        "output": excerpt(run.done.stdout, run.done.stderr),
    }


def _not_made(reason: str, began: float) -> Check:
    took = round(time.monotonic() - began, 3)
    return Check(name=TESTS_CHECK, outcome=CheckOutcome.UNAVAILABLE, summary=reason[:2000], duration_s=took)


__all__ = ["BAD", "Expected", "ForeignSuite", "judge"]
