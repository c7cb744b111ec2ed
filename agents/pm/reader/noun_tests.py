"""What the words around a name tell of it."""

from __future__ import annotations

import re

from agents.pm.reader.choices import choice_list
from agents.pm.reader.draft import Draft
from agents.pm.reader.names import is_plural, singular, slug
from agents.pm.reader.noun_words import NO_STATE
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import guess
from agents.pm.reader.words import STOP, WELL_KNOWN
from memory.records.spec import FieldType


class NounTests:
    """Looks at the tokens about a name; marks none."""

    def __init__(self, ledger: Ledger, draft: Draft, masked: list[bool]) -> None:
        self.ledger = ledger
        self.draft = draft
        self.masked = masked
        self.run: list[int] = []
        """Ends of the names in a run without commas that is being read; up to `run_end`."""
        self.run_end = 0
        self.choices_at = -1
        """Token where choices were seen right behind a name: `left or right` behind `arm`."""
        self.stops: set[int] = set()
        """Tokens where a resource begins although the words look like a field."""

    def _is_number(self, j: int, end: int) -> bool:
        """`plate no` and `plate no.`, but not `no duplicates`."""
        after = self.ledger.tokens[j + 1] if j + 1 < end else None
        return (
            after is None
            or after.kind == "number"
            or after.text in ".,;)("
            or after.low in ("and", "unique", "required", "optional", "must", "is", "has", "with")
        )

    def _lists_numbers(self, j: int, end: int) -> bool:
        """`0, 7 or 19` and `30/60` are choices, no part of the name before."""
        after = list(self.ledger.tokens[j + 1 : min(end, j + 3)])
        return bool(after) and (
            after[0].text in ("/", "or") or (len(after) == 2 and after[0].text == "," and after[1].kind == "number")
        )

    def _choices_ahead(self, j: int, end: int) -> bool:
        """True where `A, B, AB or O` or `open or closed` begins at `j`, right behind a word like `type`."""
        stop, choices = choice_list(self.ledger, j, end)
        return len(choices) >= 2 and any(token.low == "or" for token in self.ledger.tokens[j:stop])

    def _ends_after(self, j: int, end: int) -> bool:
        return j + 1 >= end or self.ledger.tokens[j + 1].text in ",.;()" or self.ledger.tokens[j + 1].low == "and"

    def _is_thing(self, low: str) -> bool:
        """True for the name of a resource that is described, here or further on."""
        if self.draft.lookup(low) is not None:
            return True
        shown = rf"(?<![\w-]){re.escape(low)}s?(?:\s?:|\s?\((?!\))|\s(?:has|have)\s)"
        return low.isalpha() and re.search(shown, self.ledger.low) is not None

    def _way(self, i: int, end: int) -> bool:
        """True for `from station, to station`: two names that begin with a word that else never begins one."""
        tokens = self.ledger.tokens
        other = {"from": "to", "to": "from"}[tokens[i].low]
        if i + 1 >= end or tokens[i + 1].kind != "word":
            return False
        led = (i > 0 and tokens[i - 1].text in ",:(") or tokens[i - 1].low == "and"
        return (
            led
            and re.search(rf"(?:[,:(]|and)\s*{other} {re.escape(tokens[i + 1].low)}(?![\w-])", self.ledger.low)
            is not None
        )

    def _entity(self, i: int, j: int) -> bool:
        name = slug(self.ledger.text(i, j))
        last = name.rpartition("_")[2]
        return is_plural(last) or singular(last) in WELL_KNOWN or self.draft.lookup(name) is not None

    def closing(self, i: int, end: int) -> int:
        """Index of the bracket that closes the one at `i`, or `end`."""
        depth = 0
        for k in range(i, min(end, i + 400)):
            text = self.ledger.tokens[k].text
            depth += (text in "([") - (text in ")]")
            if depth == 0:
                return k
        return min(end, i + 400)

    def _stands(self, i: int, end: int) -> bool:
        """`on loan`, `in use`, `under repair`: a state of two words between commas."""
        tokens = self.ledger.tokens
        flagged = (
            i + 2 < end and tokens[i + 2].low in ("flag", "boolean", "(") and tokens[i - 1].low in ("a", "an", "and")
        )
        led = i > 0 and (tokens[i - 1].text in (",", "(", ":") or flagged)
        plain = i + 1 < end and tokens[i + 1].kind == "word" and tokens[i + 1].low not in STOP | NO_STATE
        closed = (
            i + 2 >= end or tokens[i + 2].text in ",();" or tokens[i + 2].low in ("and", "flag", "yes", "y") or flagged
        )
        if tokens[i].low == "for" and (not plain or is_plural(tokens[i + 1].low)):
            return False
        return led and plain and closed and guess(tokens[i + 1].low).type in (FieldType.TEXT, FieldType.FLAG)
