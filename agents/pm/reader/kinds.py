"""Things of other things: `Comments on bugs have text and author`, `loans of books to members with a due date`."""

from __future__ import annotations

from agents.pm.reader.deeds import Deeds
from agents.pm.reader.draft import Relation, resource_name
from agents.pm.reader.names import is_plural
from agents.pm.reader.rules import match_rule
from agents.pm.reader.runs import USUAL
from agents.pm.reader.types import guess
from agents.pm.reader.words import DETERMINERS, WELL_KNOWN
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType


class Kinds(Deeds):
    """Reads a thing that is named together with what it belongs to."""

    def _kind_of(self, i: int, j: int, k: int, end: int) -> int:
        """The end of `Comments on bugs have text`, where a comment points to its bug; 0 where that does not stand."""
        tokens = self.ledger.tokens
        if j != k or tokens[k].low not in _OF or not self._opens(i, j):
            return 0
        at = self._past_determiners(k + 1, end)
        stop = self.fields.name_end(at, end)
        name, parent = resource_name(self.ledger.text(i, j)), self._parent(at, stop)
        has = self._past_whom(stop, end)
        if not parent or not self._is_child(name, parent) or has + 1 >= end or tokens[has].low not in _HAVE:
            return 0
        if any(self.masked[k : has + 1]) or match_rule(self.ledger, has + 1, end, typed=False) is not None:
            return 0
        resource = self.resource(i, j)
        if resource is None:
            return 0
        self.draft.relations.append(Relation(resource.name, parent, at, stop))
        self.ledger.use(k, stop)
        self._further(resource, stop, end)
        return self.fields.read(resource, has + 1, end)

    def _parent(self, i: int, j: int) -> str:
        """Name of the thing that these words name, where it is described or well known."""
        if j <= i:
            return ""
        name = resource_name(self.ledger.text(i, j))
        return self._known_thing(i, j) or (name if name in WELL_KNOWN else "")

    def _is_child(self, name: str, parent: str) -> bool:
        """False for `titles of books have`, which speaks of a field."""
        if name in ("", parent) or name in _NO_CHILD or (name in USUAL and name not in WELL_KNOWN):
            return False
        known = self.draft.resources.get(parent)
        spoken = known is not None and known.find(name) is not None
        return guess(name).type is FieldType.TEXT and (name in self.draft.resources or not spoken)

    def _opens(self, i: int, j: int) -> bool:
        """True for a plural, or a singular behind `a` or `each`, that begins a clause."""
        tokens = self.ledger.tokens
        lead = tokens[i - 1].low if i > 0 else ""
        first = i - (lead in DETERMINERS)
        if not is_plural(tokens[j - 1].low) and lead not in ("a", "an", "each", "every"):
            return False
        before = tokens[first - 1] if first > 0 else None
        broken = before is None or "\n" in self.ledger.source[before.end : tokens[first].start]
        return broken or (before is not None and (before.text in ".;:,-*•" or before.low == "and"))

    def _past_determiners(self, k: int, end: int) -> int:
        while k < end and self.ledger.tokens[k].low in DETERMINERS:
            k += 1
        return k

    def _past_whom(self, k: int, end: int) -> int:
        """Past `to members` in `loans of books to members have`."""
        while k + 1 < end and self.ledger.tokens[k].low in _WHOM:
            at = self._past_determiners(k + 1, end)
            stop = self.fields.name_end(at, end)
            if stop == at:
                break
            k = stop
        return k


_OF = word_set("on of to for about")
_NO_CHILD = word_set(
    """
    list type kind set collection pair group number sort class rest part owner user customer client manager creator
    author maker rule
    """
)
"""Of a thing, these are no others that point to it."""
_WHOM = word_set("to by for from")
_HAVE = word_set("has have contain contains include includes")
