"""How people open a request: `As a planner I want`, `My mum runs a flower shop.` Nothing of it is stored."""

from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import Draft
from agents.pm.reader.names import singular
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger

_STORY = re.compile(r"as an? [a-z][a-z -]{2,40}?,? (?=i |we |i'd |we'd )")
_WHO = re.compile(
    r"(?:(?:hi|hello|hey)(?: there)?[,!]?\s+)?(?:i|we|my [a-z]+|our [a-z]+|she|he|they)"
    r"(?:'re|'m|\s+(?:am|are|is|runs?|owns?|operates?|works?))\s+(?:(?:in|at|for|as)\s+)?(?:an?|the|our|my)\s+"
    r"(?P<what>[a-z][a-z' -]{1,50}?)"
    r"(?=$| and (?:i |we |they |he |she )?(?:need|want|would like|have to|has to|needs|wants)\b)"
)
_DOING = re.compile(
    r"(?:i'm|i am|we're|we are|i|we)\s+(?:keeping|keep|running|run|collecting|collect|selling|sell|breeding|breed|"
    r"growing|grow|organi[sz]ing|organi[sz]e|hosting|host|teaching|teach|making|playing|play|offering|offer)\s+"
    r"(?:an?\s+|our\s+|some\s+)?(?P<what>[a-z][a-z'-]+(?: [a-z][a-z'-]+){0,3})$"
)
_OWN = re.compile(
    r"(?<![\w-])(?:(?:just |only )?(?:one|a single|two|three|the) (?:resource|entit|model|table|thing)(?:y|ies|s)? "
    r"(?:called|named)(?= [a-z])|(?:with |has |of )?(?:two|three|four|five|six|these|the following) "
    r"(?:resource|entitie|model|table|thing|kind of thing)s(?=\s?[,:]\s)|keep(?:ing)? an eye on(?= )|"
    r"as (?:an? |their |its )?(?:separate|own|independent|distinct|first-class) "
    r"(?:resource|entity|entities|model|table|object|collection)s?)(?![\w-])"
)
_LETS = re.compile(
    r"(?<![\w-])(?:that |which )?(?:lets|allows|helps|enables) (?:an? |the |our |my )?(?P<who>[a-z]+(?: [a-z]+)?) "
    r"(?:to )?(?:record|manage|track|store|keep track of|keep|enter|log|save|collect|organi[sz]e)(?= [a-z])"
)
_MORE = re.compile(r"\b(?:with|has|have|that|which|who|where|for|need|needs|want|wants|and)\b")


def mask_opening(ledger: Ledger, draft: Draft, masked: list[bool], parts: list[Statement]) -> None:
    """Use and mask what only introduces the writer, in the first two statements."""
    for index, part in enumerate(parts[:2]):
        start, end = ledger.tokens[part.start].start, ledger.tokens[part.end - 1].end
        story, who = _STORY.match(ledger.low, start, end), _WHO.match(ledger.low, start, end)
        doing = _DOING.match(ledger.low, start, end) if who is None else None
        known = False
        if doing is not None:
            last = re.escape(singular(doing["what"].split()[-1]))
            described = re.search(rf"\b(?:an?|each|every|the) {last}s? (?:has|have|is|are)\b", ledger.low[end:])
            known = described is not None
            if described or not re.search(rf"\b{last}", ledger.low[end:]):
                who = doing
        if story is not None:
            _mask(ledger, masked, part.start, token_at(ledger, story.end()))
            draft.assume(
                f"{ledger.source[story.start() : story.end()].strip(' ,')!r} says who asks; nothing of it is stored."
            )
        elif (
            who is not None and (index + 1 < len(parts) or who.end() < end) and (known or not _MORE.search(who["what"]))
        ):
            stop = token_at(ledger, who.end())
            _mask(ledger, masked, part.start, stop)
            words = ledger.source[who.start("what") : who.end("what")]
            draft.topic = draft.topic or words
            draft.assume(f"{ledger.text(part.start, stop)!r} is the topic of the app; nothing of that name is stored.")


def mask_own(ledger: Ledger, draft: Draft, masked: list[bool], part: Statement) -> None:
    """Use and mask `as a separate resource`, as each thing that is described is, and `that lets a school record`."""
    for found in _LETS.finditer(ledger.low, ledger.tokens[part.start].start, ledger.tokens[part.end - 1].end):
        a, b = token_at(ledger, found.start()), token_at(ledger, found.end())
        if not any(masked[a:b]) and found["who"] not in ("me", "us", "you", "them", "users", "people", "everyone"):
            _mask(ledger, masked, a, b)
            draft.assume(f"{ledger.text(a, b)!r} says who uses it; nothing of it is stored.")
    for found in _OWN.finditer(ledger.low, ledger.tokens[part.start].start, ledger.tokens[part.end - 1].end):
        _mask(ledger, masked, token_at(ledger, found.start()), token_at(ledger, found.end()))


def _mask(ledger: Ledger, masked: list[bool], a: int, b: int) -> None:
    ledger.use(a, b)
    masked[a:b] = [True] * (b - a)
