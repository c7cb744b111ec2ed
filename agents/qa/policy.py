"""What QA's report allows. Pure, and fails closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from memory.records.report import Check, CheckOutcome, QaReport
from tools.security.interface import DEPENDENCIES_CHECK, SECRETS_CHECK, VULNERABILITIES_CHECK
from tools.testing.interface import TESTS_CHECK

MUST_PASS = (TESTS_CHECK, VULNERABILITIES_CHECK, SECRETS_CHECK)
CHECKS = (*MUST_PASS, DEPENDENCIES_CHECK)
LENIENT = ("dev", "staging")
"""Go on where the dependencies could not be audited; it is shown."""
STRICT = ("production",)


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    reasons: tuple[str, ...]
    """Why not; or, where allowed, what it goes on without."""


def passes(checks: Iterable[Check]) -> bool:
    """No check failed, and each that must pass was made once and passed."""
    made = tuple(checks)
    passed = [check.name for check in made if check.outcome is CheckOutcome.PASSED]
    failed = any(check.outcome is CheckOutcome.FAILED for check in made)
    unmade = {check.name for check in made if check.outcome is not CheckOutcome.PASSED}
    return not failed and all(name in passed and name not in unmade for name in MUST_PASS)


def deployable(
    report: QaReport, commit: str, environment: str, waivers: Mapping[str, str], today: date | None = None
) -> Verdict:
    """`waivers`: reason by name of a check that could not be made; only production needs them. `today`: UTC's.

    A failed check cannot be waived, nor one that must pass.
    """
    refusals = _refusals(report, commit, environment) + _ended(report, today or datetime.now(UTC).date())
    open_checks = [] if refusals else _open_checks(report)
    notes: list[str] = []
    for name, words in open_checks:
        waiver = waivers.get(name, "").strip()
        if environment in LENIENT:
            notes.append(f"goes on without {name}: {words}")
        elif waiver:
            notes.append(f"{name} waived ({waiver}): {words}")
        else:
            refusals.append(f"{environment} needs {name}, or a waiver with a reason: {words}")
    return Verdict(allowed=not refusals, reasons=tuple(refusals or notes))


def _refusals(report: QaReport, commit: str, environment: str) -> list[str]:
    reasons = []
    if environment not in (*LENIENT, *STRICT):
        reasons.append(f"unknown environment {environment!r}: one of {', '.join((*LENIENT, *STRICT))}")
    if not commit or report.commit != commit:
        reasons.append(f"QA looked at commit {report.commit or '(none)'}, not at {commit or '(none)'}")
    if not report.passed or not passes(report.checks):
        reasons.append("QA has not passed this commit" + _open_words(report))
    return reasons


def _ended(report: QaReport, today: date) -> list[str]:
    """Findings that nobody answers for any more."""
    return [
        f"the waiver of {w.rule} in {w.file}:{w.line or 1} ended on {w.until}: remove the cause, or renew it"
        for w in report.waived
        if w.until < today
    ]


def _open_words(report: QaReport) -> str:
    names = {check.name for check in report.checks}
    words = [f"{c.name} {c.outcome.value} ({c.summary})" for c in report.checks if c.outcome is not CheckOutcome.PASSED]
    words += [f"{name} not made" for name in MUST_PASS if name not in names]
    return ": " + "; ".join(words) if words else ""


def _open_checks(report: QaReport) -> list[tuple[str, str]]:
    """(name, why) of what was not wholly made, also where the report does not mention it."""
    open_checks = [(check.name, f"{check.outcome.value}: {check.summary}") for check in report.not_made]
    named = {check.name for check in report.checks}
    return open_checks + [(name, "it was not made") for name in CHECKS if name not in named]


__all__ = ["CHECKS", "MUST_PASS", "Verdict", "deployable", "passes"]
