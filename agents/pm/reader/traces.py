"""The last look: a word that a rule took, yet that stands nowhere in the plan, is told as not understood."""

from __future__ import annotations

import re

from agents.pm.reader.deeds import ROWS
from agents.pm.reader.draft import Draft, resource_name
from agents.pm.reader.names import plural, singular
from agents.pm.reader.noun_words import ATTENDS, DO, JOINS, LINKS, LIVES
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger, Token
from agents.pm.reader.types import STATED
from agents.pm.reader.words import (
    APP_ADJECTIVES,
    APP_NOUNS,
    FIELD_NOUNS,
    FILLER,
    HAS_VERBS,
    MAKE_VERBS,
    QUANTIFIERS,
    RESOURCE_LEADS,
    STOP,
)
from agents.pm.reader.wordset import word_set

NO_TRACE = "it was read, but nothing in the plan came of it"
_NEAR = 6
_BRACKET = re.compile(r"\s*\([^)]*\)$")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def without_trace(ledger: Ledger, draft: Draft, plan: str) -> None:
    """Refuse every used word that no rule needs and that `plan`, the text of all that was made, does not hold."""
    known = _words(plan) | {singular(word) for actor in draft.actors for word in actor.split("_")}
    verbs = {k for relation in draft.relations for k in range(relation.start - _NEAR, relation.start)}
    verbs |= {
        k for _, _, a, b, _ in draft.together for k in range(a + 1, b) if ledger.tokens[k - 1].low in _BEFORE_VERB
    }
    examples = [range(*_tokens(ledger, found)) for found in _EXAMPLE.finditer(ledger.low)]
    spared = {k for k in verbs if k >= 0 and _verbal(ledger.tokens[k].low)}.union(*examples)
    texts = ["", "", *(token.text for token in ledger.tokens), "", ""]
    spared |= {
        k for k in range(len(ledger.tokens)) if (texts[k + 1], texts[k + 3]) == ("(", ")") and texts[k].isdigit()
    }
    for index, token in enumerate(ledger.tokens):
        if ledger.used[index] and index not in ledger.reasons and index not in spared and _says_something(token):
            low = _BRACKET.sub("", token.value.lower())
            if not _words(low) <= known and resource_name(low) not in draft.actors:
                ledger.refuse(index, index + 1, NO_TRACE)


def _verbal(low: str) -> bool:
    """`enrolled`, `plays`, `sit`: a verb of a relation, which leaves no word in the plan."""
    ended = low.endswith(("ed", "en", "ght", "ld", "pt", "nt", "ung", "s"))
    return ended or low in LIVES | ATTENDS | LINKS | JOINS | DO or low in ROWS


def _says_something(token: Token) -> bool:
    if token.kind not in ("word", "quoted") or token.low in _RULES:
        return False
    parts = re.split(r"[-'’]", token.low)
    return not all(part in _RULES for part in parts)


def _words(text: str) -> set[str]:
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        found |= {word, singular(word), plural(word)}
    return found


def _tokens(ledger: Ledger, found: re.Match[str]) -> tuple[int, int]:
    return token_at(ledger, found.start()), token_at(ledger, found.end())


_EXAMPLE = re.compile(
    r"(?<![\w-])(?:(?:of|has|in|with) the form(?: of)?|match(?:es|ing)?|format|pattern|shape|like|e\.g\.|such as)"
    r" [^,;.)(\s]{1,40}"
)
_BEFORE_VERB = word_set("can cannot can't may must should be been only not never mustn't to")
_RULES = (
    FILLER
    | STOP
    | QUANTIFIERS
    | APP_NOUNS
    | APP_ADJECTIVES
    | HAS_VERBS
    | MAKE_VERBS
    | FIELD_NOUNS
    | RESOURCE_LEADS
    | {word for phrase in STATED for word in re.split(r"[ /&]", phrase)}
    | word_set(
        """
        required mandatory compulsory obligatory optional optionally nullable unique uniquely uniq distinct
        duplicate duplicates twice once never always empty blank null missing left out given known available
        applicable present provided specified entered filled negative positive zero whole decimal decimals
        fraction fractions places between least most more less fewer greater larger bigger higher longer shorter
        lower smaller than above below under over exceed exceeds exceeding maximum minimum maximal minimal max
        min range scale start starts starting begins onwards later earlier newer older younger tops
        inclusive after before
        within until till past future today now tomorrow exactly length long chars char characters character
        letters letter digits digit symbols uppercase lowercase upper case capital capitals hex iso limited
        capped restricted among copy copies piece
        valid
        well-formed matching match matches pattern regex format form default defaults defaulting defaulted
        initially initial preset unless otherwise none nothing either whether not only just also same two three
        one four five six seven eight nine ten twelve twenty thirty fifty hundred dozen half another parent
        together combination pair times time per page pages paged paging paginate paginated paginates paginating
        pagination size limit filter filters filtering filtered filterable sort sorts sorting sorted sortable
        order ordering ordered search searches searching searched searchable full-text text keyword csv file
        files export exports exported exporting import imports imported importing importable exportable upload
        download downloads bulk mass newest latest recent youngest oldest earliest highest lowest largest
        smallest biggest cheapest soonest best worst nearest first last descending ascending desc asc
        alphabetically chronological reverse top user users people person everyone everybody anyone anybody
        eye separate independent first-class everything programme program selection series line-up playlist
        nobody somebody someone else else's other others other's owner owners account accounts login logout log
        logs logged sign signs signed signing registration register registered authenticate authenticated
        authentication auth jwt token tokens bearer password passwords username private own access see view look
        touch creator author belongs visible accessible scoped protected flag flags flagged boolean bool
        checkbox toggle yes no true false y n marked marker indicator indicating allowed permitted possible set
        changed freely course respectively total each way i.t. part take takes place link links linked connects
        reference references ref fk foreign key points refers depend depends depending items
        entries records rows results list show
        return creation wrote made created plan sell rent book share rate review schedule monitor submit publish
        lend compare run catalogue go watch post rates votes vote join joins attend inventory collection catalog
        database fleet overview archive library stock pool menu directory features requirements addresses urls
        enroll enrol non-negative mustn't vacant unset omitted low high code off change stars percent percentage
        usd eur gbp euros dollars years minutes hours seconds days weeks months kg km
        """
    )
)
"""What rules need without leaving a word of it in the plan."""
