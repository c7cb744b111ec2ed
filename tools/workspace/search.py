"""Searching in files. A pattern cannot hang it: matching gives up at a time, and lets other threads run meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import regex

from tools.workspace.interface import BadPattern, Found, Hit

LONGEST_PATTERN = 500
SECONDS = 2.0
HITS = 60
HITS_A_FILE = 15
SHOWN = 200
"""Characters of a line."""
COUNTED = 5_000


@dataclass(frozen=True)
class Source:
    path: str
    text: str | None
    """None where it cannot be searched."""


def search(sources: Iterable[Source], pattern: str, *, literal: bool = False, seconds: float = SECONDS) -> Found:
    """Lines where the pattern begins to match. Raises BadPattern."""
    compiled = _compiled(pattern, literal=literal)
    until = time.monotonic() + seconds
    hits: list[Hit] = []
    left_out = unread = 0
    for source in sources:
        left = until - time.monotonic()
        if source.text is None or left <= 0 or len(hits) + left_out >= COUNTED:
            unread += 1
            continue
        found = _in_file(compiled, source.path, source.text, left)
        taken = found[: min(HITS_A_FILE, HITS - len(hits))]
        hits += taken
        left_out += len(found) - len(taken)
    return Found(tuple(hits), left_out, unread)


def _compiled(pattern: str, *, literal: bool) -> regex.Pattern[str]:
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise BadPattern(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    try:
        return regex.compile(regex.escape(pattern) if literal else pattern, regex.MULTILINE)
    except (regex.error, OverflowError, RecursionError, MemoryError, ValueError) as error:
        raise BadPattern(f"not a regular expression ({error}): correct it, or set literal") from error


def _in_file(compiled: regex.Pattern[str], path: str, text: str, seconds: float) -> list[Hit]:
    hits: dict[int, Hit] = {}
    line = 1
    counted_to = 0
    try:
        for match in compiled.finditer(text, timeout=seconds, concurrent=True):
            line += text.count("\n", counted_to, match.start())
            counted_to = match.start()
            if line not in hits:
                hits[line] = Hit(path, line, _line_at(text, match.start()))
            if len(hits) >= COUNTED:
                break
    except TimeoutError as error:
        raise BadPattern(f"the pattern took more than {seconds:.1f} s: use a simpler one, or set literal") from error
    return list(hits.values())


def _line_at(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : len(text) if end < 0 else end].strip()
    return line if len(line) <= SHOWN else line[:SHOWN] + "…"


__all__ = ["Source", "search"]
