"""Two reports of the same operations: what became faster or slower beyond noise, and which findings are gone."""

from __future__ import annotations

from typing import Any

from memory.records.performance import OperationFigures, PerformanceReport

LEAST_MS = 1.0
LEAST_SHARE = 0.2
SPREADS = 4.0
"""Medians that lie closer than this many spreads are the same."""


def compare(before: PerformanceReport, after: PerformanceReport) -> dict[str, Any]:
    was = {figures.operation: figures for figures in before.operations}
    rows = [_row(was[now.operation], now) for now in after.operations if now.operation in was]
    told = [row for row in rows if row is not None]
    found = {(f.kind, f.file, f.function, f.operation) for f in after.findings}
    had = {(f.kind, f.file, f.function, f.operation) for f in before.findings}
    return {
        "faster": [row for row in told if row["verdict"] == "faster"],
        "slower": [row for row in told if row["verdict"] == "slower"],
        "same": sum(row["verdict"] == "same" for row in told),
        "fixed": [
            f.model_dump(mode="json") for f in before.findings if (f.kind, f.file, f.function, f.operation) not in found
        ],
        "new": [
            f.model_dump(mode="json") for f in after.findings if (f.kind, f.file, f.function, f.operation) not in had
        ],
        "event_loop_lag_ms": [r.evidence.get("event_loop_lag_ms", {}) for r in (before, after)],
        "together": [r.evidence.get("together", {}) for r in (before, after)],
        "score": {"before": before.score, "after": after.score},
        "before": {"outcome": before.outcome, "summary": before.summary, "commit": before.commit},
    }


def _row(before: OperationFigures, now: OperationFigures) -> dict[str, Any] | None:
    if before.median_ms is None or now.median_ms is None:
        return None
    row = {
        "operation": now.operation,
        "before_ms": before.median_ms,
        "after_ms": now.median_ms,
        "times": round(before.median_ms / now.median_ms, 2) if now.median_ms else None,
        "cpu_ms": [before.cpu_ms, now.cpu_ms],
        "queries": [before.queries, now.queries],
        "blocked_ms": [before.blocked_ms, now.blocked_ms],
    }
    return row | {"verdict": _verdict(before, now)}


def _verdict(before: OperationFigures, now: OperationFigures) -> str:
    """By the time that passes, else by that on the processor, else by that for which it holds up the event loop."""
    pairs = (
        (before.median_ms or 0.0, now.median_ms or 0.0, max(before.spread_ms, now.spread_ms)),
        (before.cpu_ms, now.cpu_ms, max(before.cpu_spread_ms, now.cpu_spread_ms)),
        (before.blocked_ms, now.blocked_ms, max(before.blocked_ms, now.blocked_ms) / (2 * SPREADS)),
    )
    for was, is_, spread in pairs:
        if abs(was - is_) > max(LEAST_MS, LEAST_SHARE * max(was, is_), SPREADS * spread):
            return "faster" if is_ < was else "slower"
    return "same"


__all__ = ["compare"]
