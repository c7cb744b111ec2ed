"""Rules of one field: what a phrase at a token means, and where it ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from agents.pm.reader.choices import choice_rule
from agents.pm.reader.draft import Bound, Compare, FieldDraft, Scalar
from agents.pm.reader.phrases import (
    BY_DEFAULT,
    COMPARE_LEAD,
    DEFAULT_COLON,
    DEFAULT_LEAD,
    TABLE,
)
from agents.pm.reader.regular import pattern_at
from agents.pm.reader.spans import grid, letters, limit_of, signed, token_at, weekdays
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import LIST_PHRASE, STATED, TYPE_PHRASE, Stated, guess, stated_list
from agents.pm.reader.wordset import word_set
from memory.records.spec import Comparison, FieldType

Apply = Callable[[FieldDraft], None]

NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    end: int
    """Index of the first token after the phrase."""
    apply: Apply
    kind: str


def number(text: str) -> Decimal:
    if text in NUMBER_WORDS:
        return Decimal(NUMBER_WORDS[text])
    plain = text.lstrip("$€£").replace("-$", "-").replace(",", "").replace("-€", "-")
    scale = 1
    if plain.endswith("k"):
        plain, scale = plain[:-1], 1000
    try:
        return Decimal(plain) * scale
    except InvalidOperation:
        return Decimal(0)


def match_rule(ledger: Ledger, i: int, end: int, *, typed: bool) -> Match | None:
    """The rule phrase that begins at token `i`, or None. `typed`: plain type words count as well."""
    if i >= end:
        return None
    for attempt in (_default, _pattern, choice_match, _table, _comparison):
        found = attempt(ledger, i, end)
        if found is not None:
            return found
    return type_rule(ledger, i, end) if typed else None


def _pattern(ledger: Ledger, i: int, end: int) -> Match | None:
    found = pattern_at(ledger, i, end)
    if found is None:
        return None
    return Match(found[0], lambda field: setattr(field, "pattern", found[1]), "pattern")


def choice_match(ledger: Ledger, i: int, end: int) -> Match | None:
    found = (
        signed(ledger, i, end)
        or grid(ledger, i, end)
        or letters(ledger, i, end)
        or weekdays(ledger, i, end)
        or choice_rule(ledger, i, end)
    )
    if found is None:
        return None
    stop, choices = found
    return Match(stop, lambda field: set_choices(field, choices), "enum")


def set_choices(field: FieldDraft, choices: list[str]) -> None:
    if field.type is FieldType.LIST:
        return
    if frozenset(choice.lower() for choice in choices) in _YES_NO:
        field.type = FieldType.FLAG
        return
    numbered = [_NUMBERED.fullmatch(choice) for choice in choices]
    if len(choices) > 1 and all(numbered):
        field.type = FieldType.INTEGER
        field.lows, field.highs = [Bound(number(choices[0].split()[0]))], [Bound(number(choices[-1].split()[0]))]
        field.label = f"{field.label} ({', '.join(choices)})"
        return
    words = [word for choice in choices for word in choice.lower().split()]
    if len(words) > len(choices) and set(words) <= _SCALE:
        choices = [word for choice in choices for word in choice.split()]
    last = choices[-1].split()
    if len(last) == 2 and len(choices) > 1 and all(choice.isdigit() for choice in (*choices[:-1], last[0])):
        choices = [*choices[:-1], last[0]]
    field.type = FieldType.ENUM
    field.choices = field.choices + [choice for choice in choices if choice not in field.choices]


_NUMBERED = re.compile(r"\d{1,3} ?[=:-] ?[A-Za-z][\w -]*")
_SCALE = word_set(
    "tiny small medium large huge big low normal high urgent easy hard mild hot red green blue yellow black white"
)
_YES_NO = frozenset(map(frozenset, (("yes", "no"), ("true", "false"), ("y", "n"), ("on", "off"))))


def type_rule(ledger: Ledger, i: int, end: int) -> Match | None:
    """A stated type: `boolean`, `a valid e-mail address`, `list of strings`."""
    start, limit = ledger.tokens[i].start, limit_of(ledger, end)
    found = LIST_PHRASE.match(ledger.low, start, limit)
    stated: Stated | None = None
    if found:
        stated = stated_list(found[1] or found[2] or found[3])
    else:
        found = TYPE_PHRASE.match(ledger.low, start, limit)
        if found:
            stated = STATED[re.sub(r"\s+", " ", found[1])]
    if found is None or stated is None:
        return None
    return Match(token_at(ledger, found.end()), lambda field: set_type(field, stated), "type")


def set_type(field: FieldDraft, stated: Stated) -> None:
    kind = stated.type
    if kind is FieldType.NUMBER and guess(field.name).type is FieldType.MONEY:
        kind = FieldType.MONEY
    if kind is FieldType.NUMBER and stated.loose and guess(field.name).type is FieldType.INTEGER:
        kind = FieldType.INTEGER
    field.type, field.item, field.long = kind, stated.item, stated.long


def _table(ledger: Ledger, i: int, end: int) -> Match | None:
    start, limit = ledger.tokens[i].start, limit_of(ledger, end)
    for kind, pattern in TABLE:
        found = pattern.match(ledger.low, start, limit)
        if found is None:
            continue
        stop = token_at(ledger, found.end())
        if kind == "unique_per":
            phrase = (found[1], stop - 1, stop)
            return Match(stop, lambda field, p=phrase: field.together.append(p), kind)  # type: ignore[misc]
        apply = _effect(kind, found)
        if apply is not None and kind in ("positive", "not_negative") and found[0].endswith(("number", "decimal")):
            apply = _of_number(apply)
        if apply is not None:
            return Match(stop, apply, kind)
    return None


def _of_number(apply: Apply) -> Apply:
    """`a positive number` states the type as well."""

    def both(field: FieldDraft) -> None:
        apply(field)
        set_type(field, STATED["number"])

    return both


def _effect(kind: str, found: re.Match[str]) -> Apply | None:
    groups = list(found.groups())
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "example":
        text = found[0]
        return lambda field: setattr(field, "label", f"{field.label} ({text})")
    if kind.startswith("date_"):
        return _date_effect(kind, groups[0])
    if kind == "range":
        return _range_effect(groups)
    if kind in ("exact_upper", "exact_lower"):
        return _exact_letters(groups[0] or "0", "[A-Z]+" if kind == "exact_upper" else "[a-z]+")
    if kind == "exact" or kind == "exact_length":
        return _exact_effect(groups)
    length = kind.endswith("_length") or (len(groups) > 1 and groups[1] is not None)
    bound = Bound(number(groups[0]), strict=kind in ("above", "below"), length=length)
    if kind == "out_of":
        return lambda field: _limits(
            field, Bound(Decimal(0 if _COUNTED_FROM_0 & {*field.name.split("_")} else 1)), bound
        )
    if kind in ("max", "max_length", "max_negated", "below", "post_max", "max_year"):
        return lambda field: field.highs.append(bound)
    return lambda field: field.lows.append(bound)


_COUNTED_FROM_0 = word_set("points score scores marks percentage percent result grade")


def _limits(field: FieldDraft, low: Bound, high: Bound) -> None:
    field.lows.append(low)
    field.highs.append(high)


def _range_effect(groups: list[str | None]) -> Apply | None:
    low, high = number(groups[0] or "0"), number(groups[2] or "0")
    if low > high:
        return None
    length = groups[1] is not None or groups[3] is not None
    return lambda field: _limits(field, Bound(low, length=length), Bound(high, length=length))


def _exact_effect(groups: list[str | None]) -> Apply:
    size = number(groups[0] or "0")
    digits = len(groups) > 1 and (groups[1] or "").startswith("digit")

    def apply(field: FieldDraft) -> None:
        _limits(field, Bound(size, length=True), Bound(size, length=True))
        field.type = field.type or FieldType.TEXT
        if digits:
            field.pattern = rf"\d{{{int(size)}}}"

    return apply


def _exact_letters(size: str, pattern: str) -> Apply:
    def apply(field: FieldDraft) -> None:
        _exact_effect([size])(field)
        field.pattern = pattern

    return apply


def _date_effect(kind: str, value: str | None) -> Apply:
    text = "today" if value in ("now", None) else str(value)
    if kind in ("date_after", "date_before") and text != "today":
        try:
            step = timedelta(days=1 if kind == "date_after" else -1)
            text = (date.fromisoformat(text) + step).isoformat()
        except (ValueError, OverflowError):
            text = "today"
    bound = Bound(text)
    if kind in ("date_low", "date_after"):
        return lambda field: field.lows.append(bound)
    return lambda field: field.highs.append(bound)


def _set(name: str, value: object) -> Apply:
    return lambda field: setattr(field, name, value)


def _low(value: int, *, strict: bool, whole: bool = False) -> Apply:
    def apply(field: FieldDraft) -> None:
        field.lows.append(Bound(Decimal(value), strict=strict))
        if whole:
            field.type = FieldType.INTEGER

    return apply


def _or_not(field: FieldDraft) -> None:
    field.type = field.type or FieldType.FLAG


def _decimals(field: FieldDraft) -> None:
    if field.type is FieldType.INTEGER:
        field.type = FieldType.NUMBER
    field.type = field.type or (FieldType.MONEY if guess(field.name).type is FieldType.MONEY else FieldType.NUMBER)


def _digits_only(field: FieldDraft) -> None:
    field.type, field.pattern = FieldType.TEXT, r"\d+"


_PLAIN: dict[str, Apply] = {
    "required": _set("required", True),
    "optional": _set("required", False),
    "unique": _set("unique", True),
    "positive": _low(0, strict=True),
    "positive_integer": _low(0, strict=True, whole=True),
    "not_negative": _low(0, strict=False),
    "not_negative_integer": _low(0, strict=False, whole=True),
    "future": lambda field: field.lows.append(Bound("today")),
    "past": lambda field: field.highs.append(Bound("today")),
    "digits_only": _digits_only,
    "upper_alnum": _set("pattern", "[A-Z0-9]+"),
    "alnum": _set("pattern", "[A-Za-z0-9]+"),
    "upper_letters": _set("pattern", "[A-Z]+"),
    "upper": _set("pattern", "[^a-z]+"),
    "lower": _set("pattern", "[^A-Z]+"),
    "decimals": _decimals,
    "more_decimals": _set("type", FieldType.NUMBER),
    "or_not": _or_not,
    "signed": _set("signed", True),
    "as_given": lambda field: None,
}


def _default(ledger: Ledger, i: int, end: int) -> Match | None:
    start, limit = ledger.tokens[i].start, limit_of(ledger, end)
    lead = DEFAULT_COLON.match(ledger.low, start, limit) or DEFAULT_LEAD.match(ledger.low, start, limit)
    if lead is not None and "default" not in lead[0] and not _opens_value(ledger, lead):
        lead = None
    if lead is not None:
        at = token_at(ledger, lead.end())
        if at >= end or (at < len(ledger.tokens) and ledger.tokens[at].start != lead.end()):
            return None
        stop, value = scalar(ledger, at, end)
        return Match(stop, lambda field: setattr(field, "default", value), "default") if stop > at else None
    token = ledger.tokens[i]
    after = BY_DEFAULT.match(ledger.low, token.end, limit)
    flag = token.kind == "word" and guess(token.low).type is FieldType.FLAG
    if after is not None and token.kind in ("word", "number", "quoted") and not flag:
        value = scalar(ledger, i, i + 1)[1]
        return Match(token_at(ledger, after.end()), lambda field: setattr(field, "default", value), "default")
    return None


def _opens_value(ledger: Ledger, lead: re.Match[str]) -> bool:
    """`starts at 9` may be a default; `starts at noon` is not."""
    if lead[0].startswith("start") and lead[0].split()[-1] == "as":
        return True
    if lead[0].startswith("start") and not ledger.low[lead.end() : lead.end() + 1].isdigit():
        return False
    return lead[0].startswith(("initial", "preset", "start", "is set")) and lead.end() < len(ledger.low)


def scalar(ledger: Ledger, i: int, end: int) -> tuple[int, Scalar]:
    """(end, value) of a value at token `i`; words are joined as far as they go."""
    token = ledger.tokens[i]
    if token.kind == "quoted":
        return i + 1, token.value
    if token.kind == "punct" and token.text in "$€£-" and i + 1 < end and ledger.tokens[i + 1].kind == "number":
        stop, value = scalar(ledger, i + 1, end)
        return stop, -value if token.text == "-" and not isinstance(value, str) else value
    if token.kind == "number":
        plain = number(token.text)
        return i + 1, int(plain) if plain == plain.to_integral_value() else float(plain)
    if token.low in ("true", "yes", "on"):
        return i + 1, True
    if token.low in ("false", "no", "off"):
        return i + 1, False
    return (i + 1, token.text) if token.kind in ("word", "date") else (i, "")


_GREATER_EQUAL = re.compile(
    r"not before|not earlier|on or after|at or after|not less|no earlier|or equal|>=|≥|at least"
)


def _comparison(ledger: Ledger, i: int, end: int) -> Match | None:
    start, limit = ledger.tokens[i].start, limit_of(ledger, end)
    found = COMPARE_LEAD.match(ledger.low, start, limit)
    if found is None:
        return None
    at = token_at(ledger, found.end())
    stop = at
    while stop < min(end, at + 4) and ledger.tokens[stop].kind == "word" and _in_name(ledger, at, stop, end):
        stop += 1
    if stop == at:
        return None
    compare = Compare(comparison_of(found[0]), ledger.text(at, stop), i, stop)
    return Match(stop, lambda field: field.compares.append(compare), "compare")


def _in_name(ledger: Ledger, at: int, k: int, end: int) -> bool:
    """True for a word of the field that a comparison names: `moved in on`, `to date`."""
    low, before = ledger.tokens[k].low, ledger.tokens[k - 1].low
    if low not in _BREAKS or before in _PHRASAL:
        return True
    if k == at:
        return low == "to" and k + 1 < end and ledger.tokens[k + 1].low in ("date", "time")
    return low in _MOMENT_ENDS and before.endswith(("ed", "in", "out"))


_MOMENT_ENDS = word_set("at on in out")
_PHRASAL = word_set("move check sign log drop pick")
_BREAKS = word_set(
    """
    and or but if is are must should has have with which that when for in of to by on
    """
)


def comparison_of(words: str) -> Comparison:
    plain = re.sub(r"\s+", " ", words).strip()
    negated = plain.startswith(("cannot", "can not", "can't", "must not", "may not", "not", "no "))
    upward = (
        re.search(r"after|later|greater|more|larger|higher|bigger|follows|exceed|above|>|≥|at least", plain) is not None
    )
    if plain.startswith(("not exceed", "at most", "≤", "<=")):
        return Comparison.LESS_OR_EQUAL
    inclusive = negated or re.search(r"or equal|on or|at or|>=|≥|at least", plain) is not None
    greater = upward != negated
    if inclusive:
        return Comparison.GREATER_OR_EQUAL if greater else Comparison.LESS_OR_EQUAL
    return Comparison.GREATER if greater else Comparison.LESS
