"""From the figures that left the sandbox to a report. Pure, but for reading the measured sources."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

from memory.records.performance import Kind, OperationFigures, PerformanceFinding, PerformanceReport
from tools.profiler.interface import RawOperation, RawReport, Sources
from tools.profiler.processor import blocking, hot_loops, read_in_source
from tools.profiler.queries import query_findings

CACHED_MS = 20.0
FAST_MS = 100.0
"""Up to this 95th percentile an operation loses nothing."""
WEIGHT = 0.4
UNSEEN = 0.02
SHOWN = 12
HEALTH = ("/health", "/healthz", "/ready", "/live")


def report_of(raw: RawReport, sources: Sources, files: Sequence[str], made_at: datetime) -> PerformanceReport:
    if raw.problem:
        return PerformanceReport(outcome="unavailable", summary=raw.problem, made_at=made_at)
    findings: list[PerformanceFinding] = []
    for operation in raw.operations:
        if operation.times_ms and operation.answered:
            findings += _of_operation(operation, sources)
    findings = _once(findings)
    findings += read_in_source(files, sources, findings)
    operations = tuple(figures(operation) for operation in raw.operations)
    measured = [operation for operation in operations if operation.median_ms is not None]
    return PerformanceReport(
        outcome="measured"
        if len(measured) == len(operations) and measured
        else "incomplete"
        if measured
        else "unavailable",
        summary=_summary(operations, measured, findings),
        score=score(operations, findings) if measured else None,
        findings=tuple(sorted(findings, key=lambda f: (-f.estimated_gain, f.file, f.line or 0))),
        operations=operations,
        hottest=hottest(raw.operations),
        evidence={
            "event_loop_lag_ms": raw.lag_ms,
            "together": raw.together,
            "import_ms": raw.import_ms,
            "start_ms": raw.start_ms,
        },
        made_at=made_at,
    )


def _of_operation(operation: RawOperation, sources: Sources) -> list[PerformanceFinding]:
    queries = list(query_findings(operation, sources))
    loops = list(hot_loops(operation, sources))
    held = list(blocking(operation, sources, loops))
    return [*queries, *loops, *held, *_caching(operation, [*queries, *loops, *held])]


def _caching(operation: RawOperation, others: list[PerformanceFinding]) -> list[PerformanceFinding]:
    """Idempotent, slow, and the same answer each time it was asked."""
    middle = median(operation.times_ms)
    place = operation.handler
    if operation.method != "GET" or not operation.same_answer or middle < CACHED_MS or place is None:
        return []
    better = f"; mend first what takes the time (line {others[0].line})" if others else ""
    return [
        PerformanceFinding(
            kind=Kind.CACHING,
            file=place[0],
            line=place[1],
            function=place[2],
            operation=operation.key,
            why=f"{middle:.0f} ms for an answer that was the same each of {len(operation.times_ms)} times",
            fix="keep it for as long as it may be old (Cache-Control with an ETag, or in the process or Redis), "
            f"dropped when a row changes{better}",
            estimated_gain=round(1 - 1 / middle, 3),
            figures={"ms": round(middle, 1)},
        )
    ]


def _once(findings: list[PerformanceFinding]) -> list[PerformanceFinding]:
    """The same line for several operations is one finding, with the one that it costs most."""
    best: dict[tuple[Any, ...], PerformanceFinding] = {}
    for finding in findings:
        key = (finding.kind, finding.file, finding.line)
        if key not in best or finding.estimated_gain > best[key].estimated_gain:
            best[key] = finding
    return list(best.values())


def figures(operation: RawOperation) -> OperationFigures:
    ordered = sorted(operation.times_ms)
    middle = median(ordered) if ordered else None
    times = max(sum(operation.statuses.values()), 1)
    reason = operation.reason
    if not operation.answered:
        reason = reason or f"it only answered {', '.join(operation.statuses) or 'nothing'}: its times say little"
    return OperationFigures(
        operation=operation.key,
        file=operation.handler[0] if operation.handler else "",
        line=operation.handler[1] if operation.handler else None,
        requests=len(ordered),
        median_ms=None if middle is None or not operation.answered else round(middle, 2),
        p95_ms=None
        if middle is None or not operation.answered
        else round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2),
        spread_ms=round(_spread(ordered), 2),
        cpu_ms=round(_median(operation.cpu_ms), 2),
        cpu_spread_ms=round(_spread(operation.cpu_ms), 2),
        queries=sum(s.count for s in operation.statements),
        query_ms=round(sum(s.ms for s in operation.statements), 2),
        blocked_ms=round(sum(ms for _, ms, _ in operation.blocked) / times, 2),
        statuses=operation.statuses,
        not_measured="" if operation.answered else reason,
    )


def _median(values: Sequence[float]) -> float:
    return median(values) if values else 0.0


def _spread(values: Sequence[float]) -> float:
    """Median distance from the median."""
    return _median([abs(value - _median(values)) for value in values])


def score(operations: Sequence[OperationFigures], findings: Sequence[PerformanceFinding]) -> float:
    """docs/performance.md has the formula."""
    latencies = [_latency(o.p95_ms) for o in operations if o.p95_ms is not None and not o.operation.endswith(HEALTH)]
    found = sum(latencies) / len(latencies) if latencies else 1.0
    for finding in findings:
        if finding.kind is not Kind.CACHING:
            found *= 1 - (WEIGHT * finding.estimated_gain if finding.measured else UNSEEN)
    return round(max(0.0, min(1.0, found)), 3)


def _latency(p95_ms: float) -> float:
    """1 up to 100 ms, 0.5 at 1 s, 0 from 10 s on."""
    return max(0.0, min(1.0, 1 - math.log10(max(p95_ms, FAST_MS) / FAST_MS) / 2))


def hottest(operations: Sequence[RawOperation]) -> tuple[dict[str, Any], ...]:
    total = sum(ms for operation in operations for _, ms, _, _ in operation.samples)
    own: Counter[tuple[str, str, int]] = Counter()
    for operation in operations:
        for chain, ms, _, _ in operation.samples:
            file, line, function = chain[0]
            own[(file, function, line)] += ms  # type: ignore[assignment]
    return tuple(
        {"file": file, "line": line, "function": function, "share": round(ms / total, 3)}
        for (file, function, line), ms in own.most_common(SHOWN)
        if total
    )


def _summary(
    operations: Sequence[OperationFigures], measured: Sequence[OperationFigures], findings: Sequence[PerformanceFinding]
) -> str:
    counts = Counter(finding.kind.value.replace("_", " ") for finding in findings)
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing found"
    slowest = max(measured, key=lambda o: o.median_ms or 0.0, default=None)
    words = f"; slowest {slowest.operation}, {slowest.median_ms:g} ms" if slowest else ""
    return f"{told} in {len(measured)} of {len(operations)} operations{words}"


__all__ = ["report_of", "score"]
