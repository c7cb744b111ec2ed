"""Lists of fields: `a required title, a status (open/closed), price at least 0 and a done flag`."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.draft import FieldDraft, Relation, ResourceDraft, resource_name
from agents.pm.reader.modifiers import BRACKETS, PREFIXES
from agents.pm.reader.names import is_plural, singular, slug
from agents.pm.reader.relations import relation_at
from agents.pm.reader.rules import Match, match_rule, type_rule
from agents.pm.reader.runs import unpunctuated
from agents.pm.reader.spoken import WHETHER, SpokenFields
from agents.pm.reader.words import DETERMINERS, FIELD_NOUNS, HAS_VERBS, QUANTIFIERS
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

_SEPARATORS = word_set(
    """
    , and & + plus ; also with a an the its their my our your his her then have has having some well got
    """
) | {"as"}
_BOTH = re.compile(
    r"(?:both|all(?: of (?:them|which|these))?|all fields)(?:\s+(?:are|is|being|of which are|fields are|must be))?\s+"
)


class FieldReader(SpokenFields):
    """Reads fields into a resource; leaves every token it cannot use unmarked."""

    def read(self, resource: ResourceDraft, i: int, end: int, *, bullet: bool = False) -> int:
        """Read fields from token `i`; the index where something else begins."""
        tokens, batch, maybe, start = self.ledger.tokens, list[FieldDraft](), -1, i
        if i + 1 < end and tokens[i].text == ":" and i > 0 and tokens[i - 1].kind == "word":
            i += 1
        while i < end:
            if i in self.stops:
                return i
            i = self._past_how(self._past_flag_words(i, end), end)
            choice = i + 1 < end and tokens[i + 1].low in ("choice", "selection")
            if tokens[i].low in QUANTIFIERS and not choice and self.name_end(i + 1, end) > i + 1:
                i += 1
            if tokens[i].text == ":" and i > 0 and tokens[i - 1].low in HAS_VERBS | FIELD_NOUNS:
                i += 1
                continue
            if self.masked[i] or (tokens[i].low in FIELD_NOUNS and self._only_noun(i, end)):
                i += 1
                continue
            if tokens[i].low in _SEPARATORS and not (i > 0 and self.name_end(i, end) > i):
                i += 1
                continue
            if (
                tokens[i].low in _KEEPS
                and i + 1 < end
                and tokens[i + 1].low in _ARTICLES
                and i > 0
                and tokens[i - 1].low in (",", "and", "that", "which", "who")
            ):
                i += 1
                continue
            if (
                tokens[i].low in ("may", "can", "must", "might", "should")
                and i + 1 < end
                and tokens[i + 1].low in ("have", "contain")
            ):
                maybe = i + 2 if tokens[i].low in ("may", "might", "can") else maybe
                i += 2
                continue
            if tokens[i].low in HAS_VERBS and i + 1 < end and tokens[i + 1].low in QUANTIFIERS:
                return i
            stop = (
                self._who_did(resource, i, end, batch)
                or self._how(resource, i, end, batch)
                or self._from_to(resource, i, end, batch)
                or self._ranged(resource, i, end, batch)
                or self._or_not(resource, i, end)
                or self._relation(resource, i, end)
                or self._put_in(resource, i, end)
                or self._both(batch, i, end)
            )
            if stop:
                i = stop
                continue
            if self.starts_resource(i, end):
                self._held(resource, start, i, end)
                return i
            before = len(batch)
            after = self.item(resource, i, end, batch, bullet=bullet and not batch)
            if maybe in (i, i - 1) and len(batch) > before and batch[-1].required is None:
                batch[-1].required = False
            if after == i:
                return i
            i = after
        return i

    def _only_noun(self, i: int, end: int) -> bool:
        tokens = self.ledger.tokens
        if is_plural(tokens[i].low) and i + 1 < end and tokens[i + 1].low in ("belong", "belongs"):
            return False
        if tokens[i].low in ("columns", "tables", "properties") and i + 1 < end and tokens[i + 1].text == "(":
            return False
        if tokens[i].low == "column" and tokens[i - 1].low == "a" and i + 1 < end and tokens[i + 1].text in "(,":
            return False
        if tokens[i].low in ("property", "data", "column", "table") and self.name_end(i, end) > i + 1:
            return False
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
            return self.aimed_at(relations, stop, end)
        return self.deals_with_one(resource, i, end)

    def aimed_at(self, relations: list[Relation], i: int, end: int) -> int:
        """Past `(name, country)` in `belongs to an author (name, country)`: fields of what is referred to."""
        name = relations[-1].right
        tokens = self.ledger.tokens
        listed = i < end and tokens[i].text == "(" and not self.masked[i]
        ruled = listed and {t.low for t in tokens[i + 2 : self.closing(i, end)]} >= {",", "unique"}
        listed = listed and (
            self.field_bracket(i, end) or (ruled and not match_rule(self.ledger, i + 1, end, typed=False))
        )
        if not listed or self.draft.is_account(name):
            return i
        span = relations[-1].start, relations[-1].end
        target = self.draft.lookup(name) or ResourceDraft(name, self.ledger.text(*span), *span)
        self.draft.resources.setdefault(target.name, target)
        k, close = i + 1, self.closing(i, end)
        while k < close:
            k = max(self.read(target, k, close), k + 1)
        return min(close + 1, end)

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
        if i + 1 < end and self.masked[i + 1] and tokens[i].low in _OFFERS:
            return i + 1
        rules, k = self._leading_rules(i, end)
        flagged = tokens[i].low in ("whether", "if")
        asked = (tokens[i].low == "what" or flagged) and i + 1 < end and (tokens[i + 1].low in WHETHER or flagged)
        if not rules and asked:
            k = self._whether(i, end)
        while rules and k + 1 < end and tokens[k].low in ("a", "an", "the", "its"):
            k += 1
        j = self.name_end(k, end)
        if j == k and k > i and asked and k < end and tokens[k].kind == "word":
            j = k + 1
        j = self._segment(k, j)
        prefixes = all(rule.kind in PREFIXES for rule in rules)
        counted = j > k and self._counts(rules, k, j)
        if rules and (j == k or not prefixes) and not counted:
            of_the_thing = rules[0].kind == "enum" and tokens[i].low in _ARE and tokens[i - 1].low == "and"
            if rules[0].kind == "enum" and (not batch or of_the_thing) and tokens[i].low in _ARE:
                return self._named_by_choices(resource, rules, i, k, end, batch)
            if not batch or of_the_thing:
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
        after = tokens[j].low if j < end else ""
        if after == "or" and not rules and (stop := self._either(resource, k, j, end, batch)):
            return stop
        j = self._before_two_choices(k, j, end)
        second = self._first_of_pair(resource, k, j, end, batch)
        k, j = (second, self.name_end(second, end)) if second > k else (k, j)
        if (
            not rules
            and slug(self.ledger.text(k, j)) == resource.name
            and after in ("is", "are", "must", "can", "has", "belongs")
        ):
            return i
        if after == "not" and j + 1 < end and tokens[j + 1].low in ("needed", "wanted", "necessary"):
            self.ledger.refuse(k, j + 2, "it was said not to be needed")
            return j + 2
        j = self._for_whom(resource, k, j, end)
        field = (
            self._short(resource, k, j, after)
            or self._of_the(resource, k, j, end)
            or self._when_it(resource, k, j, end)
            or self.field(resource, k, j)
        )
        if field is None:
            return self._skip(j, end)
        j = max(j, field.end)
        if field in batch and not rules:
            self.draft.assume(f"{resource.name}.{field.name} was named more than once; it is one field.")
        batch.append(field)
        if flagged:
            field.type = FieldType.FLAG
        if counted:
            self._counted(field, rules[0])
        for rule in rules:
            rule.apply(field)
        self.ledger.use(i, j)
        self._asked(field, j)
        shared = self._shared_with(batch, j, end)
        before = len(field.lows), len(field.highs)
        stop = self.modifiers(field, j, end, bullet=bullet)
        if j + 1 < stop and tokens[j].text == "(" and tokens[j + 1].low in ("both", "all"):
            self._shared(batch, before, both=tokens[j + 1].low == "both")
        if shared and match_rule(self.ledger, j, end, typed=False):
            self._shared(batch, before, both=True)
        if field.name in _VALUES and field.type in (FieldType.ENUM, None) and (field.choices or field.highs):
            field.name = singular(field.name)
        return self._tail(resource, stop, end)

    def _either(self, resource: ResourceDraft, i: int, j: int, end: int, batch: list[FieldDraft]) -> int:
        """`home or away` as a field: a choice of the two."""
        tokens = self.ledger.tokens
        stop = self.name_end(j + 1, end)
        ended = stop >= end or tokens[stop].text in ",;)" or tokens[stop].low == "and"
        if j - i != 1 or stop != j + 2 or not ended or tokens[j + 1].low == "not":
            return 0
        choices = [tokens[i].text, tokens[j + 1].text]
        field = FieldDraft(slug("_or_".join(choices)), self.ledger.text(i, stop), i, stop, FieldType.ENUM)
        field.choices = choices
        if not field.name or resource.find(field.name) is not None:
            return 0
        resource.fields.append(field)
        batch.append(field)
        self.ledger.use(i, stop)
        return stop

    def _segment(self, i: int, j: int) -> int:
        """The end of the first name of a run without commas: `name sku price` are three."""
        if i >= self.run_end:
            before = self.ledger.tokens[i - 1].text if i > 0 else ""
            ends = unpunctuated(self.ledger.tokens, i, j) if before != "," or j - i > 2 else []
            self.run_end, self.run = (j, ends) if ends else (0, [])
        return next((stop for stop in self.run if stop > i), j) if i < self.run_end else j

    def _leading_rules(self, i: int, end: int) -> tuple[list[Match], int]:
        rules, tokens = list[Match](), self.ledger.tokens
        while i < end and not self.masked[i]:
            rule = match_rule(self.ledger, i, end, typed=False)
            if rule is not None and rule.kind == "as_given" and not rules:
                break
            if rule is not None and rule.end < end and tokens[rule.end].low in ("flag", "boolean"):
                break
            if rule is None or (rule.kind in ("compare",) and not rules and not self._bare_compare(i)):
                break
            rules.append(rule)
            i = rule.end
            while (
                i + 1 < end
                and tokens[i].low in ("and", ",", "but")
                and ((after := match_rule(self.ledger, i + 1, end, typed=False)) is not None and after.kind in PREFIXES)
            ):
                i += 1
        return rules, i

    def _bare_compare(self, i: int) -> bool:
        return True

    def _skip(self, i: int, end: int) -> int:
        """Past the words that could not be read, up to the next separator; they stay unmarked."""
        tokens = self.ledger.tokens
        if i < end and tokens[i].text in BRACKETS:
            return self.closing(i, end) + 1
        k = i + 1 if i < end else end
        while k < end and not self.masked[k] and tokens[k].low not in (",", "and", ";"):
            if tokens[k].text in BRACKETS:
                k = self.closing(k, end)
            k += 1
        return min(k, end)

    def _tail(self, resource: ResourceDraft, i: int, end: int) -> int:
        tokens = self.ledger.tokens
        if i < self.run_end:
            return i
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


_KEEPS = word_set(
    """
    contain contains include includes carry carries record records store stores hold holds keep keeps show shows give
    gives report reports capture captures need needs require requires measure measures get gets list lists
    """
)
_ARTICLES = word_set("a an the its their some one two exactly")
_ARE = word_set("is are can may must be being")
_OFFERS = word_set(
    "allow allows support supports enable enables offer offers provide provides let include includes show list display return"
)
_VALUES = word_set("priorities ratings statuses stages levels grades severities")
_BARE_TYPES = word_set("boolean bool integer int decimal float string numeric str")
