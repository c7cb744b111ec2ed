"""security_score: one figure for how much was found, 0 (bad) to 1 (nothing found and everything looked at)."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from memory.records.report import Check, CheckOutcome, Confidence, Finding, Severity
from tools.security.interface import DEPENDENCIES_CHECK, SECRETS_CHECK, VULNERABILITIES_CHECK

SEVERITY_WEIGHT = {Severity.LOW: 0.005, Severity.MEDIUM: 0.15, Severity.HIGH: 0.35, Severity.CRITICAL: 0.6}
CONFIDENCE_WEIGHT = {Confidence.LOW: 0.05, Confidence.MEDIUM: 0.6, Confidence.HIGH: 1.0}
NOT_LOOKED_AT = 0.9
"""Factor for each check that was made in part, or (dependencies only) not at all."""


def security_score(checks: Iterable[Check]) -> float | None:
    """∏ (1 - severity · confidence) over all findings, times 0.9 for each check not wholly made.

    None where code or secrets were not scanned at all: then there is nothing to score.
    """
    made = {check.name: check for check in checks}
    for name in (VULNERABILITIES_CHECK, SECRETS_CHECK):
        if name not in made or made[name].outcome is CheckOutcome.UNAVAILABLE:
            return None
    names = (VULNERABILITIES_CHECK, SECRETS_CHECK, DEPENDENCIES_CHECK)
    partly = sum(name not in made or made[name].outcome in _NOT_WHOLLY for name in names)
    findings = [finding for name in names if name in made for finding in made[name].findings]
    return round(NOT_LOOKED_AT**partly * prod(1 - _weight(finding) for finding in findings), 3)


_NOT_WHOLLY = (CheckOutcome.INCOMPLETE, CheckOutcome.UNAVAILABLE)


def _weight(finding: Finding) -> float:
    return SEVERITY_WEIGHT[finding.severity] * CONFIDENCE_WEIGHT[finding.confidence]


__all__ = ["security_score"]
