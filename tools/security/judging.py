"""What findings mean for the gate: by the project's policy, and beside what the commit before had. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from memory.records.report import Check, CheckOutcome, Finding, Waived
from tools.security.fingerprints import compared
from tools.security.gate import closes_gate
from tools.security.policy import Policy, Waiver, waived

LEFT_OUT = ("not_scanned", "not_answered")
"""Lists of a check's evidence."""


@dataclass(frozen=True)
class Judgement:
    checks: tuple[Check, ...]
    waived: tuple[Waived, ...]


def judged(
    checks: Sequence[Check], policy: Policy, today: date, before: Sequence[Check] | None, *, only_new: bool
) -> Judgement:
    """`before`: the checks of the commit before. `only_new`: what it had already does not close the gate; where they
    are not known, all is new."""
    findings = [finding for check in checks for finding in check.findings]
    old = [finding for check in before or () for finding in check.findings]
    new = set(map(id, compared(old, findings).new))
    made: list[Check] = []
    answered: list[Waived] = []
    for check in checks:
        if check.outcome is CheckOutcome.UNAVAILABLE:
            made.append(check)
            continue
        known = next((c for c in before or () if c.name == check.name), None) if only_new else None
        ruled = _ruled(check, policy, today, new if only_new else None, known)
        made.append(ruled.check)
        answered += waived(check.name, ruled.waived)
    return Judgement(tuple(made), tuple(answered))


@dataclass(frozen=True)
class _Ruled:
    check: Check
    waived: list[tuple[Finding, Waiver]]


def _ruled(check: Check, policy: Policy, today: date, new: set[int] | None, before: Check | None) -> _Ruled:
    closing = [f for f in check.findings if policy.closes(f)]
    counting = [f for f in closing if new is None or id(f) in new]
    pairs = [(finding, policy.waiver_of(finding, today)) for finding in counting]
    left = [finding for finding, waiver in pairs if waiver is None]
    answered = [(finding, waiver) for finding, waiver in pairs if waiver is not None]
    notes = [f"{len(answered)} waived"] if answered else []
    notes += [f"{len(closing) - len(counting)} were there before"] if len(closing) > len(counting) else []
    notes += [_ended(finding, policy, today) for finding in left if policy.ended(finding, today)]
    outcome = _outcome(check, left, before)
    if outcome is check.outcome and not notes:
        return _Ruled(check, answered)
    summary = "; ".join([check.summary, *notes])
    evidence = {**check.evidence, "closes_gate": [f.fingerprint for f in left]}
    return _Ruled(check.model_copy(update={"outcome": outcome, "summary": summary, "evidence": evidence}), answered)


def _ended(finding: Finding, policy: Policy, today: date) -> str:
    waiver = policy.ended(finding, today)
    until = waiver.until.isoformat() if waiver is not None else ""
    return (
        f"the waiver of {finding.rule} in {finding.file}:{finding.line or 1} ended on {until}: "
        "remove the cause, or give it a new reason and a new day"
    )


def _outcome(check: Check, left: Sequence[Finding], before: Check | None) -> CheckOutcome:
    if left:
        return CheckOutcome.FAILED
    if check.outcome is CheckOutcome.FAILED and not any(closes_gate(finding) for finding in check.findings):
        return check.outcome  # it failed for something else than its findings
    missing = _left_out(check)
    if before is not None and check.outcome is not CheckOutcome.PASSED:
        listed = len(check.evidence.get("not_scanned") or ())
        unknown = int(check.evidence.get("not_scanned_count") or 0) > listed
        return CheckOutcome.INCOMPLETE if unknown or missing - _left_out(before) else CheckOutcome.PASSED
    if check.outcome is not CheckOutcome.FAILED:
        return check.outcome
    return CheckOutcome.INCOMPLETE if missing else CheckOutcome.PASSED


def _left_out(check: Check) -> set[str]:
    return {str(name) for key in LEFT_OUT for name in check.evidence.get(key) or ()}


__all__ = ["Judgement", "judged"]
