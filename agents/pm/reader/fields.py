"""Lists of fields: `a required title, a status (open/closed), price at least 0 and a done flag`."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.choices import choice_list
from agents.pm.reader.draft import FieldDraft, Relation, ResourceDraft, resource_name
from agents.pm.reader.names import ROW_FIELDS, is_plural, slug
from agents.pm.reader.nouns import ENUM_HEADS, USUAL, NounReader
from agents.pm.reader.relations import relation_at
from agents.pm.reader.rules import Match, match_rule, set_choices, type_rule
from agents.pm.reader.types import guess, split_type, words_last
from agents.pm.reader.words import DETERMINERS, FIELD_NOUNS, HAS_VERBS, QUANTIFIERS
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

_SEPARATORS = word_set(
    """
    , and & + plus ; also with a an the its their his her then have has having some well
    """
) | {"as"}
_PREFIXES = frozenset(
    {"required", "optional", "unique", "positive", "positive_integer", "not_negative", "not_negative_integer", "exact"}
)
_GLUE = word_set(
    """
    is are be must should has have to which that with a an the and can where being only shall will it its value
    values they field of also may need needs always : - = as but
    """
)
_BRACKETS = {"(": ")", "[": "]"}
_BOTH = re.compile(
    r"(?:both|all(?: of (?:them|which|these))?|all fields)(?:\s+(?:are|is|being|of which are|fields are|must be))?\s+"
)
_NAMES_BEFORE = word_set("is has was in can should needs allows")
_UNITS = re.compile(
    r"(?:in )?(?:kg|kilograms?|grams?|g|km|kilomet(?:er|re)s?|miles|cm|mm|m|met(?:er|re)s?|minutes|mins?|hours|seconds|days|months|years|celsius|fahrenheit|usd|eur|dollars|euros|cents|percent|%|litres|liters|ml|pounds|lbs|calories|kcal)(?![\w])"
)


class FieldReader(NounReader):
    """Reads fields into a resource; leaves every token it cannot use unmarked."""

    # Names

    # Lists

    def read(self, resource: ResourceDraft, i: int, end: int, *, bullet: bool = False) -> int:
        """Read fields from token `i`; the index where something else begins."""
        tokens, batch = self.ledger.tokens, list[FieldDraft]()
        while i < end:
            if i in self.stops:
                return i
            if tokens[i].low in QUANTIFIERS and self.name_end(i + 1, end) > i + 1:
                i += 1
            if self.masked[i] or (tokens[i].low in FIELD_NOUNS and self._only_noun(i, end)):
                i += 1
                continue
            if tokens[i].low in _SEPARATORS and not (i > 0 and self.name_end(i, end) > i):
                i += 1
                continue
            if (
                tokens[i].low in ("may", "can", "must", "might", "should")
                and i + 1 < end
                and tokens[i + 1].low in ("have", "contain")
            ):
                i += 2
                continue
            stop = self._relation(resource, i, end) or self._both(batch, i, end)
            if stop:
                i = stop
                continue
            if self.starts_resource(i, end):
                return i
            after = self.item(resource, i, end, batch, bullet=bullet and not batch)
            if after == i:
                return i
            i = after
        return i

    def _only_noun(self, i: int, end: int) -> bool:
        tokens = self.ledger.tokens
        return (
            i + 1 >= end
            or tokens[i + 1].low != ","
            or tokens[i].low in ("fields", "attributes", "properties", "following")
        )

    def _relation(self, resource: ResourceDraft, i: int, end: int) -> int:
        relations, stop = relation_at(self.ledger, resource.name, i, end, self.name_end)
        self.draft.relations += relations
        if relations:
            self.ledger.use(i, stop)
        return stop if relations else 0

    def _both(self, batch: list[FieldDraft], i: int, end: int) -> int:
        found = _BOTH.match(self.ledger.low, self.ledger.tokens[i].start, self.ledger.tokens[end - 1].end)
        if not found or not batch:
            return 0
        k = i + len(found[0].split())
        rule = match_rule(self.ledger, k, end, typed=True) if k < end else None
        if rule is None:
            return 0
        count = 2 if found[0].startswith("both") else len(batch)
        for field in batch[-count:]:
            rule.apply(field)
        self.ledger.use(i, rule.end)
        return rule.end

    # One field

    def item(self, resource: ResourceDraft, i: int, end: int, batch: list[FieldDraft], *, bullet: bool = False) -> int:
        """Read one field (or a rule of the one before) at `i`; its end, or `i` where nothing was read."""
        tokens = self.ledger.tokens
        rules, k = self._leading_rules(i, end)
        if not rules and tokens[i].low == "whether":
            k = self._whether(i, end)
        j = self.name_end(k, end)
        prefixes = all(rule.kind in _PREFIXES for rule in rules)
        if rules and (j == k or not prefixes):
            if not batch:
                return self._skip(i, end)
            self.ledger.use(i, k)
            for rule in rules:
                rule.apply(batch[-1])
            return self.modifiers(batch[-1], k, end)
        if j == k:
            return self._skip(i, end)
        if batch and j == k + 1 and tokens[k].low in _BARE_TYPES and not rules and tokens[k - 1].text == ",":
            stated = type_rule(self.ledger, k, end)
            if stated is not None:
                return self.modifiers(batch[-1], self._take(batch[-1], stated, k), end)
        if is_plural(slug(tokens[j - 1].low)) and resource_name(self.ledger.text(k, j)) == resource.name and not rules:
            self.ledger.use(k, j)
            return j
        field = self.field(resource, k, j)
        if field is None:
            return self._skip(j, end)
        batch.append(field)
        if tokens[i].low == "whether":
            field.type = FieldType.FLAG
        for rule in rules:
            rule.apply(field)
        self.ledger.use(i, j)
        stop = self.modifiers(field, j, end, bullet=bullet)
        return self._tail(resource, stop, end)

    def _whether(self, i: int, end: int) -> int:
        """Past `whether it is`."""
        k = i + 1
        while k < min(end, i + 5) and self.ledger.tokens[k].low in _WHETHER:
            k += 1
        return k

    def _leading_rules(self, i: int, end: int) -> tuple[list[Match], int]:
        rules: list[Match] = []
        while i < end and not self.masked[i]:
            rule = match_rule(self.ledger, i, end, typed=False)
            if rule is None or (rule.kind in ("compare",) and not rules and not self._bare_compare(i)):
                break
            rules.append(rule)
            i = rule.end
            tokens = self.ledger.tokens
            while (
                i + 1 < end
                and tokens[i].low in ("and", ",", "but")
                and (
                    (after := match_rule(self.ledger, i + 1, end, typed=False)) is not None and after.kind in _PREFIXES
                )
            ):
                i += 1
        return rules, i

    def _bare_compare(self, i: int) -> bool:
        return True

    def _skip(self, i: int, end: int) -> int:
        """Past the words that could not be read, up to the next separator; they stay unmarked."""
        tokens = self.ledger.tokens
        if i < end and tokens[i].text in _BRACKETS:
            return self.closing(i, end) + 1
        k = i + 1 if i < end else end
        while k < end and not self.masked[k] and tokens[k].low not in (",", "and", ";"):
            if tokens[k].text in _BRACKETS:
                k = self.closing(k, end)
            k += 1
        return min(k, end)

    def _tail(self, resource: ResourceDraft, i: int, end: int) -> int:
        tokens = self.ledger.tokens
        if i >= end or self.masked[i] or tokens[i].low in (",", "and", ";", "&", "+", "plus"):
            return i
        if tokens[i].low in ("of", "for", "in") and i + 1 < end:
            k = i + 1
            while k < end and tokens[k].low in DETERMINERS:
                k += 1
            j = self.name_end(k, end)
            if j > k and resource_name(self.ledger.text(k, j)) == resource.name:
                self.ledger.use(i, j)
                return j
            other = self.draft.lookup(self.ledger.text(k, j)) if j > k else None
            if other is not None and tokens[i].low != "of":
                self.draft.relations.append(Relation(resource.name, other.name, k, j))
                self.ledger.use(i, j)
                return j
        if tokens[i].low in ("which", "that", "who") or tokens[i].low in HAS_VERBS or tokens[i].text in ")]":
            return i + 1
        if self._relation(resource, i, end):
            return i
        return self._skip(i, end)

    def field(self, resource: ResourceDraft, i: int, j: int) -> FieldDraft | None:
        """The field named by tokens [i, j), made if it is new; None where no safe name can be made."""
        words = self.ledger.text(i, j)
        if len(words) > 1 and words[0] in "\"'`“‘":
            words = words[1:-1]
        name, stated = split_type(slug(words))
        name = slug(name)
        if not name:
            self.ledger.refuse(i, j, "no name can be made of it that is safe in JSON and in a database")
            return None
        if name in ROW_FIELDS:
            self.ledger.use(i, j)
            self.draft.assume(
                f"Every row has id, created_at and updated_at by itself, so {resource.name} got no field {name} of its own."
            )
            return FieldDraft(name, words, i, j)
        known = resource.find(name)
        if known is not None and not known.assumed:
            return known
        field = FieldDraft(name, words, i, j)
        if stated is not None:
            field.type, field.item, field.long = stated.type, stated.item, stated.long
        resource.fields.append(field)
        return field

    # What follows the name

    def modifiers(self, field: FieldDraft, i: int, end: int, *, bullet: bool = False) -> int:
        while i < end and not self.masked[i]:
            step = self._modifier(field, i, end, bullet=bullet)
            if step == i:
                return i
            i = step
        return i

    def _modifier(self, field: FieldDraft, i: int, end: int, *, bullet: bool) -> int:
        token = self.ledger.tokens[i]
        if token.text in _BRACKETS:
            return self._bracket(field, i, end)
        rule = match_rule(self.ledger, i, end, typed=False)
        if rule is not None:
            return self._take(field, rule, i)
        if token.text == "*" and i > 0 and self.ledger.tokens[i - 1].end == token.start:
            self.ledger.use(i, i + 1)
            field.required = True
            return i + 1
        slashed = i + 1 < end and self.ledger.tokens[i + 1].text in ("/", "|")
        headed = words_last(field.name) in ENUM_HEADS and i == field.end and self._choices_ahead(i, end)
        if token.kind == "word" and (slashed or headed):
            stop, choices = choice_list(self.ledger, i, end)
            if len(choices) >= 2:
                set_choices(field, choices)
                self.ledger.use(i, stop)
                return stop
        unit = _UNITS.match(self.ledger.low, token.start, self.ledger.tokens[end - 1].end)
        if unit and token.low == "in":
            return self._take_unit(field, i, i + 2)
        if token.low in (":", "=", "-", "->") and (stop := self._after_colon(field, i, end)):
            return stop
        if token.text == "/" and i + 1 < end:
            return i
        if token.low in (",", "and", "but") or token.low in _GLUE:
            return self._after_glue(field, i, end, bullet=bullet)
        return i

    def _take(self, field: FieldDraft, rule: Match, i: int) -> int:
        self.ledger.use(i, rule.end)
        rule.apply(field)
        return rule.end

    def _take_unit(self, field: FieldDraft, i: int, j: int) -> int:
        self.ledger.use(i, j)
        if guess(field.name).type is FieldType.MONEY and not _CURRENCY & {t.low for t in self.ledger.tokens[i:j]}:
            field.type = FieldType.NUMBER
        field.label = f"{field.label} ({self.ledger.text(i, j)})"
        return j

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
        plain = words_last(field.name) in ENUM_HEADS and self._plain_choices(i + 1, stop)
        if len(choices) >= 2 and (joined or plain):
            set_choices(field, choices)
            self.ledger.use(i, stop)
            return stop
        return 0

    def _plain_choices(self, i: int, stop: int) -> bool:
        """True for words that are no fields by their look."""
        words = [token for token in self.ledger.tokens[i:stop] if token.kind == "word" and token.low not in ("and", "or")]
        return all(guess(slug(token.low)).type is FieldType.TEXT and token.low not in USUAL for token in words)

    def _after_glue(self, field: FieldDraft, i: int, end: int, *, bullet: bool) -> int:
        """A rule after `which must be`, or after a comma where it cannot be the next field."""
        tokens, k = self.ledger.tokens, i
        listed = tokens[i].low in (",", "and", "but")
        if listed:
            k += 1
            if k < end and tokens[k].low in ("and", "but"):
                k += 1
        while k < end and k < i + 9 and not self.masked[k]:
            verb = not listed or any(t.low in ("is", "are", "be", "must", "should", "as") for t in tokens[i:k])
            rule = match_rule(self.ledger, k, end, typed=verb or bullet)
            if rule is not None:
                if listed and not verb and rule.kind in _PREFIXES and self._named_next(rule.end, end):
                    return i
                return self._take(field, rule, i)
            if tokens[k].low not in _GLUE or tokens[k].low in ("and",):
                return i
            k += 1
        return i

    def _named_next(self, i: int, end: int) -> bool:
        while i < end and (match := match_rule(self.ledger, i, end, typed=False)) is not None:
            i = match.end
        return i < end and not self.masked[i] and self.name_end(i, end) > i

    def _bracket(self, field: FieldDraft, i: int, end: int) -> int:
        """`(text, required)`, `(low/medium/high, default low)`, `(in kg)`."""
        close = self.closing(i, end)
        tokens, k = self.ledger.tokens, i + 1
        plain: list[tuple[int, int]] = []
        while k < close:
            if tokens[k].low in (",", ";", "/", "|", "or", "and", "&", ":"):
                k += 1
                continue
            k = self._bracket_part(field, k, close, plain)
        choices = [self.ledger.source[tokens[a].start : tokens[b - 1].end].strip("\"'`") for a, b in plain]
        if len(choices) >= 2 and field.type in (None, FieldType.ENUM, FieldType.TEXT):
            set_choices(field, choices)
            for a, b in plain:
                self.ledger.use(a, b)
        if close < end:
            self.ledger.use(close, close + 1)
        return min(close + 1, end)

    def _bracket_part(self, field: FieldDraft, k: int, close: int, plain: list[tuple[int, int]]) -> int:
        tokens = self.ledger.tokens
        relations, stop = relation_at(self.ledger, "", k, close, self.name_end)
        if relations:
            field.type, field.target = FieldType.REFERENCE, relations[0].right
            self.ledger.use(k, stop)
            return stop
        if tokens[k].low in ("another", "a", "an", "the", "one") and k + 1 < close:
            target = self.draft.lookup(self.ledger.text(k + 1, close))
            if target is not None:
                field.type, field.target = FieldType.REFERENCE, target.name
                field.required = None if tokens[k].low != "another" else bool(field.required)
                self.ledger.use(k, close)
                return close
        for skip in range(k, min(k + 4, close)):
            rule = match_rule(self.ledger, skip, close, typed=not plain or field.type is FieldType.ENUM)
            if rule is not None:
                return self._take(field, rule, k)
            if tokens[skip].low not in _GLUE:
                break
        unit = _UNITS.match(self.ledger.low, tokens[k].start, tokens[close - 1].end)
        if unit and unit.end() == tokens[close - 1].end:
            return self._take_unit(field, k, close)
        stop = k
        while (
            stop < close
            and tokens[stop].low not in (",", ";", "/", "|", "or", "default")
            and (stop == k or match_rule(self.ledger, stop, close, typed=False) is None)
        ):
            stop += 1
        stop = max(stop, k + 1)
        plain.append((k, stop))
        return stop


_BARE_TYPES = word_set("boolean bool integer int decimal float string numeric str")
_WHETHER = word_set("it is they are was were the a an or not has been")


_CURRENCY = word_set("usd eur dollars euros cents")
