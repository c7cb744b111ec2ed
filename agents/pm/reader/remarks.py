"""Sentences about what was named before: `the price must be positive`, `tasks can be done or not`."""

from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import FieldDraft, Relation, ResourceDraft, resource_name
from agents.pm.reader.featured import find_field
from agents.pm.reader.names import is_plural, singular, slug
from agents.pm.reader.noun_words import ATTENDS, JOINS, RUNS
from agents.pm.reader.places import Places
from agents.pm.reader.rules import match_rule, scalar
from agents.pm.reader.spans import token_at
from agents.pm.reader.types import guess
from agents.pm.reader.words import APP_NOUNS, DETERMINERS, FIELD_NOUNS, HAS_VERBS, RESOURCE_LEADS, STOP, WELL_KNOWN
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType


class Remarks(Places):
    """Reads what adds to a resource or a field that is known."""

    def too_early(self, statement: Statement) -> bool:
        """True for `Fields: title, author` before anything was named that could have them."""
        tokens = self.ledger.tokens
        lead = [token.low for token in tokens[statement.start : min(statement.start + 2, statement.end)]]
        return self.current is None and len(lead) == 2 and lead[0] in FIELD_NOUNS and lead[1] in (":", "are")

    def _flag_sentence(self, i: int, j: int, k: int, end: int) -> int:
        """`tasks can be done or not`, `a book is available`: a flag of something that was named before."""
        found = _FLAG_SENTENCE.match(self.ledger.low, self.ledger.tokens[k].start, self.ledger.tokens[end - 1].end)
        resource = self.draft.lookup(self.ledger.text(i, j)) if found else None
        if found is None or resource is None:
            return 0
        name = slug(found[1])
        if guess(name).type is not FieldType.FLAG and not found[2]:
            return 0
        stop = token_at(self.ledger, found.end())
        at = token_at(self.ledger, found.start(1))
        field = self.fields.field(resource, at, token_at(self.ledger, found.end(1)))
        self.ledger.use(i, stop)
        self.current = resource
        if field is None:
            return stop
        field.type = FieldType.FLAG
        return self.fields.modifiers(field, stop, end)

    def _default_sentence(self, i: int, end: int) -> int:
        """`the default stage is new`, `default for stage is new`."""
        tokens, k = self.ledger.tokens, i + 1
        while k < end and tokens[k].low in ("value", "for", "of", "the"):
            k += 1
        j = self.fields.name_end(k, end) if tokens[i].low == "default" else k
        place = self._field_place(k, j, end) if j > k else None
        if place is None or place[2] + 1 >= end or tokens[place[2]].low not in ("is", "=", ":"):
            return 0
        stop, value = scalar(self.ledger, place[2] + 1, end)
        place[1].default = value
        self.ledger.use(i, stop)
        return stop

    def _rule_sentence(self, i: int, j: int, end: int) -> int:
        """`the price must be positive`, where `price` is a field that was named before."""
        place = self._field_place(i, j, end) or self._spoken_short(i, j, end)
        several = self._all_ending(i, j, end) if place is None else []
        if several and self.current is not None:
            place = self.current, several[0], j
        if place is None:
            return 0
        resource, field, at = place
        fields, at = (several, j) if several else self._with_others(field, at, end)
        tokens, k = self.ledger.tokens, at
        owns = k + 1 < end and tokens[k].low in ("has", "have") and tokens[k + 1].low != "to"
        if owns and (is_plural(slug(tokens[j - 1].low)) or (i > 0 and tokens[i - 1].low in DETERMINERS)):
            return 0
        while k < end and k < at + 8 and not self.masked[k]:
            if (k > at and match_rule(self.ledger, k, end, typed=True)) or match_rule(self.ledger, k, end, typed=False):
                break
            if tokens[k].low not in _VERBS:
                return 0
            k += 1
        if k >= end or k >= at + 8 or self.masked[k]:
            return 0
        self.ledger.use(i, at)
        self.current = resource
        stop = max(self.fields.modifiers(each, at, end) for each in fields)
        return stop if stop > at else 0

    def _enrols(self, i: int, j: int, k: int, end: int) -> int:
        """`students enrol in courses`, both known: each has many of the other."""
        tokens, at = self.ledger.tokens, k
        left = self._known_thing(i, j)
        joins = {token.low for token in tokens[k : min(end, k + 4)]} & _JOINING_VERBS
        verb = tokens[k].low in ("can", "may") and k + 2 < end and tokens[k + 1].low not in _API_VERBS | STOP | _JOINING
        at += 2 * verb
        while at < end and tokens[at].low in (_PARTS if verb else _JOINING):
            at += 1
        stop = self.fields.name_end(at, end)
        right = self._known_thing(at, stop) if stop > at > k else ""
        if not verb and not joins and None in (self.draft.lookup(left), self.draft.lookup(right)):
            return 0
        if verb and not left and right and resource_name(self.ledger.text(i, j)) in WELL_KNOWN:
            left = resource_name(self.ledger.text(i, j))
        several = (is_plural(tokens[j - 1].low) or verb) and stop > at and is_plural(tokens[stop - 1].low)
        if not left or not right or left == right or not several or any(map(self.draft.is_account, (left, right))):
            return 0
        for one, other in ((left, right), (right, left)):
            self.draft.relations.append(Relation(one, other, k, stop, many=True))
        for one, a, b in ((left, i, j), (right, at, stop)):
            if one not in self.draft.resources:
                self.resource(a, b)
        if verb:
            self._scene(k + 1, at)
        self.ledger.use(i, stop)
        return stop

    def _known_thing(self, i: int, j: int) -> str:
        """Name of the resource that is, or further on will be, described by these words."""
        found = self.draft.lookup(self.ledger.text(i, j))
        if found is not None:
            return found.name
        low = self.ledger.tokens[j - 1].low
        return resource_name(self.ledger.text(i, j)) if {low, singular(low)} & self.described else ""

    def _spoken_short(self, i: int, j: int, end: int) -> tuple[ResourceDraft, FieldDraft, int] | None:
        """`valid until must be ...` of `valid_until_date`, `prices must be ...` of `unit_price`."""
        told = j < end and self.ledger.tokens[j].low in ("must", "should", "cannot", "can't", "has")
        if not told or self.current is None or self.draft.lookup(self.ledger.text(i, j)) is not None:
            return None
        field = find_field(self.current, self.ledger.text(i, j))
        return (self.current, field, j) if field is not None else None

    def _all_ending(self, i: int, j: int, end: int) -> list[FieldDraft]:
        """`scores can't be negative` of `home_score` and `away_score`."""
        tokens = self.ledger.tokens
        told = j == i + 1 and j < end and tokens[j].low in ("must", "should", "cannot", "can't", "are", "can", "may")
        if not told or self.current is None or not is_plural(tokens[i].low):
            return []
        found = [f for f in self.current.fields if f.name.endswith(f"_{singular(tokens[i].low)}")]
        return found if len(found) > 1 else []

    def _with_others(self, field: FieldDraft, at: int, end: int) -> tuple[list[FieldDraft], int]:
        """`first name and last name are required`: (fields, end of their names)."""
        tokens, fields, k = self.ledger.tokens, [field], at
        while k < end and tokens[k].low in (",", "and", "&") and len(fields) < _MOST_TOGETHER:
            k += 1 + (k + 1 < end and tokens[k + 1].low == "and")
            while k < end and tokens[k].low in DETERMINERS:
                k += 1
            stop = self.fields.name_end(k, end)
            place = self._field_place(k, stop, end) if stop > k else None
            if place is None:
                return [field], at
            fields, k = [*fields, place[1]], place[2]
        told = len(fields) > 1 and k < end and tokens[k].low in ("are", "must", "should", "have", "cannot", "can")
        return (fields, k) if told else ([field], at)

    def _dashed(self, j: int, k: int, end: int) -> bool:
        """`adoptions - animal, date`: a dash between spaces behind a plural."""
        tokens = self.ledger.tokens
        spaced = k + 1 < end and tokens[k + 1].start > tokens[k].end and tokens[k].start > tokens[k - 1].end
        known = tokens[j - 1].kind == "word" and resource_name(tokens[j - 1].low) in self.draft.resources
        return spaced and (known or is_plural(slug(tokens[j - 1].low)))

    def _purpose(self, k: int, end: int, low: str) -> tuple[int, str]:
        """Past `for rent` in `properties for rent: address`: no resource, for it is no plural and no known thing."""
        tokens, first = self.ledger.tokens, k + 1
        while first < end and tokens[first].low in DETERMINERS:
            first += 1
        at = self.fields.name_end(first, end)
        word = tokens[at - 1].low
        if low == "in" and first == k + 2 and at > first and self.draft.lookup(self.ledger.text(first, at)):
            return k, low
        last = at >= end and first == k + 2 and k + 2 < at <= k + 4
        if (
            last
            and not is_plural(word)
            and word not in WELL_KNOWN
            and not self.draft.lookup(self.ledger.text(first, at))
        ):
            self._scene(k + 1, at)
            return at, ""
        comma = at + 1 < end and tokens[at].text == "," and tokens[at + 1].low in ("with", "having")
        if comma and first < at <= first + 2 and not is_plural(word) and not self._spoken_again(at):
            self._scene(k + 1, at)
            return at + 1, tokens[at + 1].low
        own = tokens[k + 1].low in ("our", "my", "their") and low != "for"
        if own and at > first and at < end and tokens[at].low in (":", "with", "(", "having"):
            self._scene(k + 1, at)
            return at, tokens[at].low
        if (
            not first < at <= first + 1 + (first > k + 1)
            or at >= end
            or tokens[at].low not in (":", "with", "(", "-")
            or is_plural(word)
            or (word in WELL_KNOWN and not self._only_scene(low, first, at, end))
        ):
            return k, low
        self._scene(k + 1, at)
        return at, tokens[at].low

    def _only_scene(self, low: str, first: int, at: int, end: int) -> bool:
        """`vehicles of a taxi company: ...`, `reservations of a restaurant: guests have ...`, named there alone."""
        if low != "of" or self._spoken_again(at):
            return False
        return at >= first + 2 or (at + 1 < end and self.fields.starts_resource(at + 1, end))

    def _spoken_again(self, at: int) -> bool:
        """True where the word before token `at`, in the singular or plural, stands elsewhere too."""
        tokens = self.ledger.tokens
        word = singular(tokens[at - 1].low)
        return any(singular(token.low) == word for k, token in enumerate(tokens) if k != at - 1)

    def _scene(self, i: int, j: int) -> None:
        """Use words that only say where or what the data are for."""
        self.ledger.use(i, j)
        self.draft.assume(f"{self.ledger.text(i, j)!r} says where or what it is for; nothing of that name is stored.")

    def _defines_field(self, i: int, end: int) -> bool:
        """`code: text, required.`, where everything behind the colon says something about one field."""
        tokens = self.ledger.tokens
        k = self.fields.name_end(i, end)
        if (
            self.current is None
            or k == i
            or k + 1 >= end
            or tokens[k].text != ":"
            or is_plural(slug(tokens[k - 1].low))
        ):
            return False
        k += 1
        while k < end:
            if tokens[k].low in (",", "and", "is", "must", "be"):
                k += 1
                continue
            rule = match_rule(self.ledger, k, end, typed=True)
            if rule is None:
                return tokens[k - 1].text == "," and self.fields.name_end(k, end) == end and k > i + 2
            k = rule.end
        return True

    def _both_ways(self, i: int, j: int, k: int, end: int) -> int:
        """`articles and tags (many-to-many)`: each of the last two has many of the other."""
        other = list(self.draft.resources)[-1]
        resource = self.resource(i, j)
        found = BOTH_WAYS.match(self.ledger.low, self.ledger.tokens[k].start)
        stop = token_at(self.ledger, found.end()) if found else k
        if resource is not None and resource.name != other:
            self.draft.relations.append(Relation(resource.name, other, k, stop, many=True))
            self.draft.relations.append(Relation(other, resource.name, k, stop, many=True))
        self.ledger.use(k, stop)
        return min(stop, end)

    def _is_purpose(self, i: int, j: int, k: int, end: int) -> bool:
        """True behind `a clinic needs to manage`, `a hospital manages`, `our museum needs an inventory of`."""
        tokens = self.ledger.tokens
        low, after = tokens[k].low, [token.low for token in tokens[k + 1 : min(end, k + 4)]]
        if low in ("needs", "need", "has", "have", "requires", "wants") and after[:1] == ["to"]:
            return True
        if (
            low in ("needs", "need", "wants")
            and after[:1] in (["a"], ["an"])
            and (after[2:] in (["of"], ["for"], ["to"]) or (after[1:2] and after[1] in APP_NOUNS))
        ):
            return True
        return (
            low in RESOURCE_LEADS | RUNS
            and low.endswith("s")
            and low not in HAS_VERBS
            and not is_plural(slug(tokens[j - 1].low))
        )


BOTH_WAYS = re.compile(r"\(\s*(?:many[- ]to[- ]many|n:m|m:n|n-m|m-n)(?: relation(?:ship)?)?\s*\)")
_FLAG_SENTENCE = re.compile(
    r"(?:is|are|(?:can|may|could) be)\s+(?:either\s+)?"
    r"(?:marked\s+(?:as\s+)?|set\s+(?:as|to)\s+|flagged\s+(?:as\s+)?)?"
    r"((?:(?:for|on|in|under|at|off) )?[a-z][a-z_-]{2,30})(\s+or\s+(?:not|un\w+|open))?"
    r"(?=\s*(?:$|[.;,\n(]|and\s|by\s+default))"
)
_MOST_TOGETHER = 20
_JOINING_VERBS = ATTENDS | JOINS | {"subscribe"}
_PARTS = word_set("up for in to into at on several many multiple different")
_API_VERBS = word_set(
    """
    see view edit delete filter search list add create manage make update change have read get post write log sign
    submit upload use find sort browse access place
    """
)
_JOINING = _JOINING_VERBS | word_set("can may up for in to")
_VERBS = word_set(
    """
    is are be both all must should has have to always can may cannot shall will a an the value , which that its
    """
)
