from __future__ import annotations

import itertools

import pytest

from agents.qa.policy import CHECKS, MUST_PASS, deployable, passes
from memory.records.report import Check, CheckOutcome, QaReport

COMMIT = "a1b2c3"
PASSED, FAILED, INCOMPLETE, UNAVAILABLE = CheckOutcome


def report(passed: bool | None = None, commit: str = COMMIT, **outcomes: CheckOutcome | None) -> QaReport:
    """All checks passed but for those given; None leaves one out."""
    whole = {name: outcomes.get(name, PASSED) for name in CHECKS}
    checks = tuple(Check(name=n, outcome=o, summary=f"about {n}") for n, o in whole.items() if o is not None)
    return QaReport(commit=commit, passed=passes(checks) if passed is None else passed, checks=checks)


@pytest.mark.parametrize("outcomes", list(itertools.product([*CheckOutcome, None], repeat=4)))
def test_passes_only_where_the_three_passed_and_none_failed(outcomes: tuple[CheckOutcome | None, ...]) -> None:
    *must, dependencies = outcomes
    expected = all(outcome is PASSED for outcome in must) and dependencies is not FAILED
    assert report(**dict(zip(CHECKS, outcomes, strict=True))).passed is expected


@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
def test_everything_passed_is_allowed_without_a_word(environment: str) -> None:
    verdict = deployable(report(), COMMIT, environment, {})
    assert (verdict.allowed, verdict.reasons) == (True, ())


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
def test_failed_check_is_refused_whatever_is_waived(name: str, environment: str) -> None:
    verdict = deployable(report(**{name: FAILED}), COMMIT, environment, dict.fromkeys(CHECKS, "we need it"))
    assert not verdict.allowed
    assert f"{name} failed (about {name})" in verdict.reasons[0]


@pytest.mark.parametrize("name", MUST_PASS)
@pytest.mark.parametrize("outcome", [INCOMPLETE, UNAVAILABLE, None])
def test_check_that_must_pass_cannot_be_waived(name: str, outcome: CheckOutcome | None) -> None:
    for environment in ("dev", "staging", "production"):
        assert not deployable(report(**{name: outcome}), COMMIT, environment, {name: "we need it"}).allowed


@pytest.mark.parametrize("outcome", [INCOMPLETE, UNAVAILABLE, None])
def test_dependencies_not_audited(outcome: CheckOutcome | None) -> None:
    given = report(dependencies=outcome)
    for environment in ("dev", "staging"):
        verdict = deployable(given, COMMIT, environment, {})
        assert verdict.allowed
        assert verdict.reasons[0].startswith("goes on without dependencies")
    refused = deployable(given, COMMIT, "production", {})
    assert not refused.allowed
    assert refused.reasons[0].startswith("production needs dependencies")
    waived = deployable(given, COMMIT, "production", {"dependencies": "audited by hand on Monday"})
    assert waived.allowed
    assert "audited by hand on Monday" in waived.reasons[0]
    for empty in ({"dependencies": ""}, {"dependencies": " \n"}, {"tests": "a reason"}):
        assert not deployable(given, COMMIT, "production", empty).allowed


@pytest.mark.parametrize(("looked_at", "asked"), [("other", COMMIT), (COMMIT, ""), ("", ""), (COMMIT, COMMIT[:4])])
def test_only_the_very_commit(looked_at: str, asked: str) -> None:
    verdict = deployable(report(commit=looked_at), asked, "dev", {})
    assert not verdict.allowed
    assert "QA looked at commit" in verdict.reasons[0]


def test_flag_alone_and_checks_alone_do_not_pass() -> None:
    assert not deployable(report(passed=True, tests=FAILED), COMMIT, "dev", {}).allowed
    assert not deployable(report(passed=False), COMMIT, "dev", {}).allowed


def test_unknown_environment_is_refused() -> None:
    assert not deployable(report(), COMMIT, "Production", {}).allowed


def test_check_that_stands_twice_is_not_passed_by_its_better_half() -> None:
    twice = (*report().checks, Check(name="tests", outcome=INCOMPLETE, summary=""))
    assert not passes(twice)
