"""Source that does not parse, without what keeps it from it: the rest can still be looked at. What is left out is told
by its lines, so that nobody takes it for read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WORK_CHARS = 6_000_000
"""How much is parsed for one file: a large one is given fewer tries."""
MOST_TRIES = 300
SHARE = 3
"""A file of which more than one in so many lines is left out tells nothing."""
REACH = 6
"""Lines of a statement that are left out together."""
Parse = Callable[[str], Any]


@dataclass(frozen=True)
class Mended:
    text: str
    left_out: tuple[int, ...]
    """Lines, beginning with 1."""


def mended(source: str, parse: Parse) -> Mended | None:
    """None where too much would be left out. `parse` raises SyntaxError."""
    lines = source.split("\n")
    touched: set[int] = set()
    tries = min(MOST_TRIES, WORK_CHARS // max(len(source), 1))
    most = sum(bool(line.strip()) for line in lines) // SHARE
    while tries > 0 and len(touched) <= most:
        tries -= 1
        error = _fault(lines, parse)
        if error is None:
            return Mended("\n".join(lines), tuple(sorted(touched)))
        at = min(max(error.lineno or 1, 1), len(lines))
        known = _known_fault(lines, at, str(error.msg))
        if known is None:
            known, used = _left_out(lines, at, parse)
            tries -= used
        touched |= known
    return None


def _fault(lines: list[str], parse: Parse) -> SyntaxError | None:
    try:
        parse("\n".join(lines))
    except SyntaxError as error:
        return error
    return None


def _known_fault(lines: list[str], at: int, message: str) -> set[int] | None:
    """Mends in place what needs no line less; None where it is another fault."""
    if match := re.search(r"expected an indented block after .*line (\d+)", message):
        return _ended(lines, int(match[1]), " pass")
    if message == "expected ':'":
        return _ended(lines, at, ":")
    if "expected 'except' or 'finally' block" in message:
        return _without_try(lines, at)
    if "unindent does not match" in message or "unexpected indent" in message:
        return _indented(lines, at)
    return None


def _ended(lines: list[str], at: int, end: str) -> set[int]:
    text = re.sub(r"[ \t]+#[^'\"]*$", "", lines[at - 1]).rstrip()
    lines[at - 1] = f"{text}{end}" if text.endswith(":") or end == ":" else f"{_indent(text)}pass"
    return {at}


def _without_try(lines: list[str], at: int) -> set[int] | None:
    for number in range(at, 0, -1):
        if match := re.match(r"([ \t]*)try[ \t]*:(.*)", lines[number - 1]):
            lines[number - 1] = f"{match[1]}if 1:{match[2]}"
            return {number}
    return None


def _indented(lines: list[str], at: int) -> set[int]:
    """The block that begins there stands where the nearest block before it does that is not deeper."""
    wrong = len(_indent(lines[at - 1]))
    wanted = next(
        (len(_indent(line)) for line in reversed(lines[: at - 1]) if line.strip() and len(_indent(line)) < wrong), 0
    )
    changed = set()
    for number in range(at, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and len(_indent(line)) < wrong:
            break
        if line.strip():
            lines[number - 1] = line[wrong - wanted :]
            changed.add(number)
    return {min(changed)} if changed else {at}


def _left_out(lines: list[str], at: int, parse: Parse) -> tuple[set[int], int]:
    """Of the statements around the line the smallest without which the fault is gone; the line alone where none is."""
    used = 0
    spans = [(at - before, at + after) for size in range(REACH) for before, after in ((0, size), (size, 0))]
    for first, last in dict.fromkeys(spans):
        if first < 1 or last > len(lines):
            continue
        changed = _blank(lines, first, last)
        used += 1
        error = _fault(changed, parse)
        if error is None or (error.lineno or 0) > last:
            lines[:] = changed
            return set(range(first, last + 1)), used
    lines[:] = _blank(lines, at, at)
    return {at}, used


def _blank(lines: list[str], first: int, last: int) -> list[str]:
    end = ":" if re.search(r":[ \t]*(#.*)?$", lines[last - 1]) else ""
    head = f"{_indent(lines[first - 1])}{'if 1:' if end else 'pass'}"
    return [*lines[: first - 1], head, *[""] * (last - first), *lines[last:]]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


__all__ = ["Mended", "mended"]
