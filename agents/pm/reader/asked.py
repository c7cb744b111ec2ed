"""Fields that are asked for, `how many bottles are left`, and spans: `from an arrival date to a departure date`."""

# ruff: noqa: E501 (phrases stay one a line)
from __future__ import annotations

import re
from decimal import Decimal

from agents.pm.reader.draft import Bound, FieldDraft, ResourceDraft
from agents.pm.reader.making import FieldMaker
from agents.pm.reader.names import slug
from agents.pm.reader.spans import token_at
from agents.pm.reader.types import guess
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType


class AskedFields(FieldMaker):
    """Reads `how` and what is asked by it."""

    def _how(self, resource: ResourceDraft, i: int, end: int, batch: list[FieldDraft]) -> int:
        """Past a field that is asked for, with its rules; 0 where none is."""
        field = self._asked_for(resource, i, end)
        if field is None:
            return 0
        batch.append(field)
        self.ledger.use(i, field.end)
        return self.modifiers(field, field.end, end)

    def _from_to(self, resource: ResourceDraft, i: int, end: int, batch: list[FieldDraft]) -> int:
        """Past `from an arrival date to a departure date`, which are two fields; 0 where no such span stands."""
        tokens, spans, k = self.ledger.tokens, list[tuple[int, int]](), i
        for lead in ("from", "to"):
            k += 1 + (k + 1 < end and tokens[k + 1].low in ("a", "an", "the", "its"))
            if k >= end or lead not in (tokens[k - 1].low, tokens[k - 2].low):
                return 0
            stop = self.name_end(k, end)
            named = stop > k and guess(slug(self.ledger.text(k, stop))).type in _MOMENTS
            if not named or any(self.masked[k:stop]):
                return 0
            spans.append((k, stop))
            k = stop
        for a, b in spans:
            field = FieldDraft(slug(self.ledger.text(a, b)), self.ledger.text(a, b), a, b)
            if resource.find(field.name) is None:
                resource.fields.append(field)
                batch.append(field)
        self.ledger.use(i, k)
        return k

    def _ranged(self, resource: ResourceDraft, i: int, end: int, batch: list[FieldDraft]) -> int:
        """Past `1 to 5 stars` where a field is due: the stars, from 1 to 5; 0 where that does not stand."""
        tokens = self.ledger.tokens
        found = _RANGED.match(self.ledger.low, tokens[i].start, tokens[end - 1].end)
        due = (i > 0 and tokens[i - 1].low in ("has", "have", "with", "gives")) or (
            batch and tokens[i - 1].low == "and"
        )
        name = slug(found["what"]) if found else ""
        if found is None or not due or any(self.masked[i : i + 4]) or resource.find(name) is not None:
            return 0
        low, high = Decimal(found["low"]), Decimal(found["high"])
        stop = token_at(self.ledger, found.end())
        if low >= high:
            return 0
        field = FieldDraft(name, self.ledger.text(i, stop), i, stop, FieldType.INTEGER)
        field.lows.append(Bound(low))
        field.highs.append(Bound(high))
        resource.fields.append(field)
        batch.append(field)
        self.ledger.use(i, stop)
        return self.modifiers(field, stop, end)

    def _short(self, resource: ResourceDraft, i: int, j: int, after: str) -> FieldDraft | None:
        """`departure_date`, of which `departure must be after arrival` speaks; None where it is not one field."""
        name = slug(self.ledger.text(i, j))
        if after not in _MUST or resource.find(name) is not None:
            return None
        longer = [f for f in resource.fields if f.name.startswith(f"{name}_") and guess(f.name).type in _MOMENTS]
        return longer[0] if len(longer) == 1 else None

    def _asked_for(self, resource: ResourceDraft, i: int, end: int) -> FieldDraft | None:
        """The field of `how many bottles are left`, whose `end` is behind it; None where none stands at `i`."""
        tokens = self.ledger.tokens
        if i + 2 >= end or tokens[i].low != "how" or any(self.masked[i : i + 3]):
            return None
        asked = tokens[i + 1].low
        first = self.name_end(i + 2, end) if asked in ("many", "much") and tokens[i + 2].low not in _WHO else i + 2
        stop = self._clause_end(first, end)
        verbs = [token.low for token in tokens[first:stop] if token.low not in _WHO | _BEING]
        name, kind = self._named(asked, slug(self.ledger.text(i + 2, first)) if first > i + 2 else "", verbs)
        if not name or resource.find(name) is not None:
            return None
        field = FieldDraft(name, self.ledger.text(i, stop), i, stop, kind)
        resource.fields.append(field)
        return field

    def _clause_end(self, i: int, end: int) -> int:
        """The end of `are left`, `it needs`, `there are`: a few words up to where the list goes on."""
        tokens, k = self.ledger.tokens, i
        while k < min(end, i + _CLAUSE) and not self.masked[k] and tokens[k].kind == "word" and tokens[k].low != "and":
            k += 1
        ended = k >= end or tokens[k].text in ",;.()" or tokens[k].low == "and"
        return k if ended else i

    def _named(self, asked: str, noun: str, verbs: list[str]) -> tuple[str, FieldType | None]:
        if asked == "many":
            state = next((verb for verb in verbs if verb in _STATES), "")
            return (f"{noun}_{state}" if state else noun), FieldType.INTEGER
        if asked == "much" and noun:
            return noun, guess(noun).type if guess(noun).type is FieldType.MONEY else FieldType.NUMBER
        if asked == "much":
            return next(((_PRICES[verb], FieldType.MONEY) for verb in verbs if verb in _PRICES), ("", None))
        return _MEASURES.get(asked, ("", None))


_MOMENTS = (FieldType.DATE, FieldType.DATETIME, FieldType.TIME)
_RANGED = re.compile(
    r"(?P<low>\d{1,4})\s?(?:to|-|–)\s?(?P<high>\d{1,4}) (?P<what>stars|points|seats|players|guests|persons|rooms|pages|servings)(?![\w-])"
)
_MUST = word_set("must should has cannot can't shall may")
_CLAUSE = 5
_WHO = word_set("i we you it they he she there one")
_BEING = word_set("is are was were has have had do does did still")
_STATES = word_set("left available needed sold missing planned booked taken free remaining")
_PRICES = {
    "cost": "cost", "costs": "cost", "paid": "price_paid", "pay": "price", "owe": "amount_owed", "owes": "amount_owed",
    "spent": "amount_spent", "earned": "amount_earned",
}  # fmt: skip
_MEASURES: dict[str, tuple[str, FieldType | None]] = {
    "long": ("duration", FieldType.INTEGER),
    "old": ("age", FieldType.INTEGER),
    "often": ("frequency", FieldType.TEXT),
    "heavy": ("weight", FieldType.NUMBER),
    "tall": ("height", FieldType.NUMBER),
    "far": ("distance", FieldType.NUMBER),
    "hot": ("temperature", FieldType.NUMBER),
}
