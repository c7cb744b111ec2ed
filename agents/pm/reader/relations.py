"""References in words: `belongs to a project`, `linked to customers`, `reference to the book`."""

# ruff: noqa: E501 (phrases stay one a line)
from __future__ import annotations

import re
from collections.abc import Callable

from agents.pm.reader.draft import Relation, resource_name
from agents.pm.reader.rules import match_rule
from agents.pm.reader.spans import limit_of, token_at
from agents.pm.reader.text import Ledger
from agents.pm.reader.types import STATED, guess
from agents.pm.reader.words import QUANTIFIERS, WELL_KNOWN
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType

_ARTICLES = r"(?:(?:exactly |only |at most |just )?(?:one|a|an|the|some|its|their|another|single|zero or one)\s+){0,3}"
_LEAD = re.compile(
    r"(?:(?:which|that|it|they|and|who)\s+){0,3}(?P<may>(?:can|may|might|optionally)\s+)?(?:(?:must|always|each|should|will)\s+)?(?:be\s+)?"
    r"(?:belong(?:s|ing)?\s+to|(?:depends?|depending)\s+on(?=\s+(?:a|an|another|one)\s)|(?:linking|connecting|joining|links?|connects?|joins?|assigns?|enrols?|enrolls?|(?:is|are)\s+between|relates?)(?=\s+(?:(?:a|an|one|exactly)\s|[a-z]+\s+(?:and|to|with)\s+[a-z]+))|(?:is\s+|are\s+|be\s+)?(?:linked|attached|related|tied|connected|associated)\s+(?:to|with)|"
    r"(?:is\s+|are\s+|be\s+)?assigned\s+to|references(?:\s+to)?|reference\s+to|reference(?=\s+(?:the\s|an?\s|one\s|exactly\s|[a-z]+s(?![\w])))|referencing|refers?\s+to|referring\s+to|points?\s+to|pointing\s+to|"
    r"(?:(?:a\s+|an\s+)?(?P<opt>optional\s+)?(?:reference|link|foreign\s+key|fk|ref)\s+to)|"
    r"(?:is|are|was|were)\s+(?:written|made|placed|created|posted|owned|taught|taken|led|run|done)\s+by|(?:is|are)\s+part\s+of|comes?\s+from(?=\s+(?:a|an|one|exactly)\s)|(?:signs?\s+up|enrols?|enrolls?|registers?|apply|applies)\s+(?:for|in)(?=\s+(?:a|an|one|exactly|the)\s|\s+[a-z-]{2,30}:)|(?:works?|lives?|sits?|stays?|plays?|studies|resides?|reports?|happens?|takes?\s+place|hangs?|stands?|appears?|runs?|races?|competes?|serves?|trains?|teach(?:es)?|performs?|sleeps?|parks?|docks?|lies)\s+(?:in|at|for|to|on|with)(?=\s+(?:a|an|one|exactly|the)\s)|(?:is|are|was|were)\s+[a-z]{2,20}(?:ed|en|ld|pt|nt|ung)\s+(?:in|on|at|by|to|with|from|for|into)(?=\s+(?:a|an|one|exactly|the|at\s+most\s+one|zero\s+or\s+one)\s)|"
    r"(?<=be )(?:in|on|at|for|with)(?=\s+(?:a|an|one|exactly)\s)|(?:is|are)\s+(?:for|on|in|about|by|from|of(?!\s+(?:an?|the)\s+(?:type|kind|form|size)))(?=\s+(?:a|an|one|exactly|the)\s))\s+"
    + _ARTICLES
    + r"(?P<opt2>optional\s+)?"
)

NameEnd = Callable[[int, int], int]


def relation_at(ledger: Ledger, subject: str, i: int, end: int, name_end: NameEnd) -> tuple[list[Relation], int]:
    """(relations, end) of a phrase at token `i` that makes `subject` point to something."""
    if i >= end:
        return [], i
    lead = _LEAD.match(ledger.low, ledger.tokens[i].start, limit_of(ledger, end))
    if lead is None:
        return [], i
    loose = re.search(r"(?:at most|zero or) one\s+$", lead[0])
    required = not (lead["may"] or lead["opt"] or lead["opt2"] or loose)
    at = token_at(ledger, lead.end())
    if (
        at + 1 < end
        and ledger.tokens[at].text == "("
        and lead[0].startswith(("assigned", "linked", "related", "attached"))
    ):
        return _in_brackets(ledger, subject, at, end, name_end) or ([], i)
    stop = name_end(at, end)
    if stop == at or ledger.tokens[at].low in QUANTIFIERS:
        return [], i
    if resource_name(ledger.text(at, stop)) in ("name", "title", "person_name"):
        return [], i
    known = resource_name(ledger.text(at, stop)) in WELL_KNOWN
    if not known and guess(resource_name(ledger.text(at, stop))).type not in (FieldType.TEXT, FieldType.LIST):
        return [], i
    found = [Relation(subject, resource_name(ledger.text(at, stop)), at, stop, required)]
    bare = lead[0].startswith(("link", "connect", "join")) and ledger.tokens[at - 1].low not in ("a", "an", "one")
    while (step := _another(ledger, stop, end, name_end, bare=bare and len(found) == 1)) is not None:
        found.append(Relation(subject, resource_name(ledger.text(*step)), *step, required))
        stop = step[1]
    return found, _maker_after(ledger, _optional_after(ledger, found, stop, end), end)


def _in_brackets(
    ledger: Ledger, subject: str, at: int, end: int, name_end: NameEnd
) -> tuple[list[Relation], int] | None:
    """`assigned to (employee, optional)`."""
    stop = name_end(at + 1, end)
    texts = [token.low for token in ledger.tokens[stop : min(end, stop + 3)]]
    closed = 1 if texts[:1] == [")"] else 3 if texts[:2] in ([",", "optional"], [",", "required"]) else 0
    if (
        stop == at + 1
        or ledger.tokens[stop - 1].low in _FIELD_TAILS
        or ledger.text(at + 1, stop).lower() in STATED
        or not closed
        or texts[closed - 1 : closed] != [")"]
    ):
        return None
    found = Relation(subject, resource_name(ledger.text(at + 1, stop)), at + 1, stop, "optional" not in texts)
    return [found], stop + closed


def _another(ledger: Ledger, i: int, end: int, name_end: NameEnd, *, bare: bool) -> tuple[int, int] | None:
    """`and a member` after a first target; `bare` without the article."""
    tokens, k = ledger.tokens, i
    if [token.low for token in tokens[i : min(end, i + 2)]] == [",", "with"]:
        return None
    while k < end and tokens[k].low in (",", "and", "to", "with"):
        k += 1
    k += k == i and i < end and tokens[i].low in ("for", "in", "at")
    if k == i or k >= end or not (bare or tokens[k].low in ("a", "an", "one", "exactly")):
        return None
    while k < end and tokens[k].low in ("a", "an", "one", "exactly"):
        k += 1
    stop = name_end(k, end)
    after = tokens[stop] if stop < end else None
    if stop == k or (after is not None and after.text in ("(", ":")):
        return None
    if tokens[stop - 1].low in _FIELD_TAILS or guess(resource_name(ledger.text(k, stop))).type is not FieldType.TEXT:
        return None
    return k, stop


_FIELD_TAILS = word_set(
    """
    date time name title number amount price status flag at quantity rating text url email
    """
)


_MAKER = re.compile(
    r"(?:who|that|which)\s+(?:has\s+|have\s+)?(?:created|made|wrote|written|added|posted|owns|placed|submitted|uploaded|entered)(?:\s+(?:it|them))?(?![\w-])"
)


def _maker_after(ledger: Ledger, stop: int, end: int) -> int:
    """Past `who created it`: whose a row is was said before."""
    found = _MAKER.match(ledger.low, ledger.tokens[stop].start, limit_of(ledger, end)) if stop < end else None
    return token_at(ledger, found.end()) if found else stop


_VACANT = re.compile(
    r"[(,]?\s*(?:but |although |though |which |it |this |that ){0,2}(?:may|can|might) (?:also )?be "
    r"(?:vacant|empty|null|missing|left out|left empty|none|unset|unassigned|blank|omitted)\)?(?![\w-])"
)


def _optional_after(ledger: Ledger, found: list[Relation], stop: int, end: int) -> int:
    rule = match_rule(ledger, stop, end, typed=False)
    if rule is not None and rule.kind in ("optional", "required"):
        for relation in found:
            relation.required = rule.kind == "required"
        return rule.end
    vacant = _VACANT.match(ledger.low, ledger.tokens[stop].start, limit_of(ledger, end)) if stop < end else None
    if vacant is not None:
        for relation in found:
            relation.required = False
        return token_at(ledger, vacant.end())
    texts = [token.low for token in ledger.tokens[stop : min(end, stop + 3)]]
    if texts[:3] in (["(", "optional", ")"], ["(", "required", ")"]):
        for relation in found:
            relation.required = texts[1] == "required"
        return stop + 3
    if texts[:2] in ([",", "optional"], ["but", "optional"], ["if", "any"]):
        for relation in found:
            relation.required = False
        return stop + 2
    if texts[:1] == ["optionally"]:
        for relation in found:
            relation.required = False
        return stop + 1
    return stop
