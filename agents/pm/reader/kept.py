"""What may not be deleted: `a car cannot be deleted while it has rentals`, which references see to by themselves."""

# ruff: noqa: E501 (phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import Draft
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger

_NAME = r"[a-z][\w-]{0,40}(?: [a-z][\w-]{0,40})?"
_KEPT = re.compile(
    rf"(?<![\w-])(?:an? |the |no |each )?(?P<one>{_NAME}) (?:(?:can|must|may|should)(?: not|never)|cannot|can't|mustn't|can|may) be "
    r"(?:deleted|removed) (?:while|if|when|as long as|so long as|once) "
    rf"(?:(?:it|they) (?:still )?(?:has|have)|there (?:are|is)(?: still)?|it is (?:still )?(?:used|referenced) (?:by|in))"
    rf"(?: any| some| an?| at least one)? (?P<other>{_NAME}?)(?: (?:for|of|in|on|with) it| left)?(?=\s*(?:$|[.;,]|and\b))"
)
NOT_MADE = "only what other rows refer to is kept from being deleted"


def scan_kept(ledger: Ledger, draft: Draft, masked: list[bool], part: Statement) -> None:
    """Note each such sentence; whether a reference is there is known when everything was read."""
    for found in _KEPT.finditer(ledger.low, ledger.tokens[part.start].start, ledger.tokens[part.end - 1].end):
        a, b = token_at(ledger, found.start()), token_at(ledger, found.end())
        if not any(masked[a:b]) and ("not" in found[0] or "n't" in found[0] or found[0].startswith("no ")):
            draft.kept.append((found["one"], found["other"], a, b))
            ledger.use(a, b)
            masked[a:b] = [True] * (b - a)


def place_kept(draft: Draft, ledger: Ledger) -> None:
    """An assumption for each that a reference keeps; the others are told."""
    for one, other, a, b in draft.kept:
        kept, child = draft.lookup(one), draft.lookup(other)
        if kept is None or child is None or kept.name not in {field.target for field in child.fields}:
            ledger.refuse(a, b, NOT_MADE)
            continue
        draft.assume(f"A {kept.name} that a {child.name} refers to cannot be deleted (409).")
