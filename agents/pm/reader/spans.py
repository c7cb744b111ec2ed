"""Spans that stand for all between their ends: `A to G`, `Monday to Friday`."""

from __future__ import annotations

import re
from bisect import bisect_left

from agents.pm.reader.text import Ledger


def token_at(ledger: Ledger, offset: int) -> int:
    """Index of the first token that starts at or after a character offset."""
    return bisect_left(ledger.tokens, offset, key=lambda token: token.start)


def limit_of(ledger: Ledger, end: int) -> int:
    return ledger.tokens[end - 1].end if end > 0 else 0


_SIGNED = re.compile(r"[A-Za-z0]{1,2}[+-](?:\s*(?:[/,|]|\bor\b|,\s*or\b)\s*[A-Za-z0]{1,2}[+-])+(?![\w+-])")


def signed(ledger: Ledger, i: int, end: int) -> tuple[int, list[str]] | None:
    """`A+/A-/B+/B-`: choices with a sign behind."""
    found = _SIGNED.match(ledger.source, ledger.tokens[i].start, limit_of(ledger, end))
    return (token_at(ledger, found.end()), re.findall(r"[A-Za-z0]{1,2}[+-]", found[0])) if found else None


_LETTERS = re.compile(r"(?:from |between )?([A-Z])(?: to | and | through |-)([A-Z])(?![\w])")


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = "|".join(day[:3] + f"(?:{day[3:]})?" for day in _DAYS)
_WEEK = re.compile(rf"(?:from )?({_DAY})(?: to | through | until | till |\s?-\s?)({_DAY})(?![\w])")


def weekdays(ledger: Ledger, i: int, end: int) -> tuple[int, list[str]] | None:
    """`Monday to Friday`: the days between are the choices, written as the first is."""
    found = _WEEK.match(ledger.low, ledger.tokens[i].start, limit_of(ledger, end))
    if found is None:
        return None
    first, last = (next(k for k, day in enumerate(_DAYS) if day.startswith(found[g][:3])) for g in (1, 2))
    if first >= last:
        return None
    short, upper = len(found[1]) == 3, ledger.source[found.start(1)].isupper()
    days = [day[:3] if short else day for day in _DAYS[first : last + 1]]
    choices = [day.capitalize() if upper else day for day in days]
    return token_at(ledger, found.end()), choices


_GRID = re.compile(r"(?:from |between )?([A-Z])([1-9])(?: to | and | through |\s?-\s?)([A-Z])([1-9])(?![\w])")


def grid(ledger: Ledger, i: int, end: int) -> tuple[int, list[str]] | None:
    """`A1 to C2`: A1, A2, B1, B2, C1, C2."""
    found = _GRID.match(ledger.source, ledger.tokens[i].start, limit_of(ledger, end))
    if found is None:
        return _sizes(ledger, i, end)
    if found[1] > found[3] or found[2] > found[4]:
        return None
    rows = [chr(code) for code in range(ord(found[1]), ord(found[3]) + 1)]
    return token_at(ledger, found.end()), [f"{a}{n}" for a in rows for n in range(int(found[2]), int(found[4]) + 1)]


_SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL")
_SIZE_SPAN = re.compile(r"(?:from )?(X{0,2}S|M|X{0,3}L)(?: to |\s?-\s?)(X{0,2}S|M|X{0,3}L)(?![\w])")


def _sizes(ledger: Ledger, i: int, end: int) -> tuple[int, list[str]] | None:
    """`S to XL`: S, M, L, XL."""
    found = _SIZE_SPAN.match(ledger.source, ledger.tokens[i].start, limit_of(ledger, end))
    if found is None or _SIZES.index(found[1]) >= _SIZES.index(found[2]):
        return None
    return token_at(ledger, found.end()), list(_SIZES[_SIZES.index(found[1]) : _SIZES.index(found[2]) + 1])


def letters(ledger: Ledger, i: int, end: int) -> tuple[int, list[str]] | None:
    """`A to G`: the letters between are the choices."""
    found = _LETTERS.match(ledger.source, ledger.tokens[i].start, limit_of(ledger, end))
    if found is None or found[1] >= found[2]:
        return None
    choices = [chr(code) for code in range(ord(found[1]), ord(found[2]) + 1)]
    return token_at(ledger, found.end()), choices
