"""A request for changes cut into clauses: one verb each."""

from __future__ import annotations

import re

VERBS = (
    "add|include|introduce|give|remove|delete|drop|rename|call|make|change|turn|set|limit|let|allow|require|enable|"
    "support|replace|sort|get rid of|put|extend|increase|decrease|raise|lower|show|store|keep|record|use"
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "≥": ">=", "≤": "<="})
_STOPS = re.compile(r"(?<=[^\s.])[.!;](?=\s|$)|[\r\n]+")
_BULLET = re.compile(r"^\s*(?:[-*•·–+]|\d+[.)])\s+")
_NEXT = re.compile(
    rf"(?:,\s*(?:and\s+|then\s+|also\s+)*|\s+(?:and|then|also)\s+(?:then\s+|also\s+)?)(?=(?:{VERBS})\b)", re.I
)
_POLITE = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|thanks|now|then|and|so|also|next|finally|first|second|third|"
    r"could you|can you|would you|will you|i want you to|i want to|i would like to|i'd like to|let's|we need to|"
    r"we want to|i need to|we should|you should|it should be possible to)\b[\s,:!.]*)+",
    re.I,
)
_AFTER = re.compile(r"[\s,.!]*(?:please|thanks|thank you|too|as well)?[\s,.!]*$", re.I)
BRACKETS = {"(": ")", "[": "]"}


def clauses(text: str) -> list[str]:
    """In order, verbatim but for typographic marks, politeness and bullets."""
    found = []
    for sentence in _STOPS.split(text.translate(_QUOTES)):
        for part in _apart(_BULLET.sub("", sentence)):
            clean = _AFTER.sub("", _POLITE.sub("", " ".join(part.split())))
            if clean:
                found.append(clean)
    return found


def _apart(sentence: str) -> list[str]:
    """Cut before each further verb that stands outside of brackets and quotes."""
    cuts, start = [], 0
    for match in _NEXT.finditer(sentence):
        if not _inside(sentence[: match.start()]):
            cuts.append(sentence[start : match.start()])
            start = match.end()
    return [*cuts, sentence[start:]]


def _inside(before: str) -> bool:
    opened = sum(before.count(mark) for mark in "([") - sum(before.count(mark) for mark in ")]")
    return opened > 0 or before.count('"') % 2 == 1


__all__ = ["clauses"]
