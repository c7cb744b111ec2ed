"""Answers compared value by value. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

MOST_LEAVES = 2000
NEAR = timedelta(days=2)
MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d|$)")


def leaves(answer: Any) -> dict[str, Any]:
    """Place → value, of all that is no object and no list: `items.0.title`. An empty one is a value."""
    found: dict[str, Any] = {}
    pending: list[tuple[str, Any]] = [("", answer)]
    while pending and len(found) < MOST_LEAVES:
        place, value = pending.pop()
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        below = [(f"{place}.{key}" if place else str(key), part) for key, part in inner]
        if below:
            pending += reversed(below)
        else:
            found[place] = value
    return found


def passing(value: Any) -> bool:
    """A time of about now: two runs in one second give the same, and a third one does not."""
    now = datetime.now(UTC)
    if isinstance(value, str) and (found := MOMENT.match(value)):
        try:
            return abs(datetime.fromisoformat(found[1]).replace(tzinfo=UTC) - now) < NEAR
        except ValueError:
            return False
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    return any(abs(number / unit - now.timestamp()) < NEAR.total_seconds() for unit in (1, 1000))


def shape(value: Any) -> str:
    """In words of JSON."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


__all__ = ["leaves", "passing", "shape"]
