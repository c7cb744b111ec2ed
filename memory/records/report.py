"""What QA found, as one report of checks with their evidence."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class CheckOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    """It was made and found something that closes the gate."""
    INCOMPLETE = "incomplete"
    """It was made for a part only: not a pass."""
    UNAVAILABLE = "unavailable"
    """It could not be made: not a pass."""


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Finding(Record):
    file: str
    """Path below the project's root."""
    line: int | None
    cwe: int | None
    severity: Severity
    confidence: Confidence
    rule: str
    tool: str
    why: str
    """Never holds a found secret whole."""
    fix: str = ""
    fingerprint: str = ""
    """The same for the same weakness after lines have moved; docs/security.md says of what it is made."""


class Waived(Record):
    """A finding that does not close the gate, because someone answers for it for a while."""

    check: str
    fingerprint: str
    rule: str
    file: str
    line: int | None
    reason: str
    author: str
    until: date
    """The last day."""


class Comparison(Record):
    """With the commit before."""

    base: str
    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    unchanged: int
    turned_red: tuple[str, ...] = ()
    """Tests that were there before and did not fail."""
    slower: tuple[str, ...] = ()
    """Operations that cost more than noise explains, with the figures."""
    faster: tuple[str, ...] = ()


class Check(Record):
    name: str
    """tests | vulnerabilities | secrets | dependencies | performance | policy | regression"""
    outcome: CheckOutcome
    summary: str
    """One line for a person, with the figure."""
    findings: tuple[Finding, ...] = ()
    evidence: dict[str, Any] = {}
    """What the machine produced: argv, exit code, counts, versions, limits active, failing tests, output excerpt."""
    duration_s: float = 0.0


class Repeated(Record):
    """A statement that one answer took many times, with other values each time."""

    statement: str
    count: int
    of: int
    """Statements of that answer, all together."""
    file: str
    line: int | None
    test: str


class RequestsOf(Record):
    """What the requests of a suite to one operation cost, where it answered well."""

    operation: str
    """`GET /books/{book_id}`"""
    file: str
    line: int | None
    requests: int
    p95_ms: float
    cpu_ms: float
    """Median on the processor."""
    cpu_spread_ms: float
    """Median distance from the median."""
    statements: float
    """Median."""
    repeated: tuple[Repeated, ...] = ()


class Requests(Record):
    operations: tuple[RequestsOf, ...]
    busy_ms: float
    """What a fixed piece of work cost there."""


class QaReport(Record):
    commit: str
    passed: bool
    """Every check PASSED, or could not be made and is not needed for a dev deploy; no check FAILED."""
    checks: tuple[Check, ...]
    coverage: float | None = None
    """Share of lines, 0 to 1."""
    security_score: float | None = None
    """0 to 1; docs/qa.md has the formula."""
    performance_score: float | None = None
    """0 to 1; docs/qa.md has the formula. None where no request was measured."""
    waived: tuple[Waived, ...] = ()
    comparison: Comparison | None = None
    """None where there was nothing before."""

    @property
    def not_made(self) -> tuple[Check, ...]:
        """Checks that production needs and that were not (wholly) made."""
        return tuple(c for c in self.checks if c.outcome in (CheckOutcome.INCOMPLETE, CheckOutcome.UNAVAILABLE))


__all__ = [
    "Check",
    "CheckOutcome",
    "Comparison",
    "Confidence",
    "Finding",
    "QaReport",
    "Repeated",
    "Requests",
    "RequestsOf",
    "Severity",
    "Waived",
]
