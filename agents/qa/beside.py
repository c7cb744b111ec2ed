"""A commit's checks beside those of the commit that the project stood at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.qa.performing import CHECK as PERFORMANCE_CHECK
from agents.qa.turned import turned_red
from memory.records.report import Check, Comparison, QaReport
from tools.security.fingerprints import compared


@dataclass(frozen=True)
class Before:
    report: QaReport
    tests: frozenset[str]
    """Names of the tests that were there, without parameters."""


def comparison(before: Before, checks: Sequence[Check]) -> Comparison:
    old = [finding for check in before.report.checks for finding in check.findings]
    difference = compared(old, [finding for check in checks for finding in check.findings])
    return Comparison(
        base=before.report.commit,
        new=difference.new,
        fixed=difference.fixed,
        unchanged=difference.unchanged,
        turned_red=turned_red(before.report.checks, checks, before.tests),
        slower=_told(checks, "slower"),
        faster=_told(checks, "faster"),
    )


def in_words(compared: Comparison) -> str:
    """For a run's evidence."""
    counts = f"{len(compared.new)} new findings, {len(compared.fixed)} fixed, {compared.unchanged} unchanged"
    red = f"; turned red: {', '.join(compared.turned_red[:10])}" if compared.turned_red else ""
    slower = f"; slower: {'; '.join(compared.slower[:5])}" if compared.slower else ""
    return f"against {compared.base[:10]}: {counts}{red}{slower}"


def _told(checks: Sequence[Check], key: str) -> tuple[str, ...]:
    return tuple(next((c.evidence.get(key) or () for c in checks if c.name == PERFORMANCE_CHECK), ()))


__all__ = ["Before", "comparison", "in_words"]
