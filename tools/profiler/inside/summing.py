"""From all that was noted to the figures that leave the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tools.profiler.inside.load import Load, Seen
from tools.profiler.inside.places import Place
from tools.profiler.inside.records import Notes, Request, Statement

MOST_STATEMENTS, MOST_CHAINS, MOST_FUNCTIONS, SQL_CHARS = 60, 80, 40, 600
LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
BLANKS = re.compile(r"\s+")
FAILED = 400


def same_form(sql: str) -> str:
    """The statement without its values, so that those which differ by them alone are one."""
    return LISTS.sub("(?, …)", BLANKS.sub(" ", LITERALS.sub("?", sql)).strip())[:SQL_CHARS]


def summed(load: Load, notes: Notes, lags: list[float]) -> dict[str, Any]:
    together = sorted(load.together)
    return {
        "operations": [_operation(seen, notes) for seen in load.seen],
        "lag_ms": {"p50": _at(lags, 0.5), "p99": _at(lags, 0.99), "max": _at(lags, 1.0)},
        "together": {
            "requests": len(together),
            "per_s": round(len(together) / load.together_s, 1) if load.together_s else 0.0,
            "p50_ms": _at(together, 0.5),
            "p95_ms": _at(together, 0.95),
        },
    }


def _operation(seen: Seen, notes: Notes) -> dict[str, Any]:
    operation, good = seen.operation, [r for r in seen.requests if r.status < FAILED]
    measured = good or seen.requests
    typical = sorted(measured, key=lambda r: r.ms)[len(measured) // 2] if measured else None
    return {
        "method": operation.method,
        "path": operation.path,
        "handler": operation.handler,
        "asynchronous": operation.asynchronous,
        "statuses": {str(status): count for status, count in sorted(seen.statuses.items())},
        "answered": bool(good),
        "reason": seen.reason,
        "times_ms": [round(r.ms, 3) for r in measured],
        "cpu_ms": [round(r.cpu_ms, 3) for r in measured],
        "same_answer": len({r.answer for r in good}) == 1 and len(good) > 1,
        "statements": _statements(typical) if typical else [],
        "blocked": _chains(notes.blocked, operation.key),
        "samples": _chains(notes.samples, operation.key),
        "functions": [
            [file, name, count] for (file, name), count in notes.functions[operation.key].most_common(MOST_FUNCTIONS)
        ],
    }


def _statements(request: Request) -> list[dict[str, Any]]:
    """Those of one request, alike ones from one place together."""
    groups: dict[tuple[str, tuple[Place, ...]], list[Statement]] = {}
    for statement in request.statements:
        groups.setdefault((same_form(statement.sql), statement.chain), []).append(statement)
    rows: list[dict[str, Any]] = [
        {
            "sql": sql,
            "chain": chain,
            "count": len(group),
            "different": len({statement.given for statement in group}),
            "ms": round(sum(s.ms for s in group), 3),
            "slowest_ms": round(max(s.ms for s in group), 3),
            "slowest_cpu_ms": round(max(s.cpu_ms for s in group), 3),
            "rows": sum(s.rows for s in group),
            "plan": next((s.plan for s in group if s.plan), []),
        }
        for (sql, chain), group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["count"], -row["ms"]))[:MOST_STATEMENTS]


def _chains(table: dict[tuple[str, tuple[Place, ...]], list[float]], key: str) -> list[list[Any]]:
    found = [(amounts[0], chain, amounts) for (of, chain), amounts in list(table.items()) if of == key]
    found.sort(key=lambda row: -row[0])
    return [[chain, *(round(amount, 2) for amount in amounts)] for _, chain, amounts in found[:MOST_CHAINS]]


def _at(ordered: Iterable[float], share: float) -> float:
    values = list(ordered)
    return round(values[min(len(values) - 1, int(share * len(values)))], 3) if values else 0.0


__all__ = ["same_form", "summed"]
