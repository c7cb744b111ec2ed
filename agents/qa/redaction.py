"""Hides the secrets that one check found from what the others recorded, such as a traceback that shows the line.

The values themselves never left the sandbox; their length and a digest did, which is enough to recognise them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from memory.records.report import Check

HIDDEN = "(secret hidden)"


def fingerprints(secrets: Check) -> dict[int, frozenset[str]]:
    """Length in characters → digests of the found values that long."""
    marks: dict[int, set[str]] = {}
    for mark in secrets.evidence.get("fingerprints", ()):
        marks.setdefault(int(mark["length"]), set()).add(str(mark["digest"]))
    return {length: frozenset(digests) for length, digests in marks.items() if length > 0}


def redacted(check: Check, marks: dict[int, frozenset[str]]) -> Check:
    """The same check without the marked values, wherever they stood."""
    return Check.model_validate(_clean(check.model_dump(mode="json"), marks)) if marks else check


def _clean(value: Any, marks: dict[int, frozenset[str]]) -> Any:
    if isinstance(value, str):
        return hide(value, marks)
    if isinstance(value, dict):
        return {hide(str(key), marks): _clean(inner, marks) for key, inner in value.items()}
    return [_clean(inner, marks) for inner in value] if isinstance(value, list) else value


def hide(text: str, marks: dict[int, frozenset[str]]) -> str:
    """Every window of a marked length is compared, the longest lengths first."""
    for length in sorted(marks, reverse=True):
        for found in {window for window in _windows(text, length) if _digest(window) in marks[length]}:
            text = text.replace(found, HIDDEN)
    return text


def _windows(text: str, length: int) -> Iterable[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]


__all__ = ["HIDDEN", "fingerprints", "hide", "redacted"]
