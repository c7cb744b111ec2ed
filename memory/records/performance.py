"""What the profiler found: figures of operations, findings with their lines, a score; and two of them compared."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Kind(StrEnum):
    N_PLUS_ONE = "n_plus_one"
    SLOW_QUERY = "slow_query"
    HOT_LOOP = "hot_loop"
    BLOCKING_CALL = "blocking_call"
    CACHING = "caching"
    """Advice: slow, and the same answer again and again."""
    REPEATED_QUERY = "repeated_query"
    """The same statement with the same values, several times for one answer."""
    LARGE_BUNDLE = "large_bundle"


class PerformanceFinding(Record):
    kind: Kind
    file: str
    """Path below the project's root."""
    line: int | None
    function: str = ""
    operation: str = ""
    """`GET /todos`; empty where none was seen in it."""
    why: str
    """With the measured figures."""
    fix: str
    estimated_gain: float = 0.0
    """Share of the operation's time, 0 to 1, that goes away at most."""
    measured: bool = True
    """False: read in the source, not seen at work."""
    figures: dict[str, Any] = {}


class OperationFigures(Record):
    operation: str
    file: str = ""
    line: int | None = None
    requests: int
    median_ms: float | None
    p95_ms: float | None
    spread_ms: float = 0.0
    """Median distance from the median: what is noise."""
    cpu_ms: float = 0.0
    """Median on the processor, of the whole process: a busy machine does not change it."""
    cpu_spread_ms: float = 0.0
    queries: int = 0
    """Statements of a typical request."""
    query_ms: float = 0.0
    blocked_ms: float = 0.0
    """That the event loop stood still for one request."""
    statuses: dict[str, int] = {}
    not_measured: str = ""
    """Why; empty where it was."""


class PerformanceReport(Record):
    outcome: str
    """measured | incomplete (some operations could not be asked) | unavailable"""
    summary: str
    commit: str = ""
    score: float | None = None
    """0 to 1; docs/performance.md has the formula."""
    findings: tuple[PerformanceFinding, ...] = ()
    operations: tuple[OperationFigures, ...] = ()
    hottest: tuple[dict[str, Any], ...] = ()
    """Functions by time under the load: file, function, share."""
    suite: dict[str, Any] = {}
    """The same over the test suite, with the slowest tests; empty where it was not run."""
    bundles: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    compared: dict[str, Any] = {}
    """With an earlier state: improvements and regressions beyond noise."""
    made_at: datetime


__all__ = ["Kind", "OperationFigures", "PerformanceFinding", "PerformanceReport"]
