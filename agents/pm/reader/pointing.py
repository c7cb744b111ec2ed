"""Fields that point to a thing, `rents an apartment`, and rules of several: `both at least 0`."""

from __future__ import annotations

from agents.pm.reader.asked import AskedFields
from agents.pm.reader.draft import FieldDraft, Relation, ResourceDraft, resource_name
from agents.pm.reader.names import is_plural
from agents.pm.reader.noun_words import ATTENDS
from agents.pm.reader.rules import match_rule
from agents.pm.reader.types import guess
from agents.pm.reader.words import STOP
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType


class Pointing(AskedFields):
    """Reads what a list of fields says of other things, and of several of its fields at once."""

    def _or_not(self, resource: ResourceDraft, i: int, end: int) -> int:
        """`and are occupied or not`: a flag."""
        tokens = self.ledger.tokens
        lows = [token.low for token in tokens[i : min(end, i + 4)]]
        if lows[:2] in (["can", "be"], ["may", "be"]) and (stop := self._can_be(resource, i + 2, end)):
            return stop
        if len(lows) < 4 or lows[0] != "are" or lows[2] != "or" or lows[3] != "not":
            return 0
        field = self.field(resource, i + 1, i + 2)
        if field is None:
            return 0
        field.type = FieldType.FLAG
        self.ledger.use(i, i + 4)
        return i + 4

    def _can_be(self, resource: ResourceDraft, i: int, end: int) -> int:
        """`and can be occupied`: a flag."""
        tokens, first = self.ledger.tokens, i
        if i + 1 < end and tokens[i].low in ("marked", "set", "flagged"):
            i += 1 + (tokens[i + 1].low in ("as", "to"))
        ended = i + 1 >= end or tokens[i + 1].text in ",(;." or tokens[i + 1].low == "and"
        flag = i < end and (guess(tokens[i].low).type is FieldType.FLAG or tokens[i].low.endswith("ed"))
        field = self.field(resource, i, i + 1) if ended and flag and not self.masked[i] else None
        if field is None or match_rule(self.ledger, first - 2, end, typed=False):
            return 0
        field.type = FieldType.FLAG
        self.ledger.use(first - 2, i + 1)
        return self.modifiers(field, i + 1, end)

    def deals_with_one(self, resource: ResourceDraft, i: int, end: int) -> int:
        """`rent one flat`, `attends exactly one school`, `rents an apartment`, where the last is known."""
        tokens, at = self.ledger.tokens, i + 1
        if at + 1 < end and tokens[i].low.removesuffix("s") in ATTENDS | {"own", "lead", "use", "occupy"}:
            at += tokens[at].low in ("a", "an") and tokens[at + 1].low not in ("list", "lot")
        while at < end and tokens[at].low in ("exactly", "only", "just"):
            at += 1
        if tokens[i].kind != "word" or tokens[i].low in STOP or at >= end:
            return 0
        if tokens[at].low in ("one", "single"):
            at += 1
        elif at == i + 1 or tokens[at - 1].low not in ("a", "an"):
            return 0
        stop = self.name_end(at, end)
        target = self.draft.lookup(self.ledger.text(at, stop)) if stop > at else None
        if target is None:
            return 0
        self.draft.relations.append(Relation(resource.name, target.name, at, stop))
        self.ledger.use(i, stop)
        return stop

    def _held(self, resource: ResourceDraft, start: int, i: int, end: int) -> None:
        """`each order has a date and items with a price`: an item points to its order."""
        tokens = self.ledger.tokens
        stop = self.name_end(i, end)
        before = [token.low for token in tokens[max(0, start - 4) : start]]
        has = bool({"has", "have", "contains", "contain"} & set(before)) and not {".", ";", ":"} & set(before)
        held = has and i > start and tokens[i - 1].low in ("and", ",", "also") and stop + 1 < end
        if held and is_plural(tokens[stop - 1].low) and tokens[stop].low in ("with", "having"):
            self.draft.relations.append(Relation(resource_name(self.ledger.text(i, stop)), resource.name, i, stop))

    def _put_in(self, resource: ResourceDraft, i: int, end: int) -> int:
        """Past `stored in a cabinet` in a list of fields, where cabinets are described; 0 where that does not stand."""
        tokens = self.ledger.tokens
        if i + 3 >= end or not tokens[i].low.endswith(("ed", "pt", "ld", "en")) or tokens[i + 1].low not in _INTO:
            return 0
        stop = self.name_end(i + 3, end)
        ended = stop >= end or tokens[stop].text in ",;." or tokens[stop].low == "and"
        thing = (
            stop == i + 4 and ended and tokens[i + 2].low in ("a", "an", "one") and self._is_thing(tokens[i + 3].low)
        )
        if not thing or any(self.masked[i:stop]):
            return 0
        self.draft.relations.append(Relation(resource.name, resource_name(tokens[i + 3].low), i + 3, stop))
        self.ledger.use(i, stop)
        return stop

    def _shared(self, batch: list[FieldDraft], before: tuple[int, int], *, both: bool) -> None:
        """`home goals and away goals (both at least 0)`: the rules are of the fields before as well."""
        last = batch[-1]
        for field in batch[-2:-1] if both else batch[:-1]:
            field.lows += last.lows[before[0] :]
            field.highs += last.highs[before[1] :]
            field.required = last.required if field.required is None else field.required
            field.unique = field.unique or last.unique
            field.type = field.type or last.type
            field.choices = field.choices or last.choices

    def _shared_with(self, batch: list[FieldDraft], j: int, end: int) -> bool:
        """True for the second of `systolic and diastolic between 40 and 250`, where nothing was said of the first."""
        tokens = self.ledger.tokens
        rule = match_rule(self.ledger, j, end, typed=False) if len(batch) > 1 and j < end else None
        if rule is None or rule.kind != "range":
            return False
        first, last = batch[-2:]
        joined = first.end + 1 == last.start and tokens[first.end].low == "and"
        bare = not (first.lows or first.highs or first.choices or first.pattern or first.type)
        return joined and bare and guess(first.name).type in _NUMERIC


_INTO = word_set("in on at by to from for with")
_NUMERIC = (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)
