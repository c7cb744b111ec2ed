"""The JSON object in a model's answer, whatever stands around it and however it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import json_repair

MAX_CHARS = 200_000
MAX_OPENERS = 5_000
"""The repair takes time with every bracket that is opened."""
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)
_FENCE = re.compile(
    r"```[ \t]*(?:json[c5]?|javascript|js)?[ \t]*\r?\n(.*?)(?:\r?\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE
)
_SAFE_END = re.compile(r"""(?:["'}\]]|true|false|null|None|True|False)[\s,]*(?:```\s*)?\Z""")


class NoObject(ValueError):
    """No JSON object can be made of the text. The message tells a model why."""


def find_object(text: str) -> dict[str, Any]:
    """The largest object of the answer. Pure. Raises NoObject.

    An answer that was cut within a string or a number is refused: its end would be invented.
    """
    if len(text) > MAX_CHARS:
        raise NoObject("the answer is too long")
    best: tuple[int, dict[str, Any]] | None = None
    cut = ""
    for candidate, whole in _candidates(_THOUGHT.sub("", text)):
        if not whole and not _SAFE_END.search(candidate):
            cut = "the answer ends in the middle of a value"
            continue
        value = _value(candidate)
        if value and (best is None or len(candidate) > best[0]):
            best = (len(candidate), value)
    if best is None:
        raise NoObject(cut or "the answer holds no JSON object")
    return best[1]


def _value(candidate: str) -> dict[str, Any] | None:
    try:
        value = json.loads(candidate)
    except (ValueError, RecursionError):
        value = _repaired(candidate)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def _repaired(candidate: str) -> Any:
    if candidate.count("{") + candidate.count("[") > MAX_OPENERS:
        return None
    try:
        return json_repair.loads(candidate, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None


def _candidates(text: str) -> Iterator[tuple[str, bool]]:
    """(text from an opening brace, whether its closing one was found), for fenced parts and for the text itself."""
    fenced = [match[1] for match in _FENCE.finditer(text)]
    for part in [*fenced, text]:
        start, tries = 0, 0
        while (start := part.find("{", start)) >= 0 and tries < 20:
            end = _end(part, start)
            yield part[start : end or len(part)], end is not None
            if end is None:
                break
            start, tries = end, tries + 1


def _end(text: str, start: int) -> int | None:
    """Behind the brace that closes the one at `start`. Apostrophes open strings only where a value or key can begin."""
    depth, quote, before = 0, "", "{"
    index = start
    while index < len(text):
        char = text[index]
        if quote:
            if char == "\\":
                index += 1
            elif char == quote and (quote == '"' or _closes(text, index)):
                quote = ""
        elif char == '"' or (char == "'" and before in "{[,:"):
            quote = char
        elif char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
            if depth == 0:
                return index + 1
        if not char.isspace():
            before = char
        index += 1
    return None


def _closes(text: str, index: int) -> bool:
    return text[index + 1 :].lstrip()[:1] in ("", ",", "}", "]", ":")


__all__ = ["NoObject", "find_object"]
