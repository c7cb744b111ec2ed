"""Lists of choices: `one of draft, published or archived`, `(low/medium/high)`."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re
from bisect import bisect_left

from agents.pm.reader.text import Ledger
from agents.pm.reader.words import STOP
from agents.pm.reader.wordset import word_set

LEAD = re.compile(
    r"(?:(?:which |that )?(?:must |should |can |may |has to |will |is |are )?(?:only )?(?:be )?(?:either )?(?:an? )?)"
    r"(?:one of|out of(?! \d)|any of|chosen from|selected from|limited to|restricted to|an enum(?:eration)?(?: of| with)?|enum(?:eration)?(?: of| with)?|"
    r"(?:with )?(?:the )?(?:possible|allowed|valid) (?:values|choices|options|states)(?: of| are| being)?|"
    r"with (?:the )?(?:values|states)|"
    r"(?:with )?(?:the )?(?:values|choices|options|states)(?: of| are| being|\s*[:=])|either|among|choice of|choice between)"
    r"(?: the following| these)?(?: values| options| choices| states)?\s*[:=]?\s*"
)
_SOFT = re.compile(
    r"(?:which |that )?(?:can be|may be|is|are|must be|should be|being|could be|will be|of|in(?=\s+[(\[]))\s+(?:an? )?(?:either )?:?"
)
NUMERIC_CHOICES = re.compile(r"\s*\d[\d./]*[-:–+/][\d./+]*(?:\s*(?:,|\bor\b|,\s*or\b)\s*\d[\d./]*[-:–+/]?[\d./+]*)+\s*")
"""`1-0, 0-1, 1/2-1/2`."""
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_NOT_CHOICES = word_set(
    """
    required optional unique empty null blank set given present positive negative default defaults valid
    """
)


def choice_rule(ledger: Ledger, i: int, end: int) -> tuple[int, list[str]] | None:
    """(end, choices) of a list of choices that begins at token `i`."""
    start, limit = ledger.tokens[i].start, ledger.tokens[end - 1].end
    lead = LEAD.match(ledger.low, start, limit)
    if lead is not None:
        at = _token(ledger, lead.end())
        if at >= end:
            return None
        numeric = NUMERIC_CHOICES.match(ledger.source, ledger.tokens[at].start, limit)
        if numeric is not None:
            parts = [part.strip() for part in re.split(r",|\bor\b", numeric[0]) if part.strip()]
            return _token(ledger, numeric.end()), [part.rstrip(".") for part in parts]
        stop, choices = choice_list(ledger, at, end)
        return (stop, choices) if len(choices) >= 2 else None
    lead = _SOFT.match(ledger.low, start, limit)
    if lead is not None:
        at = _token(ledger, lead.end())
        if lead[0].startswith("of") and i > 0 and ledger.tokens[i - 1].low in _OF_NAMES:
            return None
        if at < end and at > i:
            bracketed = ledger.tokens[at].text in _CLOSERS
            stop, choices = choice_list(ledger, at, end)
            if len(choices) >= 2 and (bracketed or _joined(ledger, at, stop)) and not _NOT_CHOICES & set(choices):
                return stop, choices
    return None


def _joined(ledger: Ledger, start: int, end: int) -> bool:
    return any(token.low in ("or", "/", "|") for token in ledger.tokens[start:end])


def _token(ledger: Ledger, offset: int) -> int:
    return bisect_left(ledger.tokens, offset, key=lambda token: token.start)


def choice_list(ledger: Ledger, i: int, end: int) -> tuple[int, list[str]]:
    """(end, choices) of a list of plain words; in brackets it ends with the bracket, else after the `or` or `and`."""
    tokens = ledger.tokens
    closer = _CLOSERS.get(tokens[i].text)
    if closer is not None:
        stop = next((k for k in range(i + 1, min(end, i + 120)) if tokens[k].text == closer), None)
        if stop is None:
            return i, []
        inner_stop, choices = _open_list(ledger, i + 1, stop, closed=True) if stop > i + 1 else (i, [])
        return (stop + 1, choices) if inner_stop == stop else (i, [])
    return _open_list(ledger, i, end)


def _open_list(ledger: Ledger, i: int, end: int, *, closed: bool = False) -> tuple[int, list[str]]:
    tokens = ledger.tokens
    last_joiner = _or_ahead(ledger, i, end)
    choices: list[str] = []
    stop = at = i
    while at < end and len(choices) < 60:
        after, choice = _choice(ledger, at, end)
        named = after < end and tokens[after].low in ("on", "at", "by", "until") and not closed and last_joiner is None
        if after == at or (choices and named):
            break
        choices.append(choice)
        if choices[1:] and tokens[stop].text in ("/", "|") and after < end and tokens[after].text == ",":
            stop = after
            break
        stop = at = after
        done = last_joiner is not None and at > last_joiner
        if done or at >= end:
            break
        at = _skip_joiners(ledger, at, end)
        if at == stop or at >= end:
            break
        if last_joiner is None and tokens[at - 1].low == "and" and tokens[stop].text not in ("/", "|"):
            after, choice = _choice(ledger, at, end)
            listed = not closed and (tokens[stop].text == "," or _field_like(ledger, at, end))
            if listed or (after < end and tokens[after].text in "(:"):
                break
            if after == at + 1 and (after >= end or not tokens[after].named):
                choices.append(choice)
                stop = after
            break
        slashed = tokens[at - 1].text in ("/", "|")
        if last_joiner is None and not closed and not slashed and _field_like(ledger, at, end):
            break
    return stop, choices


def _or_ahead(ledger: Ledger, i: int, end: int) -> int | None:
    """Index of the `or` that announces the last choice, if only choices stand before it."""
    at = i
    seen = None
    while at < end:
        after, _ = _choice(ledger, at, end)
        if after == at:
            return seen
        at = _skip_joiners(ledger, after, end)
        joiners = [k for k in range(after, at) if ledger.tokens[k].low == "or"]
        if joiners:
            return joiners[0]
        if at == after or any(ledger.tokens[k].low == "and" for k in range(after, at)):
            return seen
    return seen


def _skip_joiners(ledger: Ledger, at: int, end: int) -> int:
    while at < end and ledger.tokens[at].low in (",", "or", "/", "|", "and", "&"):
        at += 1
    return at


def _choice(ledger: Ledger, i: int, end: int) -> tuple[int, str]:
    """One choice: a quoted text, a number, or one to three words."""
    tokens = ledger.tokens
    if tokens[i].kind == "quoted" and tokens[i].value.strip():
        return i + 1, tokens[i].value.strip()
    if tokens[i].kind in ("number", "date"):
        return i + 1, tokens[i].text
    stop = i
    while stop < end and stop < i + 3 and tokens[stop].kind in ("word", "number"):
        low = tokens[stop].low
        closes = stop + 1 >= end or tokens[stop + 1].text in (",", "/", "|") or tokens[stop + 1].low in ("or", "and")
        single = stop == i and closes and (low in _STATES or tokens[stop].text in ("A", "I"))
        if low in ("or", "and", "default", "defaults", "defaulting") or (
            low in STOP
            and low not in ("in", "on", "to", "no", "of")
            and not (low == "not" and stop == i and not closes and tokens[stop + 1].low not in STOP)
            and not single
            and not (low == "the" and stop > i and tokens[i - 1].text == "/")
        ):
            break
        stop += 1
    while stop > i and tokens[stop - 1].low in ("in", "on", "to", "of"):
        stop -= 1
    return stop, ledger.source[tokens[i].start : tokens[stop - 1].end] if stop > i else ""


_OF_NAMES = word_set("part number date time count amount list name year place")
_STATES = word_set("plus assigned linked related attached associated")
_FIELD_WORDS = word_set(
    """
    title name description date price email e-mail phone notes note amount quantity rating address url website due
    start end number body content text author category tags deadline year age optional
    required unique assignee priority status location time
    """
)


def _joins(ledger: Ledger, at: int) -> bool:
    return ledger.tokens[at].text in (",", "/", "|") or ledger.tokens[at].low == "or"


def _field_like(ledger: Ledger, at: int, end: int) -> bool:
    """True where a list without `or` seems to go on with the next field."""
    token = ledger.tokens[at]
    if token.low == "plus" and at + 1 < end and ledger.tokens[at + 1].text == ",":
        return False
    if token.low in _STATES and at + 1 < end and _joins(ledger, at + 1):
        return False
    if token.low in _FIELD_WORDS or (token.low in STOP and token.low not in ("in", "on", "to", "no")):
        return True
    _, choice = _choice(ledger, at, end)
    return " " in choice and any(word in _FIELD_WORDS for word in choice.lower().split())
