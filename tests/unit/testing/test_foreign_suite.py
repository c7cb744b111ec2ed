"""When the suite of an imported project has passed: what passed before does, and nothing fails that did not."""

from __future__ import annotations

import pytest

from memory.records.execution import Completed, Ending
from memory.records.imported import Baseline, BaselineState, TestOutcome
from memory.records.report import CheckOutcome
from tools.testing.foreign import Run
from tools.testing.foreign_suite import Expected, judge

LETTERS = {"p": TestOutcome.PASSED, "f": TestOutcome.FAILED, "e": TestOutcome.ERROR, "s": TestOutcome.SKIPPED}


def outcomes(words: str) -> dict[str, TestOutcome]:
    """`a.py::x=p` …"""
    return {name: LETTERS[how] for name, _, how in (word.rpartition("=") for word in words.split())}


def run(words: str, code: int = 0, ending: Ending = Ending.EXITED) -> Run:
    done = Completed(exit_code=code, ending=ending, reason="", stdout=b"", stderr=b"", duration_s=1.0, limits_active=())
    return Run(done, outcomes(words), (), "no report")


BEFORE = Baseline(
    state=BaselineState.RAN,
    summary="",
    tests=outcomes("a.py::x=p a.py::y[1]=p a.py::y[2]=p a.py::luck=p b.py::old=f b.py::left=s"),
    flaky=("a.py::luck",),
)


@pytest.mark.parametrize(
    ("words", "code", "passed", "said"),
    [
        ("a.py::x=p a.py::y[1]=p a.py::luck=f b.py::old=f", 1, True, "2 tests passed, 2 fail as before"),
        ("a.py::x=p a.py::y[1]=p a.py::y[9]=p c.py::new=p", 0, True, "4 tests passed"),
        ("a.py::x=p a.py::y[1]=p c.py::new=f", 1, False, "1 of 3 tests failed"),
        ("a.py::x=p a.py::y[1]=e", 1, False, "1 of 2 tests failed"),
        ("a.py::y[1]=p b.py::old=p", 0, False, "1 tests that passed before are gone or skipped: a.py::x"),
        ("a.py::x=s a.py::y[1]=p", 0, False, "1 tests that passed before are gone or skipped: a.py::x"),
        ("a.py::x=p a.py::y[1]=p", 2, False, "ended with code 2 although its report names no failed test"),
        ("", 5, False, "ended with code 5 and named no test (no report)"),
    ],
)
def test_against_what_was_before(words: str, code: int, passed: bool, said: str) -> None:
    outcome, reason, _ = judge(run(words, code), Expected.of(BEFORE))
    assert (outcome is CheckOutcome.PASSED, reason) == (passed, said)


def test_of_files_that_are_run_alone_only_their_tests_are_missed() -> None:
    alone = run("a.py::x=p a.py::y[1]=p a.py::luck=p")
    assert judge(alone, Expected(frozenset({"a.py::x", "b.py::z"})), ("a.py",))[0] is CheckOutcome.PASSED
    assert judge(alone, Expected(frozenset({"a.py::x", "b.py::z"})))[0] is CheckOutcome.FAILED


def test_what_was_stopped_has_failed() -> None:
    outcome, reason, _ = judge(run("a.py::x=p", ending=Ending.WALL_TIME), Expected())
    assert (outcome, reason) == (CheckOutcome.FAILED, f"the test run was stopped: {Ending.WALL_TIME.value}")
