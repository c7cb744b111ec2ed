from __future__ import annotations

import itertools

import pytest

from memory.records.report import Check, CheckOutcome, Confidence, Finding, Severity
from tools.security.score import security_score

NAMES = ("vulnerabilities", "secrets", "dependencies")


def checks(*findings: tuple[Severity, Confidence], **outcomes: CheckOutcome) -> list[Check]:
    found = tuple(
        Finding(file="a", line=1, cwe=None, severity=s, confidence=c, rule="r", tool="t", why="w") for s, c in findings
    )
    made = [Check(name=name, outcome=outcomes.get(name, CheckOutcome.PASSED), summary="") for name in NAMES]
    return [made[0].model_copy(update={"findings": found}), *made[1:]]


def test_nothing_found_is_one() -> None:
    assert security_score(checks()) == 1.0


def test_formula() -> None:
    found = [(Severity.HIGH, Confidence.HIGH), (Severity.MEDIUM, Confidence.MEDIUM)]
    assert security_score(checks(*found)) == pytest.approx((1 - 0.35) * (1 - 0.15 * 0.6), abs=0.001)


def test_worse_is_never_better() -> None:
    for lower, higher in itertools.pairwise(Severity):
        scores = [security_score(checks((s, Confidence.HIGH))) for s in (lower, higher)]
        assert scores[0] > scores[1]
    for lower, higher in itertools.pairwise(Confidence):
        scores = [security_score(checks((Severity.HIGH, c))) for c in (lower, higher)]
        assert scores[0] > scores[1]
    assert 0 <= security_score(checks(*[(Severity.CRITICAL, Confidence.HIGH)] * 50)) < 0.001


@pytest.mark.parametrize("outcome", [CheckOutcome.INCOMPLETE, CheckOutcome.UNAVAILABLE])
def test_dependencies_not_wholly_looked_at_cost_a_tenth(outcome: CheckOutcome) -> None:
    assert security_score(checks(dependencies=outcome)) == 0.9
    assert security_score(checks()[:2]) == 0.9


@pytest.mark.parametrize("name", ["vulnerabilities", "secrets"])
def test_without_code_or_secrets_there_is_no_score(name: str) -> None:
    assert security_score(checks(**{name: CheckOutcome.UNAVAILABLE})) is None
    assert security_score([check for check in checks() if check.name != name]) is None
    assert security_score(checks(**{name: CheckOutcome.INCOMPLETE})) == 0.9
