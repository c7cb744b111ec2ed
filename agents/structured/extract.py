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
MAX_TRIES = 20
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)
_FENCE = re.compile(
    r"```[ \t]*(?:json[c5]?|javascript|js)?[ \t]*\r?\n(.*?)(?:\r?\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE
)
_SAFE_END = re.compile(r"""(?:["}\]]|true|false|null)\Z""")


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
    for candidate, closers in _candidates(_THOUGHT.sub("", text)):
        value = _value(candidate) if closers == "" else _closed(candidate, closers)
        if value is None and closers != "":
            cut = "the answer ends in the middle"
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


def _closed(candidate: str, closers: str | None) -> dict[str, Any] | None:
    """A text that lacks nothing but closing brackets."""
    text = candidate.rstrip("` \t\r\n,")
    if closers is None or not _SAFE_END.search(text):
        return None
    try:
        value = json.loads(text + closers)
    except (ValueError, RecursionError):
        value = _repaired(text + closers) if text[-1] in "}]" else None
    return value if isinstance(value, dict) else None


def _repaired(candidate: str) -> Any:
    if candidate.count("{") + candidate.count("[") > MAX_OPENERS:
        return None
    try:
        return json_repair.loads(candidate, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None


def _candidates(text: str) -> Iterator[tuple[str, str | None]]:
    """(text from an opening brace, what it lacks to be closed), of fenced parts and of the text itself.

    None where it ends within a string.
    """
    fenced = [match[1] for match in _FENCE.finditer(text)]
    for part in [*fenced, text]:
        start, tries = 0, 0
        while (start := part.find("{", start)) >= 0 and tries < MAX_TRIES:
            end, closers = _end(part, start)
            yield part[start:end], closers
            if closers != "":
                break
            start, tries = end, tries + 1


def _end(text: str, start: int) -> tuple[int, str | None]:
    """Behind the brace that closes the one at `start`; else the text's end, and the brackets that are open there.

    Apostrophes open strings only where a value or key can begin.
    """
    closers: list[str] = []
    quote, before, index = "", "{", start
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
            closers.append("}" if char == "{" else "]")
        elif char in "}]" and closers:
            closers.pop()
            if not closers:
                return index + 1, ""
        before = before if char.isspace() else char
        index += 1
    return len(text), None if quote else "".join(reversed(closers))


def _closes(text: str, index: int) -> bool:
    return text[index + 1 :].lstrip()[:1] in ("", ",", "}", "]", ":")


__all__ = ["NoObject", "find_object"]
