"""What people do to things: `a member can borrow books, each loan has a due date`; a loan points to both."""

from __future__ import annotations

import re

from agents.pm.reader.draft import Draft, FieldDraft, Relation, ResourceDraft, resource_name
from agents.pm.reader.holding import Holding
from agents.pm.reader.names import plural
from agents.pm.reader.text import Ledger
from agents.pm.reader.words import DETERMINERS, QUANTIFIERS, WELL_KNOWN
from memory.records.spec import FieldType

ROWS = {
    "borrow": ("loan", "borrowing", "lending"),
    "rent": ("rental",),
    "hire": ("hire", "rental"),
    "book": ("booking", "reservation"),
    "reserve": ("reservation", "booking"),
    "order": ("order",),
    "buy": ("purchase", "order", "sale"),
    "purchase": ("purchase", "order"),
    "enrol": ("enrolment", "enrollment"),
    "enroll": ("enrolment", "enrollment"),
    "subscribe": ("subscription",),
    "apply": ("application",),
    "register": ("registration",),
    "bid": ("bid",),
    "vote": ("vote",),
    "attend": ("attendance",),
    "visit": ("visit",),
    "adopt": ("adoption",),
    "donate": ("donation",),
}


class Deeds(Holding):
    """Reads a deed whose rows are described under their own name."""

    def _deed(self, i: int, j: int, k: int, end: int) -> int:
        """The end of `a member can borrow books`, where loans are described; 0 where that does not stand."""
        tokens = self.ledger.tokens
        rows = ROWS.get(tokens[k + 1].low, ()) if k + 2 < end else ()
        row = next((name for name in rows if {name, plural(name)} & self.described), "")
        at = k + 2
        while row and at < end and tokens[at].low in DETERMINERS | QUANTIFIERS | {"for", "in", "to", "on"}:
            at += 1
        stop = self.fields.name_end(at, end) if row and at < end else at
        thing, who = self._known_thing(at, stop) if stop > at else "", self._known_thing(i, j)
        if not thing or row in (thing, who) or any(self.masked[i:stop]):
            return 0
        for name in (who or self._named_later(i, j), thing):
            if name and not self.draft.is_account(name):
                self.draft.relations.append(Relation(row, name, at, stop))
        self.ledger.use(i, stop)
        return stop

    def _is_of(self, i: int, j: int, k: int, end: int) -> int:
        """The end of `a show is a movie in a hall at a start time with a price`; 0 where that does not stand."""
        tokens = self.ledger.tokens
        if k + 2 >= end or tokens[k].low != "is" or tokens[k + 1].low not in ("a", "an", "one"):
            return 0
        stop = self.fields.name_end(k + 2, end)
        kind = self.draft.lookup(self.ledger.text(k + 2, stop)) if stop > k + 2 else None
        where = (
            stop + 1 < end
            and tokens[stop].low in ("in", "at", "on", "by", "for")
            and tokens[stop + 1].low in ("a", "an")
        )
        if kind is None or not where or resource_name(self.ledger.text(i, j)) == kind.name or any(self.masked[i:stop]):
            return 0
        made = self.resource(i, j)
        if made is None:
            return 0
        self.draft.relations.append(Relation(made.name, kind.name, k + 2, stop))
        self.ledger.use(k, stop)
        stop = self._further(made, stop, end)
        return self.fields.read(made, stop, end)

    def _does(self, i: int, j: int, k: int, end: int) -> int:
        """The end of `a player registers for a tournament with a date`, where registrations are spoken of."""
        tokens = self.ledger.tokens
        rows = ROWS.get(tokens[k].low.removesuffix("s"), ()) if tokens[k].low.endswith("s") and k + 2 < end else ()
        row = next((name for name in rows if re.search(rf"\b{plural(name)}\b", self.ledger.low)), "")
        at = k + 1 + (tokens[k + 1].low in ("for", "in", "to", "on")) if row else k
        if not row or tokens[at].low not in ("a", "an", "one"):
            return 0
        stop = self.fields.name_end(at + 1, end)
        who, thing = self._known_thing(i, j), self._known_thing(at + 1, stop) if stop > at + 1 else ""
        if not who or not thing or row in (who, thing) or any(self.masked[i:stop]):
            return 0
        for name in (who, thing):
            if not self.draft.is_account(name):
                self.draft.relations.append(Relation(row, name, at + 1, stop))
        self.ledger.use(i, stop)
        made = self.draft.resources.setdefault(row, ResourceDraft(row, plural(row), i, j))
        return self.fields.read(made, stop, end)

    def _named_later(self, i: int, j: int) -> str:
        """The borrower where rows of the deed are said to have one: `a loan: tool, member`."""
        name = resource_name(self.ledger.text(i, j))
        told = re.search(rf"[:,(] ?(?:an? |the )?{re.escape(name)} ?[,.;)]", self.ledger.low)
        return name if name in WELL_KNOWN and told else ""


def deed_once(draft: Draft, ledger: Ledger, phrases: list[str], start: int, end: int) -> bool:
    """`a participant can book a course only once`: a booking points to both, and both together are unique."""
    rows = [name for token in ledger.tokens[start:end] for name in ROWS.get(token.low, ())]
    row = next((draft.resources[name] for name in rows if name in draft.resources), None)
    sides = [draft.lookup(phrase) for phrase in phrases]
    if row is None or len(sides) != 2 or None in sides or row in sides:
        return False
    for side in (side for side in sides if side is not None):
        if row.find(f"{side.name}_id") is None:
            kind = FieldType.REFERENCE
            row.fields.append(FieldDraft(f"{side.name}_id", side.label, start, end, kind, True, target=side.name))
    row.unique_together.append(([f"{side.name}_id" for side in sides if side is not None], start, end))
    return True
