"""What a resource holds: `a book must have`, `each habit has check-ins with`, `comments on posts`."""

from __future__ import annotations

import itertools
import re

from agents.pm.reader.asides import Asides
from agents.pm.reader.draft import SHARED, Relation, ResourceDraft, resource_name
from agents.pm.reader.names import is_plural, plural, singular, slug
from agents.pm.reader.places import MANY
from agents.pm.reader.spans import token_at
from agents.pm.reader.types import guess
from agents.pm.reader.words import DETERMINERS, HAS_VERBS, QUANTIFIERS, RESOURCE_LEADS, WELL_KNOWN
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType


class Holding(Asides):
    """Reads fields and children into a resource that is known."""

    def _lists_things(self, j: int, at: int, end: int) -> bool:
        """`household budgets: incomes and expenses.`, which are described further on."""
        tokens, count, unknown = self.ledger.tokens, 0, 0
        while at < end:
            stop = self.fields.name_end(at, end)
            if stop == at or not is_plural(tokens[stop - 1].low):
                return False
            unknown += not self._described(tokens[stop - 1].low)
            at, count = stop, count + 1
            while at < end and tokens[at].low in (",", "and"):
                at += 1
        head = singular(tokens[j - 1].low)
        return count > 1 and unknown < min(2, count - 1) and sum(singular(token.low) == head for token in tokens) == 1

    def _heads(self, k: int, end: int) -> bool:
        """True for the colon or bracket of `plants: plant (name, species)`, not for that of `codes: code (unique)`."""
        text = self.ledger.tokens[k].text
        return text == ":" or (text == "(" and self.fields.field_bracket(k, end))

    def _several(self, low: str) -> bool:
        """True for a plural, and for what has none: `feedback`."""
        return is_plural(slug(low)) or low in _UNCOUNTED

    def _for_them_to(self, i: int, j: int, k: int) -> int:
        """Past `for freelancers to manage`, of whom nothing is stored; 0 where they are described."""
        if i == 0 or self.ledger.tokens[i - 1].low != "for" or self._known_thing(i, j):
            return 0
        self._scene(i, k + 2)
        return k + 2

    def _makes(self, i: int, j: int, k: int, end: int) -> int:
        """`a customer can place orders`, both described: an order points to its customer."""
        tokens, owner = self.ledger.tokens, self.draft.lookup(self.ledger.text(i, j))
        who = (
            owner is None
            and not self._described(tokens[j - 1].low)
            and not self.draft.is_account(resource_name(self.ledger.text(i, j)))
        )
        if who and k + 2 < end and tokens[k + 1].low in _MAKING and self._described(tokens[k + 2].low):
            stop = self.fields.name_end(k + 2, end)
            self._scene(i, k + 2)
            self.ledger.use(k + 2, stop)
            return stop
        stop = self.fields.name_end(k + 2, end) if k + 2 < end else k + 2
        does = k + 2 < stop < end and tokens[stop].text == ":" and owner is None and tokens[k + 1].low not in HAS_VERBS
        if does and self._known_thing(k + 2, stop):
            self._scene(i, stop)
            return stop + 1
        if owner is None or self.draft.is_account(owner.name) or k + 2 >= end or tokens[k + 1].low not in _MAKING:
            return 0
        at = k + 2 + (tokens[k + 2].low in QUANTIFIERS)
        stop = self.fields.name_end(at, end)
        if stop == at or not is_plural(tokens[stop - 1].low) or not self._described(tokens[stop - 1].low):
            return 0
        child = resource_name(self.ledger.text(at, stop))
        self.draft.relations.append(Relation(child, owner.name, at, stop, many=True))
        if tokens[stop - 1].low in SHARED - {"ingredients"}:
            self.draft.relations.append(Relation(owner.name, child, at, stop, many=True))
        self.ledger.use(i, stop)
        return stop

    def _own_many(self, i: int, end: int) -> int:
        return self._many(self.current.name, i, end) if self.current is not None else 0

    def _many(self, subject: str, i: int, end: int) -> int:
        """`has many tags` after a subject: the other side points to it."""
        tokens = self.ledger.tokens
        found = MANY.match(self.ledger.low, tokens[i].start, tokens[end - 1].end)
        if found is None:
            return 0
        k = i
        while k < end and tokens[k].start < found.end():
            k += 1
        first, j = k, self.fields.name_end(k, end)
        if j == k:
            return 0
        name = resource_name(self.ledger.text(k, j))
        if "list of" in found[0] and name not in self.draft.resources:
            return 0
        while True:
            self.draft.relations.append(Relation(name, subject, k, j, required=True, many=True))
            chosen = re.search(r" a (?!list|number)[a-z-]+ of ", found[0])
            if found[0].startswith("belong") or chosen or tokens[j - 1].low in SHARED - {"ingredients"}:
                self.draft.relations.append(Relation(subject, name, k, j, required=True, many=True))
            self.ledger.use(i, j)
            close = self.fields.closing(j, end) if j < end and tokens[j].text == "(" else j
            listed = "," in {token.text for token in tokens[j:close]} or (
                close > j and self.fields.field_bracket(j, end)
            )
            if listed and (made := self.resource(k, j)):
                self._nested(made, j + 1, close)
                j = min(close + 1, end)
            k = j
            while k < end and tokens[k].low in (",", "and", "many", "multiple", "several"):
                k += 1
            stop = self.fields.name_end(k, end)
            if k == j or stop == k or tokens[k - 1].low not in ("many", "multiple", "several"):
                if j < end and tokens[j].low in ("with", "having") and (child := self.resource(first, j)):
                    return self.fields.read(child, j + 1, end)
                return j
            self.ledger.use(j, k)
            name, i, first, j = resource_name(self.ledger.text(k, stop)), k, k, stop

    def _are_put(self, i: int, j: int, k: int, end: int) -> int:
        """`cards are grouped in boxes`, both described: a card points to its box; `tagged with tags`: many of both."""
        tokens = self.ledger.tokens
        lows = [token.low for token in tokens[k : min(end, k + 3)]]
        told = len(lows) == 3 and lows[0] in ("is", "are") and lows[1].endswith(("ed", "en", "pt", "ld"))
        if not told or lows[2] not in ("in", "into", "by", "under", "with", "to", "on", "at"):
            return 0
        stop = self.fields.name_end(k + 3, end)
        left, right = self._known_thing(i, j), self._known_thing(k + 3, stop) if stop > k + 3 else ""
        if not left or not right or left == right or not is_plural(tokens[stop - 1].low):
            return 0
        many = tokens[stop - 1].low in SHARED
        self.draft.relations.append(Relation(left, right, k + 3, stop, many=many))
        if many:
            self.draft.relations.append(Relation(right, left, k + 3, stop, many=True))
        self.ledger.use(i, stop)
        return self.fields.aimed_at([Relation(left, right, k + 3, stop)], stop, end)

    def _scene_before_colon(self, i: int, k: int, end: int) -> int:
        """The colon of `requests from tenants: ...`, where tenants are spoken of nowhere else; 0 without one."""
        tokens, first = self.ledger.tokens, k + 1
        while first < end and tokens[first].low in DETERMINERS:
            first += 1
        stop = self.fields.name_end(first, end) if i == 0 or tokens[i - 1].low in RESOURCE_LEADS | {"a"} else first
        if not first < stop < end or tokens[stop].text != ":" or not is_plural(slug(tokens[k - 1].low)):
            return 0
        word, rest = singular(tokens[stop - 1].low), itertools.pairwise(tokens)
        told = (":", "(", "has", "have", "belong", "belongs", "with")
        once = sum(singular(token.low) == word and after.low in told for token, after in rest) == 1
        more = self.fields.name_end(stop + 1, end) if stop + 1 < end else stop + 1
        return stop if once and tokens[k - 1].low not in _SETS and more < end and tokens[more].text in ",(" else 0

    def _deals(self, i: int, j: int, k: int, end: int) -> int:
        """`tenants rent exactly one apartment and have a name`: a reference, then fields; 0 without it."""
        if not is_plural(self.ledger.tokens[j - 1].low):
            return 0
        words = self.ledger.text(i, j)
        owner = self.draft.lookup(words) or ResourceDraft(resource_name(words), words, i, j)
        stop = self.fields.deals_with_one(owner, k, end)
        if not stop:
            return 0
        self.current = self.draft.resources.setdefault(owner.name, owner)
        self.ledger.use(i, j)
        return self.fields.read(owner, stop, end)

    def _where_it(self, j: int, k: int, end: int) -> int:
        """The `has` of `cars, where a car has`; 0 where that does not stand."""
        tokens = self.ledger.tokens
        if k + 4 >= end or tokens[k + 2].low not in ("a", "an", "each", "every") or tokens[k + 4].low not in HAS_VERBS:
            return 0
        if resource_name(tokens[k + 3].low) != resource_name(tokens[j - 1].low):
            return 0
        self.ledger.use(k + 3, k + 4)
        return k + 4

    def _further(self, resource: ResourceDraft, k: int, end: int) -> int:
        """`by a member on a date` behind `bookings of a desk`."""
        tokens = self.ledger.tokens
        while k + 2 < end and not self.masked[k] and tokens[k].low in _FURTHER:
            at = k + 1 + (tokens[k + 1].low in ("a", "an"))
            both = [token.low for token in tokens[at : min(end, at + 3)]] == ["date", "and", "time"]
            stop = at + 3 if both else self.fields.name_end(at, end)
            name = resource_name(self.ledger.text(at, stop)) if stop > at else ""
            if not name or (at == k + 1 and not self._whom(k, stop, end)):
                break
            spoken = guess(name).type is FieldType.TEXT and {name, plural(name)} & self.described
            known = name in self.draft.resources or name in WELL_KNOWN or spoken
            if tokens[k].low == "with" and (not known or (stop < end and tokens[stop].low in (",", "and"))):
                break
            if known or at == k + 1:
                self.draft.relations.append(Relation(resource.name, name, at, stop))
            elif (not both and guess(name).type is FieldType.TEXT) or self.fields.field(resource, at, stop) is None:
                break
            self.ledger.use(k, stop)
            k = stop
        return k

    def _whom(self, k: int, stop: int, end: int) -> bool:
        """True for `to members` behind `loans of books`, where the fields of the loans or nothing follows."""
        tokens = self.ledger.tokens
        many = tokens[k].low in ("to", "by", "from", "for") and is_plural(tokens[stop - 1].low)
        after = tokens[stop].low if stop < end else "."
        plain = many and guess(resource_name(self.ledger.text(k + 1, stop))).type is FieldType.TEXT
        return plain and (after in _THEN or after in HAS_VERBS)

    def _begins(self, i: int) -> bool:
        tokens = self.ledger.tokens
        return i == 0 or tokens[i - 1].text in ".;" or (i == 1 and tokens[0].low in ("the", "our", "my"))

    def _to_or_from(self, start: int, end: int) -> bool:
        """`To date must be after from date`: a name that begins with a word that else never begins one."""
        lows = [token.low for token in self.ledger.tokens[start : min(end, start + 3)]]
        return (
            len(lows) == 3 and lows[0] in ("to", "from") and lows[1] in ("date", "time") and lows[2] in ("must", "is")
        )

    def _told_to_store(self, i: int, j: int, k: int, end: int) -> int:
        """Past `Hotel staff should be able to record`, of whom nothing is stored; 0 where that does not stand."""
        tokens = self.ledger.tokens
        told = _TO_STORE.match(self.ledger.low, tokens[k].start, tokens[end - 1].end) if k < end else None
        if told is None or any(self.masked[i:k]):
            return 0
        stop = token_at(self.ledger, told.end())
        self.ledger.use(i, stop)
        self.draft.assume(f"{self.ledger.text(i, j)!r} says who uses it; nothing of that name is stored.")
        return stop

    def _obliged(self, resource: ResourceDraft, i: int, end: int) -> int:
        """`a book must have a title and an author`: both are required."""
        stop = self.fields.read(resource, i, end)
        read = [field for field in resource.fields if i <= field.start < stop]
        if not any(field.required is False or field.unique or field.default is not None for field in read):
            for field in read:
                field.required = True
        return stop

    def _children(self, resource: ResourceDraft, at: int, end: int) -> None:
        """`each habit has check-ins with a date`: a check-in points to its habit."""
        stop = self.fields.name_end(at, end)
        if stop > at and is_plural(slug(self.ledger.tokens[stop - 1].low)) and self.fields.starts_resource(at, end):
            child = resource_name(self.ledger.text(at, stop))
            self.draft.relations.append(Relation(child, resource.name, at, stop))

    def _nested(self, resource: ResourceDraft, i: int, end: int) -> None:
        while i < end:
            i = max(self.fields.read(resource, i, end), i + 1)

    def _on(self, resource: ResourceDraft | None, k: int, end: int) -> int:
        """`comments on posts`, `reviews for products`, then fields of the first."""
        tokens = self.ledger.tokens
        if resource is None or k >= end or self.masked[k] or tokens[k].low not in ("on", "for", "of", "in", "about"):
            return k
        at = k + 1
        while at < end and tokens[at].low in DETERMINERS:
            at += 1
        j = self.fields.name_end(at, end)
        if j == at or tokens[at - 1].low in ("my", "our", "their", "your"):
            return k
        name = resource_name(self.ledger.text(at, j))
        if name not in self.draft.resources and name not in WELL_KNOWN:
            return k
        self.draft.relations.append(Relation(resource.name, name, at, j))
        self.ledger.use(k, j)
        j = self._further(resource, j, end)
        if j < end and not self.masked[j] and (tokens[j].low in ("with", "having") or tokens[j].text in "(:"):
            return self.fields.read(resource, j + 1, end)
        if j + 1 < end and tokens[j].low == "from" and tokens[j + 1].low in ("a", "an", "the"):
            return self.fields.read(resource, j, end)
        return j


_TO_STORE = re.compile(
    r"(?:should|must|need to|needs to|want to|wants to|shall|will|can)(?: be able to)? "
    r"(?:record|store|keep track of|keep|manage|track|log|enter|register|save|maintain) (?=[a-z])"
)
_SETS = word_set("lists collections catalogues sets databases prices")
_FURTHER = word_set("by for to from at on in with")
_THEN = word_set(". , ( : and to by from for")
_MAKING = word_set("place write post submit make create leave add have own")
_UNCOUNTED = word_set(
    "feedback data equipment stock staff music news content medication luggage furniture research homework attendance"
)
