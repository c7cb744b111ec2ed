"""Patterns that a text must match, as people give them."""

from __future__ import annotations

import re

from agents.pm.reader.phrases import PATTERN_LEAD
from agents.pm.reader.spans import limit_of, token_at
from agents.pm.reader.text import Ledger


def pattern_at(ledger: Ledger, i: int, end: int) -> tuple[int, str] | None:
    """(end, regular expression) of a pattern that is spelled out or drawn as `INV-0000`."""
    start, limit = ledger.tokens[i].start, limit_of(ledger, end)
    mask = _MASK.match(ledger.source, start, limit)
    if mask is not None:
        return token_at(ledger, mask.end()), _letters(mask[1]) + rf"\d{{{len(mask[2])}}}"
    lead = PATTERN_LEAD.match(ledger.low, start, limit)
    if lead is None:
        return None
    raw = raw_pattern(ledger.source, lead.end(), limit)
    if not re.search(r"[\[\]\\^$*+?|{}]", raw):
        return None
    try:
        re.compile(raw)
    except (re.error, OverflowError, RecursionError):
        return None
    pattern = raw.removeprefix("^").removesuffix("$")
    return token_at(ledger, lead.end() + len(raw)), pattern


_MASK = re.compile(
    r"(?:which |that )?(?:must )?(?:has |have |in |of |with |follows |following |like |be )?"
    r"(?:the |a )?(?:in the |of the )?"
    r"(?:form|format|pattern|shape|matching|matches|match)(?: of| like|:)?\s+[\"'`]?"
    r"([A-Z]{1,8}[-/]?)(0{2,12}|9{2,12}|#{2,12}|N{3,12})[\"'`]?"
    r"(?: \((?![^()]*(?:unique|required|optional|default))[^()]{1,60}\))?(?![\w-])"
)


def _letters(drawn: str) -> str:
    """`ART-` as it stands; `AAA-` and `XX-` are any letters."""
    letters = drawn.rstrip("-/")
    any_letter = len(letters) > 1 and set(letters) in ({"A"}, {"X"})
    return f"[A-Z]{{{len(letters)}}}{drawn[len(letters) :]}" if any_letter else drawn


def raw_pattern(source: str, start: int, limit: int) -> str:
    """The regular expression at `start`: up to white space outside brackets, without what closes the sentence."""
    closing = {"`": "`", '"': '"', "“": "”", "'": "'"}.get(source[start : start + 1])
    if closing is not None:
        stop = source.find(closing, start + 1, limit)
        return source[start + 1 : stop] if stop > 0 else ""
    depth, at = 0, start
    while at < limit:
        char = source[at]
        if char == "\\":
            at += 2
            continue
        if char in "([{":
            depth += 1
        elif char in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif ((char.isspace() or char in ",;") and depth == 0) or char in "\r\n":
            break
        at += 1
    return source[start : min(at, limit)].rstrip(".;:,!?" if depth == 0 else "")
