from __future__ import annotations

import pytest

from memory.records.execution import Completed, Ending
from memory.records.report import CheckOutcome
from tools.testing.interface import Coverage, FailedTest, SuiteResult
from tools.testing.pytest_driver import NO_PYTEST
from tools.testing.verdict import OUTPUT_CHARS, SuiteRun, excerpt, judge, to_check

GREEN = SuiteResult(passed=3, failed=(), skipped=0, witnessed=True)
RED = SuiteResult(passed=2, failed=(FailedTest("t", "m", "e"),), skipped=0, witnessed=True)
EMPTY = SuiteResult(passed=0, failed=(), skipped=0, witnessed=True)
UNWITNESSED = SuiteResult(passed=3, failed=(), skipped=0, witnessed=False)
SKIPPED = SuiteResult(passed=0, failed=(), skipped=2, witnessed=True)


def suite_run(suite: SuiteResult | None, code: int = 0, ending: Ending = Ending.EXITED) -> SuiteRun:
    done = Completed(code, ending, "too long" if ending is not Ending.EXITED else "", b"", b"", 1.0, ("netns",))
    return SuiteRun(done, suite, "" if suite else "it is missing", Coverage(3, 4, {"a.py": "1"}), "")


@pytest.mark.parametrize(
    ("suite", "code", "ending", "outcome", "words"),
    [
        (GREEN, 0, Ending.EXITED, CheckOutcome.PASSED, "3 tests passed"),
        (SuiteResult(1, (), 2, True), 0, Ending.EXITED, CheckOutcome.PASSED, "1 tests passed, 2 skipped"),
        (RED, 1, Ending.EXITED, CheckOutcome.FAILED, "1 of 3 tests failed"),
        (RED, 0, Ending.EXITED, CheckOutcome.FAILED, "exit code hid that"),
        (GREEN, 1, Ending.EXITED, CheckOutcome.FAILED, "code 1 although its report names no failed test"),
        (GREEN, 3, Ending.EXITED, CheckOutcome.FAILED, "code 3"),
        (EMPTY, 5, Ending.EXITED, CheckOutcome.FAILED, "ran no test"),
        (EMPTY, 0, Ending.EXITED, CheckOutcome.FAILED, "ran no test"),
        (GREEN, 5, Ending.EXITED, CheckOutcome.FAILED, "ran no test"),
        (SKIPPED, 0, Ending.EXITED, CheckOutcome.FAILED, "all 2 were skipped"),
        (UNWITNESSED, 0, Ending.EXITED, CheckOutcome.FAILED, "does not tell what its tests did"),
        (None, 0, Ending.EXITED, CheckOutcome.FAILED, "without a usable report: it is missing"),
        (None, NO_PYTEST, Ending.EXITED, CheckOutcome.UNAVAILABLE, "no pytest"),
        *[(GREEN, 0, e, CheckOutcome.FAILED, "was stopped: too long") for e in Ending if e is not Ending.EXITED],
    ],
)
def test_judgement(suite: SuiteResult | None, code: int, ending: Ending, outcome: CheckOutcome, words: str) -> None:
    judged, reason = judge(suite_run(suite, code, ending))
    assert judged is outcome
    assert words in reason


def test_check_carries_its_evidence() -> None:
    check = to_check(suite_run(RED, 1), ("python", "-c"), 1.23456)
    assert check.name == "tests"
    assert check.evidence["failing"] == [{"name": "t", "message": "m", "excerpt": "e"}]
    assert check.evidence["coverage"] == 0.75
    assert check.evidence["limits_active"] == ["netns"]
    assert check.duration_s == 1.235
    assert "75% of lines covered" in check.summary


def test_excerpt_is_bounded_text_without_nul() -> None:
    text = excerpt(b"first\n" * 5000 + b"last\0\xff", b"error")
    assert len(text) < OUTPUT_CHARS + 20
    assert text.endswith("last��\nerror")
