"""Which findings close the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memory.records.report import CheckOutcome, Confidence, Finding, Severity


def closes_gate(finding: Finding) -> bool:
    """Medium and above, by severity and by confidence."""
    return finding.severity is not Severity.LOW and finding.confidence is not Confidence.LOW


def outcome_of(findings: Iterable[Finding], not_scanned: Sequence[str]) -> CheckOutcome:
    """A finding that closes the gate weighs more than a part that was not looked at."""
    if any(closes_gate(finding) for finding in findings):
        return CheckOutcome.FAILED
    return CheckOutcome.INCOMPLETE if not_scanned else CheckOutcome.PASSED


__all__ = ["closes_gate", "outcome_of"]
