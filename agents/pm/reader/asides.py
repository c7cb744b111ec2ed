"""What words of a statement are only wrapping, and where a statement goes on with the one before."""

from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import FieldDraft, ResourceDraft, resource_name
from agents.pm.reader.names import is_plural, plural, singular, slug
from agents.pm.reader.remarks import Remarks
from agents.pm.reader.rules import Match, match_rule, set_type, type_rule
from agents.pm.reader.types import guess, stated_list
from agents.pm.reader.words import (
    APP_ADJECTIVES,
    APP_NOUNS,
    DETERMINERS,
    FILLER,
    HAS_VERBS,
    MAKE_VERBS,
    QUANTIFIERS,
    RESOURCE_LEADS,
    WELL_KNOWN,
)
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType


class Asides(Remarks):
    """Tells names from wrapping."""

    def _says_rule(self, start: int, end: int) -> bool:
        """`the ISBN has exactly 13 digits`, `authors are optional`, of something that is not known yet."""
        tokens, i = self.ledger.tokens, start
        while i < end and tokens[i].low in ("the", "its", "their"):
            i += 1
        j = self.fields.name_end(i, end)
        if (
            j == i
            or j >= end
            or tokens[i].low in _ACTORS
            or not (tokens[j].low in _SAYS or self._terse(i, j, end))
            or any(self.masked[start:end])
        ):
            return False
        if self.draft.lookup(self.ledger.text(i, j)) is not None or self._field_place(i, j, end) is not None:
            return False
        several = (
            i == start > 0
            and tokens[start - 1].text == "."
            and is_plural(slug(tokens[j - 1].low))
            and bool(self.current and self.current.fields)
        )
        if several or self._spoken_short(i, j, end) is not None:
            return False
        if tokens[j].low not in _SAYS:
            return True
        k = j
        while k < min(end, j + 4) and tokens[k].low in (*_SAYS, "be", "an", "a"):
            if match_rule(self.ledger, k, end, typed=False):
                return True
            k += 1
        return match_rule(self.ledger, k, end, typed=True) is not None

    def _terse(self, i: int, j: int, end: int) -> bool:
        """`Description optional.`, `Status: open/closed, open by default.` about what was named last."""
        k = j + (self.ledger.tokens[j].text == ":")
        if (
            resource_name(self.ledger.text(i, j)) in WELL_KNOWN
            or self.current is None
            or j - i > 3
            or is_plural(slug(self.ledger.tokens[j - 1].low))
            or k >= end
        ):
            return False
        rule = match_rule(self.ledger, k, end, typed=k > j)
        return (rule is not None and rule.kind in _TERSE) or (
            k > j and self.ledger.tokens[k + 1 : k + 2] != [] and self.ledger.tokens[k + 1].text in "/|"
        )

    def _wished(self, start: int, end: int) -> bool:
        """`Optional are a link and a photo`, `Required: name, e-mail`: the rule, then what it is for."""
        tokens, resource, i = self.ledger.tokens, self.current, start + 1
        if resource is None or start + 2 >= end or tokens[start].low not in ("optional", "required", "mandatory"):
            return False
        while i < end and tokens[i].low in ("fields", "field", "is", "are", ":", "attributes"):
            i += 1
        if tokens[i - 1].low not in ("is", "are", ":"):
            return False
        batch: list[FieldDraft] = []
        while i < end:
            after = i + 1 if tokens[i].low in (",", "and", "a", "an", "the") else 0
            after = after or self.fields.item(resource, i, end, batch)
            if after == i:
                break
            i = after
        for field in batch:
            field.required = tokens[start].low != "optional"
        self.ledger.use(start, start + bool(batch))
        return bool(batch)

    def _of_it(self, start: int, end: int) -> bool:
        """`It starts as created.`, `It must be unique.`: of the field that was named last."""
        tokens, resource = self.ledger.tokens, self.current
        if resource is not None and tokens[start].low == "initial" and self._starts_as(resource, start, end):
            return True
        if resource is None or not resource.fields or tokens[start].low not in ("it", "default") or end - start > 9:
            return False
        k = start + (tokens[start].low == "it")
        while k < end and tokens[k].low in ("must", "is", "should", "be", "has", "to", "may", "always"):
            if match_rule(self.ledger, k, end, typed=False):
                break
            k += 1
        rule = match_rule(self.ledger, k, end, typed=False) if k < end else None
        if rule is None or rule.end != end or any(self.masked[start:end]):
            return False
        rule.apply(resource.fields[-1])
        self.ledger.use(start, end)
        return True

    def _starts_as(self, resource: ResourceDraft, start: int, end: int) -> bool:
        """`initial status stored`, `initial status is stored`: the default of a choice that was named."""
        field = resource.find(self.ledger.tokens[start + 1].low) if start + 2 < end else None
        said = self.ledger.text(start + 2, end).lower().removeprefix("is ").removeprefix("= ")
        if field is None or said not in [choice.lower() for choice in field.choices]:
            return False
        field.default = said
        self.ledger.use(start, end)
        return True

    def _there_is(self, start: int, end: int) -> bool:
        """`there's also a rating from 1 to 5`: a field of what was described."""
        tokens, k = self.ledger.tokens, start
        while k < end and tokens[k].low in ("there's", "there", "is", "are", "also"):
            k += 1
        told = k > start and tokens[start].low in ("there's", "there") and k < end and tokens[k].low in ("a", "an")
        if not told or self.current is None or not self.current.fields:
            return False
        self.ledger.use(start, k)
        return self.fields.read(self.current, k, end) > k

    def _these_are(self, start: int, end: int) -> bool:
        """`ingredients and steps are lists`, of fields that were not named before: fields of that type."""
        tokens, resource = self.ledger.tokens, self.current
        verb = next((k for k in range(start, end) if tokens[k].low == "are"), 0)
        rule = type_rule(self.ledger, end - 1, end) if verb == end - 2 and verb > start else None
        if resource is None or not resource.fields or any(self.masked[start:end]):
            return False
        listed = verb == end - 2 and tokens[end - 1].low in ("lists", "arrays")
        names, k = list[tuple[int, int]](), start
        while (rule or listed) and k < verb:
            stop = self.fields.name_end(k, verb)
            if stop == k or self.draft.lookup(self.ledger.text(k, stop)) is not None:
                return False
            names.append((k, stop))
            k = stop
            while k < verb and tokens[k].low in (",", "and", "the"):
                k += 1
        for a, b in names:
            field = self.fields.field(resource, a, b)
            if field is not None:
                self._typed(field, rule)
        self.ledger.use(start, end if names else start)
        return bool(names)

    def _typed(self, field: FieldDraft, rule: Match | None) -> None:
        if rule is None:
            set_type(field, stated_list("strings"))
        else:
            rule.apply(field)

    def _named_alone(self, start: int, end: int) -> bool:
        """`customers` between semicolons, of which `a customer` is spoken elsewhere."""
        token = self.ledger.tokens[start] if end == start + 1 else None
        if token is None or not is_plural(token.low) or singular(token.low) not in WELL_KNOWN or self.masked[start]:
            return False
        told = re.search(rf"\ban? {re.escape(singular(token.low))}\b", self.ledger.low) is not None
        return told and bool(self.draft.resources) and self.resource(start, end) is not None

    def _has_one(self, start: int, end: int) -> bool:
        """`has garden` as a part of its own: a flag of what was described."""
        tokens, resource = self.ledger.tokens, self.current
        alone = end == start + 2 and tokens[start].low == "has" and not any(self.masked[start:end])
        if (
            resource is None
            or not resource.fields
            or not alone
            or guess(tokens[start + 1].low).type is not FieldType.TEXT
        ):
            return False
        field = self.fields.field(resource, start, end)
        if field is not None:
            field.type = FieldType.FLAG
            self.ledger.use(start, end)
        return field is not None

    def _bare_fields(self, start: int, end: int) -> bool:
        """`Score 0 to 10, comment (optional), channel` behind a sentence that only named what is stored."""
        tokens, resource = self.ledger.tokens, self.current
        lows = {token.low for token in tokens[start:end]}
        if resource is None or resource.fields or lows & _CLAUSE_VERBS or any(self.masked[start:end]):
            return False
        j = self.fields.name_end(start, end)
        known = j > start and self.draft.lookup(self.ledger.text(start, j)) is not None
        commas = sum(token.text == "," for token in tokens[start:end])
        plain = j > start and j < end and tokens[j].low not in ("is", "are", "can", "must", ":", "-", "(")
        return plain and commas >= 2 and not known and not is_plural(slug(tokens[j - 1].low))

    def _continues(self, statement: Statement, head: ResourceDraft | None) -> bool:
        before = self.ledger.tokens[statement.start - 1].text if statement.start else ""
        if head is None and before == ".":
            return self._says_rule(statement.start, statement.end)
        return head is None and before == ";" and self._field_like(statement.start, statement.end)

    def _field_like(self, start: int, end: int) -> bool:
        """True for a clause after a semicolon that goes on with the fields of the one before."""
        lows = {token.low for token in self.ledger.tokens[start:end]}
        if self._says_rule(start, end) or self._rule_behind_with(start, end):
            return True
        if lows & _CLAUSE_VERBS or self.masked[start] or self.fields.starts_resource(start, end):
            return False
        while start < end and self.ledger.tokens[start].low in DETERMINERS:
            start += 1
        j = self.fields.name_end(start, end)
        if j > start and self._spoken_short(start, j, end) is not None:
            return False
        if j < end - 1 and self.ledger.tokens[j].low in ("is", "are") and type_rule(self.ledger, j + 1, end):
            return True
        named = j > start and resource_name(self.ledger.text(start, j)) in self.draft.resources
        if named and j < end and self.ledger.tokens[j].low in ("is", "are", "can", "must"):
            return False
        if j < end and self.ledger.tokens[j].text == "(" and self.fields.field_bracket(j, end):
            return False
        return (
            not (j < end and self.ledger.tokens[j].text == ":") and not is_plural(slug(self.ledger.tokens[j - 1].low))
        ) or j - start > 1

    def _rule_behind_with(self, start: int, end: int) -> bool:
        """`unit price with two decimals`, `code with 8 characters`: one field and its rule."""
        j = self.fields.name_end(start, end)
        told = start < j < end and self.ledger.tokens[j].low == "with"
        return told and (rule := match_rule(self.ledger, j, end, typed=False)) is not None and rule.end == end

    def _described(self, low: str) -> bool:
        return is_plural(low) and (low in self.described or singular(low) in self.described)

    def _spoken_of(self, low: str) -> bool:
        return any(token.low == low for token in self.ledger.tokens)

    def _leads(self, i: int, j: int) -> bool:
        """True for wrapping words that look like a name: `build`, `api`, `users` in `users can create`."""
        tokens = self.ledger.tokens
        low = tokens[i].low
        before = tokens[i - 1].low if i > 0 else ""
        if low in _VERB_NOUNS and (before in ("a", "an", "each", "every") or self._described(low)) and before != "to":
            return False
        if (
            low in ("columns", "fields", "tables", "properties")
            and j < len(tokens)
            and (
                tokens[j].low in ("have", "belong")
                or ((low != "fields" or any(t.low == "field" for t in tokens)) and tokens[j].text == "(")
                or (low == "properties" and tokens[j].low == "with")
            )
        ):
            return False
        singled = before in ("a", "an", "each", "every") and j == i + 1 and j < len(tokens)
        if low in _DATA_NOUNS and singled:
            has = tokens[j].low in ("has", "have") and low in ("table", "server", "site", "model")
            if tokens[j].text == ":" or has:
                return False
        if (
            low in MAKE_VERBS
            and j == i + 1
            and j < len(tokens)
            and tokens[j].text == "("
            and self._spoken_of(plural(low))
        ):
            return False
        if low == "help" and j > i + 1 and tokens[i + 1].low == "desk":
            return False
        if j == i + 2 and (low, singular(tokens[i + 1].low)) in _COMPOUNDS:
            return False
        if low in RESOURCE_LEADS or low in QUANTIFIERS:
            return True
        if low in APP_ADJECTIVES:
            return True
        if (
            low in _DATA_NOUNS
            and j < len(tokens)
            and tokens[j].low in (*HAS_VERBS, "belong", "belongs")
            and tokens[j].low != "with"
        ):
            return False
        listed = j < len(tokens) and (tokens[j].text == "(" or (tokens[j].text == ":" and low in _OFFERED))
        if low in _DATA_NOUNS and is_plural(low) and listed:
            return False
        if (
            low == "applications"
            and low in self.described
            and j < len(tokens)
            and tokens[j].low in ("are", "have", "belong")
        ):
            return False
        if low == "etc" and j < len(tokens) and tokens[j].low in HAS_VERBS:
            return False
        if low in ("tools", "programs", "services") and low in self.described:
            return False
        return low in FILLER and low not in ("list",) and low not in WELL_KNOWN and singular(low) not in WELL_KNOWN

    def _possessive(self, i: int, j: int, end: int) -> bool:
        """`kids'` in `kids' vaccinations: ...`, of whom nothing is stored."""
        tokens = self.ledger.tokens
        if j + 1 >= end or tokens[j].text not in "'’" or tokens[j].start != tokens[j - 1].end:
            return False
        self.ledger.use(i, j + 1)
        self.draft.assume(f"Of {self.ledger.text(i, j)} nothing is stored but what is said of {tokens[j + 1].text}.")
        return True

    def _only_shown(self, i: int, j: int, at: int, end: int) -> bool:
        """`lists have 10 per page` speaks of what is shown, not of lists to store."""
        shown = at < end and self.masked[at] and self.ledger.text(i, j).lower() in _SHOWN
        self.ledger.use(i, j if shown else i)
        return shown

    def _past_masked(self, k: int, end: int) -> int:
        """The colon behind `with accounts` in `notes API with accounts: title`; `k` where none follows."""
        at = k
        while at < end and self.masked[at]:
            at += 1
        return at if at < end and self.ledger.tokens[at].text == ":" else k

    def _past_app(self, k: int, end: int) -> int:
        """The colon behind `through an API` in `my games through an API: name`; 0 where none follows."""
        at = k
        while at < end and self.ledger.tokens[at].low in DETERMINERS | APP_ADJECTIVES | APP_NOUNS:
            at += 1
        return at if k < at < end and self.ledger.tokens[at].text == ":" else 0

    def _past_clause(self, k: int, end: int) -> int:
        """The colon, bracket or `with` behind `I pay for` in `subscriptions I pay for: ...`; 0 where none is near."""
        tokens = self.ledger.tokens
        for at in range(k + 2, min(end, k + 7)):
            if tokens[at].text in (":", "(") or tokens[at].low == "with":
                return at
            if tokens[at].kind != "word":
                break
        return 0

    def _ended(self, k: int, end: int) -> bool:
        """True where nothing but `please` and the like follows."""
        return all(
            self.ledger.tokens[index].low in ("pls", "please", "thanks", "thx", "ty", "!") for index in range(k, end)
        )


_ACTORS = word_set("users user people anyone everyone admins admin they it this that")
_SAYS = word_set("has have is are must may can should cannot can't")
_SHOWN = word_set("lists list results responses collections everything")
_OFFERED = word_set("services tools programs websites properties records")
_TERSE = word_set("required optional unique range min max enum default future past type")
_CLAUSE_VERBS = word_set("has have having with belongs belong can users user each every")

_VERB_NOUNS = word_set("run runs track tracks record records store stores log logs list lists")

_COMPOUNDS = {("log", "entry"), ("record", "label"), ("track", "record"), ("design", "document")}
_DATA_NOUNS = word_set(
    """
    set sets
    applications
    tool tools system systems app apps website websites site sites server servers database databases platforms
    table tables list lists model models project projects program programs record records property properties
    service services
    """
)
