"""Reading what the requests of a suite cost, as written by code that is not to be trusted."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

from memory.records.report import Repeated, Requests, RequestsOf
from tools.testing.interface import ReportUnreadable

OPERATIONS_SHOWN = 200
REPEATED_SHOWN = 5
FORM_CHARS = 300


def parse_requests(content: bytes) -> Requests:
    """Raises ReportUnreadable."""
    try:
        found = json.loads(content)
        rows = [_of(str(name), row) for name, row in list(found["operations"].items())[:OPERATIONS_SHOWN]]
        return Requests(
            operations=tuple(sorted(rows, key=lambda row: row.operation)), busy_ms=_number(found["busy_ms"])
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ReportUnreadable(f"the report of requests is malformed: {error}") from error


def _of(name: str, row: dict[str, Any]) -> RequestsOf:
    wall, cpu = sorted(map(_number, row["wall_ms"])), list(map(_number, row["cpu_ms"]))
    middle = median(cpu)
    return RequestsOf(
        operation=name[:FORM_CHARS],
        file=str(row["place"][0])[:FORM_CHARS],
        line=_line(row["place"][1]),
        requests=int(row["requests"]),
        p95_ms=round(wall[min(len(wall) - 1, int(0.95 * len(wall)))], 2),
        cpu_ms=round(middle, 2),
        cpu_spread_ms=round(median([abs(value - middle) for value in cpu]), 2),
        statements=median(map(_number, row["statements"])),
        repeated=_repeated(row["forms"]),
    )


def _repeated(forms: dict[str, Any]) -> tuple[Repeated, ...]:
    found = [
        Repeated(
            statement=" ".join(str(form).split())[:FORM_CHARS],
            count=int(row["count"]),
            of=max(int(row["of"]), int(row["count"])),
            file=str(row["place"][0])[:FORM_CHARS],
            line=_line(row["place"][1]),
            test=str(row["test"])[:FORM_CHARS],
        )
        for form, row in forms.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.count, row.statement))[:REPEATED_SHOWN])


def _number(value: Any) -> float:
    number = float(value)
    if not 0 <= number < 1e9:
        raise ValueError(f"{number} is no time")
    return number


def _line(value: Any) -> int | None:
    return None if value is None else int(value)


__all__ = ["parse_requests"]
