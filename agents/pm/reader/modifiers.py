"""What follows a field's name: its type, rules, choices, in brackets or in words."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.choices import LEAD, NUMERIC_CHOICES, choice_list
from agents.pm.reader.draft import FieldDraft, resource_name
from agents.pm.reader.names import is_plural, plural_name, slug
from agents.pm.reader.noun_words import ENUM_HEADS
from agents.pm.reader.nouns import NounReader
from agents.pm.reader.relations import relation_at
from agents.pm.reader.rules import Match, match_rule, set_choices, type_rule
from agents.pm.reader.runs import USUAL
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import guess, words_last
from agents.pm.reader.words import DETERMINERS
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

PREFIXES = frozenset(
    {"required", "optional", "unique", "positive", "positive_integer", "not_negative", "not_negative_integer", "exact"}
)
_GLUE = word_set(
    """
    that's it's which's is are be must should has have to which that with a an the and can where being only shall will it its value
    values they field of also may need needs always : - = as but
    """
)
_WORDS_ONLY = re.compile(
    r"\s*(?!required|optional|unique)[a-z]+(?:\s*,\s*(?!required|optional|unique|default|not |indexed)[a-z]+){2,}\s*"
)
_SIGNED = re.compile(r"\s*\w{1,3}[+-](?:\s*,\s*\w{1,3}[+-])+\s*")
BRACKETS = {"(": ")", "[": "]"}
_UNITS = re.compile(
    r"(?:in )?(?:metric )?(?:degrees? )?(?:mg/l|g/l|µg/l|ug/l|mmol/l|mg|ml|mmhg|mbar|bar|litres per minute|l/100 ?km|hectares?|acres?|square kilomet(?:er|re)s|bytes|stars|units|pieces|pcs|m²|m³|cm²|km²|tons|tonnes|kilos|m3|m³|cubic met(?:er|re)s|kw|hp|ha|cl|dl|oz|ft|knots|nautical miles|grammes|kilogrammes|nm|ppm|db|°\s?c|°\s?f|°|km/h|m/s|square (?:met(?:er|re)s?|feet|foot)|kg|kilograms?|grams?|g|km|kilomet(?:er|re)s?|miles|cm|mm|m|met(?:er|re)s?|minutes|mins?|hours|seconds|days|months|years|celsius|fahrenheit|degrees?|usd|eur|gbp|chf|dollars|euros|cents|percent|%|litres|liters|ml|pounds|lbs|calories|kcal|bpm|rpm|watts?|volts?|kwh|mb|gb|tb|pages|weeks|inches|feet|psi|hz|lux|euro|points|people|persons|square met(?:er|re)s|sqm|m2|mph|kmh|km/h)(?![\w])"
)


class ModifierReader(NounReader):
    """Applies rules to fields; marks every token that it uses."""

    def modifiers(self, field: FieldDraft, i: int, end: int, *, bullet: bool = False) -> int:
        while i < end and not self.masked[i]:
            step = self._modifier(field, i, end, bullet=bullet)
            if step == i:
                return i
            i = step
        return i

    def _modifier(self, field: FieldDraft, i: int, end: int, *, bullet: bool) -> int:
        token = self.ledger.tokens[i]
        if token.text in BRACKETS:
            return self._bracket(field, i, end)
        rule = match_rule(self.ledger, i, end, typed=False)
        if rule is not None:
            return self._take(field, rule, i)
        if token.low in ("yes", "true", "whole") and (stated := type_rule(self.ledger, i, end)) is not None:
            return self._take(field, stated, i)
        if token.text in ("*", "!") and i > 0 and self.ledger.tokens[i - 1].end == token.start:
            self.ledger.use(i, i + 1)
            field.required = True
            return i + 1
        led = i + 2 < end and token.low in ("to", "not", "in") and words_last(field.name) in ENUM_HEADS
        slashed = i + 1 < end and self.ledger.tokens[i + 1 + led].text in ("/", "|")
        heads = words_last(field.name) in ENUM_HEADS or i == self.choices_at
        headed = heads and i == field.end and self._choices_ahead(i, end)
        numbers = token.kind == "number" and i + 3 < end and self._slashed_numbers(i, end)
        if token.kind == "number" and i == field.end:
            stop, choices = choice_list(self.ledger, i, end)
            spoken = len(choices) >= 2 and any(t.low == "or" for t in self.ledger.tokens[i:stop])
            if spoken and all(choice[:1].isdigit() for choice in choices):
                set_choices(field, choices)
                self.ledger.use(i, stop)
                return self._past_unit(stop, end)
        if (token.kind == "word" or numbers) and (slashed or headed):
            stop, choices = choice_list(self.ledger, i, end)
            if len(choices) >= 2:
                set_choices(field, choices)
                self.ledger.use(i, stop)
                return self._past_unit(stop, end)
        if token.low == "by" and _is_default(self.ledger, i, end) and guess(field.name).type is FieldType.FLAG:
            said = self.ledger.tokens[i + 2].low if i + 2 < end else ""
            spoken = said in ("true", "false", "yes", "no", "on", "off")
            field.type = FieldType.FLAG
            field.default = said in ("true", "yes", "on") if spoken else not field.name.startswith("not_")
            self.ledger.use(i, i + 2 + spoken)
            return i + 2 + spoken
        unit = _UNITS.match(self.ledger.low, token.start, self.ledger.tokens[end - 1].end)
        if unit and token.low == "in":
            return self._take_unit(field, i, token_at(self.ledger, unit.end()))
        if token.low in ("in", "from") and i == field.end and (stop := self._one_in(field, i, end)):
            return stop
        if token.low in (":", "=", "-", "->") and (stop := self._after_colon(field, i, end)):
            return stop
        if (found := _WHOSE.match(self.ledger.low, token.start, self.ledger.tokens[end - 1].end)) is not None:
            stop = token_at(self.ledger, found.end())
            self.ledger.use(i, stop)
            field.label = f"{field.label} {self.ledger.text(i, stop)}"
            return stop
        if token.low in ("who", "which", "that") and (stop := self._is_also(field, i, end)):
            return stop
        if token.text == "/" and i + 1 < end:
            return i
        if token.low in (",", "and", "but") or token.low in _GLUE:
            return self._after_glue(field, i, end, bullet=bullet)
        return i

    def _slashed_numbers(self, i: int, end: int) -> bool:
        """True at `30/45/60` and `20/40 minutes`."""
        tokens = self.ledger.tokens
        return tokens[i + 3].text == "/" or (
            tokens[i + 1].text == "/" and self._past_unit_at(i + 3) > i + 3 and tokens[i + 2].kind == "number"
        )

    def _past_unit_at(self, i: int) -> int:
        unit = _UNITS.match(self.ledger.low, self.ledger.tokens[i].start)
        return token_at(self.ledger, unit.end()) if unit else i

    def _take(self, field: FieldDraft, rule: Match, i: int) -> int:
        self.ledger.use(i, rule.end)
        rule.apply(field)
        return self._past_unit(rule.end, len(self.ledger.tokens)) if rule.kind == "enum" else rule.end

    def _past_unit(self, i: int, end: int) -> int:
        """Past `minutes` in `30, 45 or 60 minutes`."""
        stop = self._past_unit_at(i) if i < end and not self.masked[i] else i
        self.ledger.use(i, stop)
        return stop

    def _take_unit(self, field: FieldDraft, i: int, j: int) -> int:
        self.ledger.use(i, j)
        said, suggested = {t.low for t in self.ledger.tokens[i:j]}, guess(field.name).type
        if field.type is None and suggested is FieldType.DATE and _WHOLE & said:
            field.type, field.name = FieldType.INTEGER, slug(f"{field.name} {self.ledger.text(i, j)}")
            return j
        if field.type is None and suggested is FieldType.TIME and _WHOLE & said:
            field.type = FieldType.INTEGER
        if field.type is None and words_last(field.name) == "length" and _WHOLE & said:
            field.type = FieldType.INTEGER
        if field.type is None and suggested is FieldType.TEXT and _MAJOR & said:
            field.type = FieldType.MONEY
        if (suggested is FieldType.MONEY and not _CURRENCY & said) or (
            field.type is None and suggested is FieldType.TEXT
        ):
            field.type = FieldType.INTEGER if _WHOLE & said else FieldType.NUMBER
        field.label = f"{field.label} ({self.ledger.text(i, j)})"
        return j

    def _is_also(self, field: FieldDraft, i: int, end: int) -> int:
        """`a manager who is also an employee`: a reference to employees."""
        lows = [token.low for token in self.ledger.tokens[i : min(end, i + 5)]]
        k = i + 1 + (lows[1:2] == ["is"]) + (lows[2:3] == ["also"])
        if k == i + 1 or k >= end or self.ledger.tokens[k].low not in ("a", "an", "another"):
            return 0
        stop = self.name_end(k + 1, end)
        target = self.draft.lookup(self.ledger.text(k + 1, stop)) if stop > k + 1 else None
        if target is None:
            return 0
        field.type, field.target, field.required = FieldType.REFERENCE, target.name, bool(field.required)
        self.ledger.use(i, stop)
        return stop

    def _after_colon(self, field: FieldDraft, i: int, end: int) -> int:
        if i + 1 >= end:
            return 0
        rule = match_rule(self.ledger, i + 1, end, typed=True)
        if rule is not None:
            return self._take(field, rule, i)
        relations, stop = relation_at(self.ledger, "", i + 1, end, self.name_end)
        if relations:
            field.type, field.target = FieldType.REFERENCE, relations[0].right
            self.ledger.use(i, stop)
            return stop
        stop, choices = choice_list(self.ledger, i + 1, end)
        joined = any(t.text in ("/", "|", "or") for t in self.ledger.tokens[i + 1 : stop])
        plain = words_last(field.name) in ENUM_HEADS and self._plain_choices(i + 1, stop, field.name)
        moment = guess(field.name).type in (FieldType.DATE, FieldType.DATETIME, FieldType.TIME)
        if len(choices) >= 2 and (joined or plain) and not moment:
            set_choices(field, choices)
            self.ledger.use(i, stop)
            return stop
        return 0

    def _one_in(self, field: FieldDraft, i: int, end: int) -> int:
        """`category in food, travel, other` up to the end of the clause, behind a word like `category`."""
        stop, choices = choice_list(self.ledger, i + 1, end)
        sure = len(choices) >= 3 and stop >= end and self._plain_choices(i + 1, stop, field.name)
        if words_last(field.name) not in ENUM_HEADS or not sure:
            return 0
        set_choices(field, choices)
        self.ledger.use(i, stop)
        return stop

    def _plain_choices(self, i: int, stop: int, name: str = "") -> bool:
        """True for words that are no fields by their look."""
        words = [
            token for token in self.ledger.tokens[i:stop] if token.kind == "word" and token.low not in ("and", "or")
        ]
        usual = (
            (FieldType.TEXT, FieldType.FLAG) if words_last(name) in ("status", "state", "stage") else (FieldType.TEXT,)
        )
        return all(guess(slug(token.low)).type in usual and token.low not in USUAL for token in words)

    def _after_glue(self, field: FieldDraft, i: int, end: int, *, bullet: bool) -> int:
        """A rule after `which must be`, or after a comma where it cannot be the next field."""
        tokens, k = self.ledger.tokens, i
        listed = tokens[i].low in (",", "and", "but")
        if listed:
            k += 1
            if k < end and tokens[k].low in ("and", "but"):
                k += 1
            if k + 1 < end and tokens[k].low in ("value", "values") and tokens[k + 1].low not in _OF_VALUE:
                return i
        while k < end and k < i + 9 and not self.masked[k]:
            verb = not listed or any(t.low in ("is", "are", "be", "must", "should", "as") for t in tokens[i:k])
            rule = match_rule(self.ledger, k, end, typed=verb or bullet)
            if rule is not None:
                if rule.kind == "enum" and tokens[i].low == "and" and tokens[k].low in ("is", "are"):
                    return i
                another = words_last(field.name) not in ENUM_HEADS and tokens[k].low in ("can", "may", "must")
                if rule.kind == "enum" and tokens[i].low == "and" and another:
                    return i
                if listed and not verb and (rule.kind == "as_given" or self._counts([rule], rule.end, end)):
                    return i
                if listed and not verb and rule.kind in PREFIXES and self._named_next(rule.end, end):
                    return i
                return self._take(field, rule, i)
            if tokens[k].low not in _GLUE or tokens[k].low in ("and",):
                return i
            k += 1
        return i

    def _counts(self, rules: list[Match], i: int, end: int) -> bool:
        """`a maximum of 12 participants`: the number is of something else than the field before."""
        stop = self.name_end(i, end)
        low = self.ledger.tokens[i].low if i < end else ""
        listed = i > 0 and self.ledger.tokens[i - 1].low == "one" and guess(plural_name(low)).type is FieldType.LIST
        plain = stop == i + 1 and (is_plural(low) or listed)
        unit = _UNITS.match(self.ledger.low, self.ledger.tokens[i].start) if plain else None
        kinds = [rule.kind for rule in rules]
        return plain and unit is None and kinds in (["max"], ["min"], ["post_min"], ["post_max"])

    def _named_next(self, i: int, end: int) -> bool:
        while i < end and (match := match_rule(self.ledger, i, end, typed=False)) is not None:
            i = match.end
        while i < end and self.ledger.tokens[i].low in DETERMINERS:
            i += 1
        return i < end and not self.masked[i] and self.name_end(i, end) > i

    def _bracket(self, field: FieldDraft, i: int, end: int) -> int:
        """`(text, required)`, `(low/medium/high, default low)`, `(in kg)`."""
        close = self.closing(i, end)
        tokens, k = self.ledger.tokens, i + 1
        inside = self.ledger.source[tokens[i].end : tokens[min(close, end - 1)].start]
        if (NUMERIC_CHOICES.fullmatch(inside) or _SIGNED.fullmatch(inside)) and close < end:
            set_choices(field, [part.strip() for part in re.split(r",|\bor\b", inside) if part.strip()])
            self.ledger.use(i, close + 1)
            return close + 1
        if words_last(field.name) in ENUM_HEADS and close < end and _WORDS_ONLY.fullmatch(inside.lower()):
            set_choices(field, [part.strip() for part in inside.split(",")])
            self.ledger.use(i, close + 1)
            return close + 1
        lead = LEAD.match(self.ledger.low, tokens[k].start, tokens[close - 1].end) if k < close else None
        if lead is not None and match_rule(self.ledger, k, close, typed=False) is None:
            self.ledger.use(k, token_at(self.ledger, lead.end()))
            k = token_at(self.ledger, lead.end())
        plain: list[tuple[int, int]] = []
        while k < close:
            if tokens[k].low in (",", ";", "/", "|", "or", "and", "&", ":") or self._dash(k, close):
                k += 1
                continue
            k = self._bracket_part(field, k, close, plain)
        plain = self._type_among(field, plain)
        if len(plain) == 1 and self._is_unit(*plain[0]):
            self._take_unit(field, *plain[0])
        choices = [self.ledger.source[tokens[a].start : tokens[b - 1].end].strip("\"'`") for a, b in plain]
        numeric = field.type in (FieldType.INTEGER, FieldType.NUMBER) and all(choice.isdigit() for choice in choices)
        if len(choices) >= 2 and (numeric or field.type in (None, FieldType.ENUM, FieldType.TEXT)):
            set_choices(field, choices)
            for a, b in plain:
                self.ledger.use(a, b)
        if close < end:
            self.ledger.use(close, close + 1)
        return min(close + 1, end)

    def _type_among(self, field: FieldDraft, plain: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """`(hours, number)`: a unit and a type, no choices."""
        stated = [(a, b, rule) for a, b in plain if (rule := type_rule(self.ledger, a, b)) and rule.end == b]
        if len(stated) != 1 or len(plain) > 3 or field.choices:
            return plain
        a, b, rule = stated[0]
        others = [span for span in plain if span != (a, b)]
        if not all(self._is_unit(*span) for span in others):
            return plain
        rule.apply(field)
        for c, d in plain:
            self.ledger.use(c, d)
        field.label = " ".join([field.label, *(f"({self.ledger.text(c, d)})" for c, d in others)])
        return []

    def _is_unit(self, a: int, b: int) -> bool:
        unit = _UNITS.match(self.ledger.low, self.ledger.tokens[a].start, self.ledger.tokens[b - 1].end)
        return unit is not None and unit.end() == self.ledger.tokens[b - 1].end

    def _dash(self, k: int, end: int) -> bool:
        """A dash between spaces, which parts as a comma does; not a sign or a hyphen."""
        tokens = self.ledger.tokens
        return tokens[k].low == "-" and k + 1 < end and tokens[k + 1].start > tokens[k].end

    def _bracket_part(self, field: FieldDraft, k: int, close: int, plain: list[tuple[int, int]]) -> int:
        tokens = self.ledger.tokens
        if plain and [token.low for token in tokens[k + 1 : min(close, k + 3)]] == ["by", "default"]:
            field.default = tokens[k].text
            self.ledger.use(k, k + 3)
            return k + 3
        relations, stop = relation_at(self.ledger, "", k, close, self.name_end)
        if relations:
            field.type, field.target = FieldType.REFERENCE, relations[0].right
            self.ledger.use(k, stop)
            return stop
        if tokens[k].low in ("another", "a", "an", "the", "one") and k + 1 < close:
            stop = self.name_end(k + 1, close)
            target = self.draft.lookup(self.ledger.text(k + 1, stop)) if stop > k + 1 else None
            if target is not None:
                field.type, field.target = FieldType.REFERENCE, target.name
                field.required = None if tokens[k].low != "another" else bool(field.required)
                self.ledger.use(k, stop)
                return stop
        named = k + (tokens[k].low == "the")
        stop = self.name_end(named, close) if named < close else named
        if stop > named and stop < close and slug(self.ledger.text(named, stop)) == field.name:
            self.ledger.use(k, stop)
            return stop
        if k + 1 < close and tokens[k].low == field.name.partition("_")[0]:
            rule = match_rule(self.ledger, k + 1, close, typed=False)
            if rule is not None:
                return self._take(field, rule, k)
        for skip in range(k, min(k + 4, close)):
            rule = match_rule(self.ledger, skip, close, typed=not plain or field.type is FieldType.ENUM)
            if rule is not None:
                return self._take(field, rule, k)
            if tokens[skip].low not in _GLUE:
                break
        if not plain and k + 1 == close and self._is_thing(tokens[k].low) and field.name != tokens[k].low:
            field.type, field.target = FieldType.REFERENCE, resource_name(tokens[k].low)
            self.ledger.use(k, close)
            return close
        if tokens[k].low in ("reference", "ref", "fk", "relation") and k + 1 == close:
            field.type, field.target = FieldType.REFERENCE, resource_name(field.name)
            self.ledger.use(k, close)
            return close
        unit = _UNITS.match(self.ledger.low, tokens[k].start, tokens[close - 1].end)
        if unit and unit.end() == tokens[close - 1].end and not plain:
            return self._take_unit(field, k, close)
        stop = k
        while (
            stop < close
            and tokens[stop].low not in (",", ";", "/", "|", "or", "default")
            and not self._dash(stop, close)
            and (stop == k or match_rule(self.ledger, stop, close, typed=False) is None)
        ):
            stop += 1
        stop = max(stop, k + 1)
        plain.append((k, stop))
        return stop


def _is_default(ledger: Ledger, i: int, end: int) -> bool:
    return i + 1 < end and ledger.tokens[i + 1].low == "default"


_WHOSE = re.compile(
    r"(?:it|they|he|she) (?:is|are|was|were) [a-z]+(?:ed|en|ld|nt) (?:to|by|in|from|for|with)(?=\s*(?:$|[.,;)]|and\b))"
    r"|(?:i|we|you|they) (?:paid|own|owned|bought|have|had|gave|asked|got|read|saw|sold)(?: for it)?(?=\s*(?:$|[.,;)]|and\b))"
)
_OF_VALUE = word_set("is are must should has have cannot can can't may needs in of")
_WHOLE = word_set("minutes mins seconds days weeks months years pages points people persons")
_MAJOR = word_set("usd eur dollars euros euro gbp chf pounds")
_CURRENCY = word_set("usd eur dollars euros cents gbp chf euro pounds")
