"""When a thing starts and ends: `bookings have start and end time and must not end before they start`."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import Compare, Draft, FieldDraft, ResourceDraft
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import Stated, guess
from agents.pm.reader.wordset import word_set
from memory.records.spec import Comparison, FieldType

_NEVER = r"(?:(?:must|may|can|should|shall) (?:not|never)|cannot|can't|mustn't|shouldn't|never)"
_NO = r"no [a-z]+ (?:must|may|can|should|shall)"
_ALWAYS = r"(?:(?:must|should|has to|have to|shall)(?: always)?|always)"
_SOONER = r"(?:before|earlier than|sooner than)"
_LATER = r"(?:after|later than)"
_END, _START = r"(?:ends?|finish(?:es)?)", r"(?:starts?|begins?)"
_WHO = r"(?:they|it)(?: has| have)?"
_ORDERS: tuple[tuple[Comparison, re.Pattern[str]], ...] = tuple(
    (op, re.compile(rf"(?<![\w-])(?:{phrase})(?![\w-])".replace(" ", r"\s+")))
    for op, phrase in (
        (
            Comparison.GREATER_OR_EQUAL,
            rf"{_NEVER} {_END} {_SOONER} {_WHO} {_START}|{_NEVER} {_START} {_LATER} {_WHO} {_END}|{_NO} {_END} {_SOONER} {_WHO} {_START}",
        ),
        (Comparison.GREATER, rf"{_ALWAYS} {_END} {_LATER} {_WHO} {_START}|{_ALWAYS} {_START} {_SOONER} {_WHO} {_END}"),
    )
)


def scan_order(ledger: Ledger, draft: Draft, masked: list[bool], part: Statement) -> None:
    """Note each `must not end before it starts`; of what, is known when everything was read."""
    for op, pattern in _ORDERS:
        for found in pattern.finditer(ledger.low, ledger.tokens[part.start].start, ledger.tokens[part.end - 1].end):
            a, b = token_at(ledger, found.start()), token_at(ledger, found.end())
            if not any(masked[a:b]):
                draft.ordered.append((op, a, b))
                ledger.use(a, b)
                masked[a:b] = [True] * (b - a)


def place_order(draft: Draft, ledger: Ledger) -> None:
    """The rules noted by `scan_order`, each at the end of the thing that it was said of."""
    for op, a, b in draft.ordered:
        who = a + 1 if ledger.tokens[a].low == "no" else a - 1
        named = draft.lookup(ledger.tokens[who].low) if who >= 0 and ledger.tokens[who].kind == "word" else None
        spans = [(r, _moment(r, _STARTS), _moment(r, _ENDS)) for r in ([named] if named else draft.resources.values())]
        whole = [(end.start < a, end.start, start, end) for _, start, end in spans if start and end]
        if not whole:
            ledger.refuse(a, b, "nothing it could be said of has both a start and an end")
            continue
        _, _, start, end = max(whole, key=lambda each: each[:2])
        end.compares.append(Compare(op, start.name, a, b))


def _moment(resource: ResourceDraft, words: frozenset[str]) -> FieldDraft | None:
    """The field that tells when something starts, or ends."""
    for field in resource.fields:
        first, _, rest = field.name.partition("_")
        if first in words and (not rest or (field.type or guess(field.name).type) in _WHEN):
            return field
    return None


def in_place(resource: ResourceDraft, field: FieldDraft) -> Stated | None:
    """The type that a name has in one thing only: a booking starts on a day, an episode has a number that counts."""
    head = resource.name.rpartition("_")[2]
    if field.name == "number" and head in _NUMBERED:
        return Stated(FieldType.INTEGER)
    once = field.name.startswith("time_of_") and field.name.removeprefix("time_of_") in _OCCASIONS
    if not once and (field.name not in _CLOCK or head not in _HAPPENINGS or isinstance(field.default, str)):
        return None
    others = [other for other in resource.fields if other is not field]
    timed = any(other.name in _CLOCK and other.type is FieldType.TIME for other in others)
    return None if timed or any(map(_says_day, others)) else Stated(FieldType.DATETIME)


def _says_day(field: FieldDraft) -> bool:
    if field.name in _CLOCK:
        return False
    return bool(_DAYS & set(field.name.split("_"))) or (field.type or guess(field.name).type) in _DATED


_STARTS = word_set("start starts starting begin begins beginning from")
_ENDS = word_set("end ends ending finish finishes until to")
_CLOCK = word_set(
    "start_time end_time starting_time ending_time begin_time finish_time entry_time exit_time closing_time"
)
_OCCASIONS = word_set(
    """
    measurement observation incident accident sighting reading recording event arrival departure call purchase sale
    visit report occurrence detection entry exit
    """
)
_DAYS = word_set("day days weekday weekdays date dates")
_DATED = (FieldType.DATE, FieldType.DATETIME)
_WHEN = (*_DATED, FieldType.TIME)
_NUMBERED = word_set("episode chapter page lap round season lesson track volume verse lane")
_HAPPENINGS = word_set(
    """
    booking reservation shift appointment event meeting rental hire screening visit viewing interview concert
    performance rehearsal webinar workshop consultation ticket stay session ride trip journey drive race outing show
    poll auction survey election contest competition vote
    """
)
"""What takes place on a certain day: a time of day alone would not say when."""
