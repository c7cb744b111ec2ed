"""The rules of a resource as lines, and back: `end_date > start_date`, `unique together: room_id, date`, `owned`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from agents.pm.reader.names import slug
from memory.records.spec import Comparison, FieldComparison, ResourceSpec

_COMPARISON = re.compile(r"^\s*(\w+)\s*(<=|>=|<|>|≤|≥)\s*(\w+)\s*$")
_LISTED = re.compile(
    r"^\s*(?P<kind>unique together|unique|search(?: in| by)?|filters?(?: by)?|sorts?(?: by)?|order(?: by)?)"
    r"\s*:?\s*(?P<names>.+)$",
    re.IGNORECASE,
)
_SIGNS = {"≤": "<=", "≥": ">="}


class BadRule(ValueError):
    """The message tells a model what is wrong with the line."""


def rule_lines(spec: ResourceSpec) -> list[str]:
    """What `read_rules` reads."""
    lines = ["owned"] if spec.owned else []
    lines += [f"{rule.left} {rule.op.value} {rule.right}" for rule in spec.comparisons]
    lines += [f"unique together: {', '.join(names)}" for names in spec.unique_together]
    for word, names in (("search", spec.search), ("filter", spec.filters), ("sort", spec.sorts)):
        lines += [f"{word}: {', '.join(names)}"] if names else []
    lines += ["csv import"] if spec.csv_import else []
    return lines + (["csv export"] if spec.csv_export else [])


def read_rules(lines: list[str], fields: Collection[str]) -> dict[str, Any]:
    """The values of a ResourceSpec. Pure. Raises BadRule."""
    values: dict[str, Any] = {"comparisons": (), "unique_together": (), "search": (), "filters": (), "sorts": ()}
    for line in lines:
        text = line.strip().removeprefix("rule:").strip().rstrip(".")
        low = text.lower()
        if low in ("owned", "private", "owned by account", "each account sees only its own"):
            values["owned"] = True
        elif low.startswith("csv"):
            values |= {f"csv_{word}": True for word in ("import", "export") if word in low}
        elif found := _COMPARISON.match(text):
            left, sign, right = found.groups()
            rule = FieldComparison(
                left=_known(left, fields, line),
                op=Comparison(_SIGNS.get(sign, sign)),
                right=_known(right, fields, line),
            )
            values["comparisons"] += (rule,)
        elif listed := _LISTED.match(text):
            _list(values, listed, fields, line)
        else:
            raise BadRule(f"rule {line!r} is none that the template knows: make it a task")
    return values


def _list(values: dict[str, Any], found: re.Match[str], fields: Collection[str], line: str) -> None:
    names = tuple(dict.fromkeys(_known(name, fields, line) for name in re.split(r"[,+]|\band\b", found["names"])))
    kind = found["kind"].lower()
    if kind.startswith("unique"):
        values["unique_together"] += (names,)
    else:
        key = {"sea": "search", "fil": "filters", "sor": "sorts", "ord": "sorts"}[kind[:3]]
        values[key] = tuple(dict.fromkeys((*values[key], *names)))


def _known(name: str, fields: Collection[str], line: str) -> str:
    clean = slug(name)
    for candidate in (clean, f"{clean}_id"):
        if candidate in fields:
            return candidate
    raise BadRule(f"rule {line!r}: there is no field {name.strip()}")


__all__ = ["BadRule", "read_rules", "rule_lines"]
