"""Where names begin and end, and whether one introduces a resource or a field."""

from __future__ import annotations

import re

from agents.pm.reader.draft import resource_name
from agents.pm.reader.names import is_plural, plural, singular, slug
from agents.pm.reader.noun_tests import NounTests
from agents.pm.reader.noun_words import (
    ATTENDS,
    DO,
    ENDING,
    ENUM_HEADS,
    FLAGGED,
    FOUND,
    JOINS,
    LINKS,
    LIVES,
    MOMENTS,
    MUST,
    NAMING,
    PARTICIPLES,
    PARTICLES,
    PHRASAL,
    PHRASAL_ENDS,
    POINTS,
    RULE_STARTERS,
    RUNS,
    SPANS,
    STANDING,
    TO,
)
from agents.pm.reader.relations import relation_at
from agents.pm.reader.rules import match_rule, type_rule
from agents.pm.reader.runs import USUAL
from agents.pm.reader.types import STATED, Stated, guess
from agents.pm.reader.words import DETERMINERS, HAS_VERBS, OF_HEADS, QUANTIFIERS, STOP, WELL_KNOWN
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

_HANDED = word_set("lent given sent sold rented addressed shipped delivered loaned handed awarded valid available open")
_NAMES_BEFORE = word_set("is has was in can should needs allows")


class NounReader(NounTests):
    """Finds names among the tokens."""

    def name_end(self, i: int, end: int) -> int:
        """End of the name that begins at token `i`; `i` where none does."""
        tokens, j = self.ledger.tokens, i
        if [token.low for token in tokens[i : min(end, i + 2)]] == ["assigned", "to"]:
            return i + 2 if i + 2 >= end or tokens[i + 2].text in ",;()" else i
        while j < end and not self.masked[j] and j < i + 9:
            token = tokens[j]
            if token.kind == "quoted" or (
                j > i and token.kind == "number" and tokens[j - 1].kind == "word" and not self._lists_numbers(j, end)
            ):
                if j > i and match_rule(self.ledger, j, end, typed=False):
                    break
                j += 1
                if token.kind == "quoted":
                    break
                continue
            if j > i and token.low in ("no", "nr") and self._is_number(j, end):
                dotted = j + 2 < end and tokens[j + 1].text == "." and tokens[j + 1].start == token.end
                j += 1 + dotted
                continue
            if token.kind != "word" or (token.low in STOP and not self._inner_stop(i, j, end)):
                break
            if (
                j > i
                and j + 2 < end
                and tokens[j + 1].low in TO
                and tokens[j + 2].low in ("many", "multiple", "several")
            ):
                break
            if j > i and j + 2 < end and token.low not in STOP:
                ahead = [t.low for t in tokens[j + 1 : j + 4]]
                if ahead[0] in ("many", "multiple", "several") or ahead == ["one", "or", "more"]:
                    break
            if (
                j > i
                and token.low in ATTENDS
                and is_plural(tokens[j - 1].low)
                and j + 1 < end
                and is_plural(tokens[j + 1].low)
            ):
                break
            if j > i and token.low in ("yes", "true") and j + 2 < end and tokens[j + 2].low in ("no", "false"):
                break
            if (
                j > i
                and token.low in DO
                and is_plural(tokens[j - 1].low)
                and j + 1 < end
                and is_plural(tokens[j + 1].low)
            ):
                break
            if j > i and token.low in LIVES and j + 2 < end and tokens[j + 2].low in ("a", "an", "one", "exactly"):
                break
            if (
                j > i
                and token.low in RUNS
                and j + 1 < end
                and tokens[j + 1].kind == "word"
                and tokens[j + 1].low not in HAS_VERBS
                and tokens[j + 1].low not in ("list", "is", "are", "belong", "and", "or")
            ):
                break
            after = tokens[j + 1] if j + 1 < end else None
            if j > i and token.low == "date" and self._and_time(j, end):
                return j + 3
            if j > i and after is not None and token.low in POINTS and after.low == "to":
                break
            if (
                j > i
                and after is not None
                and token.low in JOINS
                and after.low in ("for", "in", "up")
                and is_plural(tokens[j - 1].low)
            ):
                break
            if j > i and after is not None and token.low == "required" and after.low in FLAGGED:
                j += 1
                continue
            if j > i and token.low in ("takes", "take") and j + 1 < end and tokens[j + 1].low == "place":
                break
            if j > i and token.low in LINKS and j + 1 < end and tokens[j + 1].low in ("a", "an", "one", "exactly"):
                break
            joined = j > i and token.low in LINKS and j + 2 < end and tokens[j + 2].low in ("and", "to", "with")
            if joined and self._is_thing(tokens[j + 1].low):
                break
            if j > i and is_plural(tokens[j - 1].low) and [t.low for t in tokens[j + 1 : j + 3]] in _ONE_OF_THEM:
                break
            if j > i and token.low == "whole" and j + 1 < end and tokens[j + 1].low in ("number", "numbers"):
                break
            if j > i and tokens[j - 1].low in ENUM_HEADS and self._choices_ahead(j, end):
                break
            if j > i and j + 1 < end and tokens[j + 1].text in ("/", "|") and tokens[j + 1].start == token.end:
                break
            named = j == i and j + 1 < end and tokens[j + 1].low in ("flag", "boolean")
            if (j > i or token.low in RULE_STARTERS) and not named and match_rule(self.ledger, j, end, typed=False):
                break
            j += 1
        while j > i and tokens[j - 1].low in ("of", "per", "is", "has", "was"):
            j -= 1
        return j

    def _and_time(self, j: int, end: int) -> bool:
        """True for the `date` of `kick-off date and time`, which is one moment."""
        tokens = self.ledger.tokens
        lows = [token.low for token in tokens[j + 1 : min(end, j + 3)]]
        return lows == ["and", "time"] and (j + 3 >= end or tokens[j + 3].text in ",.;()" or tokens[j + 3].low == "and")

    def _inner_stop(self, i: int, j: int, end: int) -> bool:
        """A stop word inside a name: `number of pages`, `price per night`, `is active`, `created at`."""
        tokens = self.ledger.tokens
        low = tokens[j].low
        before = tokens[j - 1].low if j > i else ""
        after = tokens[j + 1] if j + 1 < end else None
        if j == i and low == "a" and after is not None and after.text == ",":
            return True
        if j == i and low == "assigned" and after is not None and after.kind == "word" and after.low not in STOP:
            return True
        if j == i and low == "plus" and after is not None and after.low in ("one", "ones"):
            return j + 2 >= end or tokens[j + 2].text in ",;(" or tokens[j + 2].low in ("yes", "flag", "and")
        if (
            low in PARTICLES
            and j > i
            and (
                (before in PHRASAL and after is not None and after.low in ("date", "time", "day"))
                or (before.endswith("ed") and (after is None or after.text in ",.;()" or after.low in PHRASAL_ENDS))
            )
        ):
            return True
        if low in ("at", "on") and j > i + 1 and before in PARTICLES and _verbal(tokens[j - 2].low):
            return (
                after is None
                or after.text in ",.;()!*"
                or after.low == "and"
                or match_rule(self.ledger, j + 1, end, typed=False) is not None
            )
        if low == "on" and j > i + 1 and tokens[i].low in ("next", "last") and (after is None or after.text in ",.;("):
            return True
        if j == i and low in STANDING and self._stands(i, end):
            return True
        if low in ("until", "till") and j > i and (after is None or after.text in ",.;()" or after.low in ENDING):
            return True
        moment = after is not None and (after.low in MUST or (after.low in MOMENTS and self._ends_after(j + 1, end)))
        if low in ("at", "on", "until") and j > i and moment and _verbal(before):
            return True
        if (
            low == "to"
            and before in _HANDED
            and (after is None or after.text in ",.;()" or after.low in MUST | {"and"})
        ):
            return True
        if low == "to" and before in ("steps", "time") and after is not None:
            return after.kind == "word" and after.low not in STOP and self._ends_after(j + 1, end)
        if low == "of":
            return before in OF_HEADS and after is not None and after.low not in DETERMINERS
        if low == "per":
            return j > i and after is not None and after.kind == "word"
        if low in ("from", "until", "to", "by") and j > i and after is not None and after.low in ("date", "time"):
            return True
        if low in ("from", "until", "to", "till") and before in (
            "valid",
            "available",
            "effective",
            "active",
            "open",
            "free",
        ):
            return True
        if j > i and after is not None and (low, after.low) in (("in", "stock"), ("on", "hand")):
            return True
        if (
            low in ("at", "on", "by", "for")
            and j > i
            and after is not None
            and (after.text == "(" or after.low in STATED or type_rule(self.ledger, j + 1, end) is not None)
        ):
            return _verbal(before)
        if low == "by" and after is not None and after.low == "default":
            return False
        if low == "in" and j > i and after is not None and (before.endswith("ed") or before in FOUND):
            closed = after.kind == "word" and self._ends_after(j + 1, end)
            return closed and after.low not in STOP and not is_plural(after.low)
        if low == "for" and j > i and before in ("scheduled", "planned", "promised", "booked"):
            return after is None or after.text in ",)" or after.low == "and"
        if low == "for" and before in ("goals", "points") and (after is None or after.text in ",)"):
            return True
        ended = after is None or after.text in ",.;()" or after.low in ("and", "list")
        if low in ("need", "needs") and j > i and ended:
            return True
        if (
            low == "by"
            and j > i
            and after is not None
            and after.low in ("name", "email")
            and self._ends_after(j + 1, end)
        ):
            return _verbal(before)
        if low in ("at", "on", "by") and j > i:
            return _verbal(before) and (
                after is None
                or after.text in ",.;)!*-"
                or after.low in ("and", "at", "which", "that", "if", "when")
                or match_rule(self.ledger, j + 1, end, typed=False) is not None
            )
        if low in ("to", "from") and j > i:
            return before in SPANS and (after is None or after.text in ",.;)" or after.low == "and")
        if j == i and low in ("from", "to") and self._way(i, end):
            return True
        if j == i and low in ("from", "to"):
            return after is None or after.text in ",;()" or after.low == "and" or after.low == "date"
        if j == i and low in _NAMES_BEFORE and after is not None and after.kind == "word":
            if low == "in":
                return after.low == "stock"
            if low == "has" and (
                after.low in USUAL or after.low in WELL_KNOWN or guess(after.low) != Stated(FieldType.TEXT)
            ):
                return False
            return (
                after.low not in STOP
                and match_rule(self.ledger, i, end, typed=False) is None
                and not match_rule(self.ledger, i + 1, end, typed=True)
                and not is_plural(after.low)
            )
        return False

    def starts_resource(self, i: int, end: int) -> bool:
        """True where the words from `i` introduce a resource rather than a field."""
        tokens = self.ledger.tokens
        if tokens[i].low in ("each", "every"):
            return True
        if tokens[i].low in ("min", "max", "minimum", "maximum"):
            return False
        j = self.name_end(i, end)
        if j == i or j >= end:
            return False
        after, low = tokens[j], self.ledger.tokens[j].low
        nxt = tokens[j + 1].low if j + 1 < end else ""
        if low in ("belongs", "belong", "reference", "references", *LINKS):
            before = tokens[i - 1].low if i > 0 else ""
            known = low in ("belongs", "belong") or nxt in ("a", "an", "one", "exactly", "to")
            many = rf"(?<![\w-]){re.escape(plural(tokens[j - 1].low))}(?![\w-])"
            spoken = j == i + 1 and (low not in LINKS or nxt != "to") and re.search(many, self.ledger.low) is not None
            known = known or (spoken and self._is_thing(nxt))
            return known and (is_plural(slug(tokens[j - 1].low)) or before in ("a", "an", "the") or spoken)
        if low in ("can", "may") and nxt == "have" and is_plural(slug(tokens[j - 1].low)) and j + 2 < end:
            return tokens[j + 2].low in QUANTIFIERS
        if low in ("have", "has", "having", "contain", "contains") or (
            low in ("that", "which") and nxt in ("have", "has", "contain")
        ):
            return not match_rule(self.ledger, j + 1, end, typed=False) and not match_rule(
                self.ledger, j, end, typed=False
            )
        if low in DO and is_plural(tokens[j - 1].low) and is_plural(nxt):
            return True
        if low in ("who", "which", "that") and is_plural(slug(tokens[j - 1].low)):
            return bool(relation_at(self.ledger, "", j, end, self.name_end)[0])
        if low in ("on", "for", "of", "about", "to", "in") and is_plural(slug(tokens[j - 1].low)):
            at = j + 1 + (nxt in ("a", "an", "one"))
            m = self.name_end(at, end)
            several = m > at and (is_plural(tokens[m - 1].low) or at > j + 1)
            target = self.draft.lookup(self.ledger.text(at, m)) if several else None
            if target is None or m >= end:
                return False
            ruled = match_rule(self.ledger, m + 1, end, typed=False) is not None
            holds = tokens[m].low in ("have", "contain") and not ruled and target.find(tokens[j - 1].low) is None
            return (
                holds or tokens[m].low in ("with", "having", "at", "on", "from", "for", "by") or tokens[m].text in "(:"
            )
        if low == "," and [t.low for t in tokens[j + 1 : j + 3]] in (
            ["where", "a"],
            ["where", "an"],
            ["where", "each"],
        ):
            same = singular(tokens[j + 3].low) == singular(tokens[j - 1].low)
            return same and tokens[j + 4].low in ("has", "have")
        if low == "with":
            rule = match_rule(self.ledger, j, end, typed=False) or match_rule(self.ledger, j + 1, end, typed=False)
            return (rule is None and nxt not in ("a", "an")) or (rule is None and self._entity(i, j))
        if after.text == "(":
            known = is_plural(slug(tokens[j - 1].low)) or resource_name(self.ledger.text(i, j)) in self.draft.resources
            return (known or self._one_of_heads(i, j, end)) and self.field_bracket(j, end)
        if after.text == ":" and tokens[j - 1].low in ENUM_HEADS and self._choices_ahead(j + 1, end):
            return False
        if after.text == ":" and any(t.text in ("/", "|") for t in tokens[j + 1 : min(end, j + 4)]):
            return False
        spaced = after.text in "-–—" and j + 1 < end and tokens[j + 1].start > after.end > tokens[j - 1].end + 1
        known = resource_name(tokens[j - 1].low) in self.draft.resources
        if after.text == ":" or (spaced and (known or is_plural(slug(tokens[j - 1].low)))):
            return j + 1 < end and match_rule(self.ledger, j + 1, end, typed=True) is None and self._entity(i, j)
        return False

    def _one_of_heads(self, i: int, j: int, end: int) -> bool:
        """`patient (name, birth date), vaccine (name, maker)`: two in a row are things, not fields with choices."""
        tokens = self.ledger.tokens
        close = self.closing(j, end)
        inside = {token.low for token in tokens[j + 1 : close]}
        second = close + 2
        if not inside & NAMING or "," not in inside or guess(slug(tokens[j - 1].low)).type is not FieldType.TEXT:
            return False
        if second >= end or tokens[close + 1].low not in (",", "and", ";") or tokens[j - 1].low in ENUM_HEADS:
            return False
        stop = self.name_end(second, end)
        if not second < stop < end:
            return False
        follows = is_plural(slug(tokens[stop - 1].low)) and tokens[stop].low in ("with", "having")
        return follows or (tokens[stop].text == "(" and self.field_bracket(stop, end))

    def field_bracket(self, j: int, end: int) -> bool:
        """True for `(name, email)`: plain names, at least one of which suggests a type or is a usual field."""
        tokens = self.ledger.tokens
        stop = self.closing(j, end)
        names = [t.low for t in tokens[j + 1 : stop] if t.kind == "word"]
        listed = any(t.text == "," for t in tokens[j + 1 : stop])
        if not names or (not listed and any(t.text in ("/", "|") for t in tokens[j + 1 : stop])):
            return False
        rule = match_rule(self.ledger, j + 1, stop, typed=False)
        if rule is not None and (rule.end >= stop or tokens[rule.end].text in ",;"):
            return False
        inside = self.ledger.low[tokens[j].end : tokens[stop].start] if stop < end else ""
        if listed and re.search(r"[a-z] (?:unique|required)\s*(?:,|$)", inside):
            return True
        if rule is not None and (rule.kind == "compare" or (rule.kind == "range" and tokens[j + 1].kind == "number")):
            return False
        stated = type_rule(self.ledger, j + 1, stop)
        if stated is not None and (len(names) <= 2 or stated.end >= stop):
            return False
        return any(name in USUAL or guess(slug(name)).type is not FieldType.TEXT for name in names)


def _verbal(word: str) -> bool:
    """True for `issued`, `departs`, `taken`: with `at` or `on` they name a moment."""
    return word.endswith("ed") or word in PARTICIPLES


_ONE_OF_THEM = (["exactly", "one"], ["only", "one"], ["just", "one"])
