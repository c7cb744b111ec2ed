"""From what a test run left behind to a check. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from memory.records.execution import Completed, Ending
from memory.records.report import Check, CheckOutcome, Requests
from tools.testing.interface import TESTS_CHECK, Coverage, SuiteResult, ending
from tools.testing.pytest_driver import NO_PYTEST

NOTHING_COLLECTED = 5
FAILING_SHOWN = 50
OUTPUT_CHARS = 4000


@dataclass(frozen=True)
class SuiteRun:
    """One run of a suite and what could be read of its reports."""

    completed: Completed
    suite: SuiteResult | None
    suite_problem: str
    """Why there is no suite result; empty where there is one."""
    coverage: Coverage | None
    coverage_problem: str
    requests: Requests | None = None
    requests_problem: str = ""


def judge(run: SuiteRun) -> tuple[CheckOutcome, str]:
    """Passed only where the exit code, the report and the witness agree that at least one test ran and none failed."""
    done, suite = run.completed, run.suite
    if done.ending is not Ending.EXITED:
        return CheckOutcome.FAILED, f"the test run was stopped: {done.reason or done.ending.value}"
    if done.exit_code == NO_PYTEST and suite is None:
        return CheckOutcome.UNAVAILABLE, "the project's test lock file has no pytest: add it there"
    if suite is None:
        return CheckOutcome.FAILED, f"ended with code {done.exit_code} and without a usable report: {run.suite_problem}"
    if suite.failed:
        hidden = " (and its exit code hid that)" if done.exit_code == 0 else ""
        return CheckOutcome.FAILED, f"{len(suite.failed)} of {suite.total} tests failed{hidden}"
    if done.exit_code == NOTHING_COLLECTED or suite.total == 0:
        return CheckOutcome.FAILED, f"ran no test (exit code {done.exit_code})"
    if not suite.witnessed:
        return CheckOutcome.FAILED, (
            f"its report does not tell what its tests did (exit code {done.exit_code}): the test that was added to "
            "the suite, and skips itself, is missing or ended otherwise"
        )
    if done.exit_code != 0:
        return CheckOutcome.FAILED, f"ended with code {done.exit_code} although its report names no failed test"
    if suite.passed == 0:
        return CheckOutcome.FAILED, f"ran no test: all {suite.skipped} were skipped"
    return CheckOutcome.PASSED, f"{suite.passed} tests passed" + (f", {suite.skipped} skipped" if suite.skipped else "")


def to_check(run: SuiteRun, argv: tuple[str, ...], duration_s: float) -> Check:
    outcome, reason = judge(run)
    return Check(
        name=TESTS_CHECK,
        outcome=outcome,
        summary=f"{reason}; {_coverage_words(run)}",
        evidence=_evidence(run, argv),
        duration_s=round(duration_s, 3),
    )


def _coverage_words(run: SuiteRun) -> str:
    share = run.coverage.share if run.coverage else None
    if share is not None:
        return f"{share:.0%} of lines covered"
    return f"coverage not measured: {run.coverage_problem or 'no line of the packages was found'}"


def _evidence(run: SuiteRun, argv: tuple[str, ...]) -> dict[str, object]:
    done, suite, coverage = run.completed, run.suite, run.coverage
    return {
        "argv": list(argv),
        "exit_code": done.exit_code,
        "ending": done.ending.value,
        "ending_reason": done.reason,
        "limits_active": list(done.limits_active),
        "run_s": round(done.duration_s, 3),
        "counts": {"passed": suite.passed, "failed": len(suite.failed), "skipped": suite.skipped} if suite else None,
        "failing": [vars(test) for test in suite.failed[:FAILING_SHOWN]] if suite else [],
        "report_problem": run.suite_problem,
        "coverage": coverage.share if coverage else None,
        "coverage_problem": run.coverage_problem,
        "uncovered": coverage.uncovered if coverage else {},
        "branch_coverage": coverage.branch_share if coverage else None,
        "uncovered_branches": coverage.uncovered_branches if coverage else {},
        "requests": run.requests.model_dump(mode="json") if run.requests else None,
        "requests_problem": run.requests_problem,
        "output": excerpt(done.stdout, done.stderr),
    }


def excerpt(stdout: bytes, stderr: bytes) -> str:
    """The ends of both streams, as text that any store takes (no NUL)."""
    texts = (stream.decode("utf-8", "replace").replace("\0", "�").strip() for stream in (stdout, stderr))
    parts = (ending(text, OUTPUT_CHARS) for text in texts)
    return "\n".join(part for part in parts if part)


__all__ = ["SuiteRun", "excerpt", "judge", "to_check"]
