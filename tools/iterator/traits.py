"""What each term of a request is: where it stands, how it is written, how rare it is. By this its weight is told."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tools.iterator.codebase import Codebase
from tools.iterator.request import CODE_SHAPED, QUOTED, Request
from tools.iterator.words import IDENTIFIER, count_terms, terms_of

MOST_TERMS = 40
"""Of a request; the rarest and heaviest."""
EARLY = 200
"""Characters of the body in which a term counts as told early."""
MOST_OFTEN = 5
TRAITS = (
    "in title", "early in title", "times in body", "shaped as code", "quoted", "capital", "early in body", "whole name",
    "letters", "rare in files", "rare in names", "rare in changes", "rare in functions", "rare in what was told",
    "weight", "in no file", "in no change", "in no name", "changes that have it",
)  # fmt: skip


def terms_to_weigh(code: Codebase, request: Request) -> list[str]:
    return sorted(request.weights, key=lambda term: -request.weights[term] * code.whole.idf(term))[:MOST_TERMS]


def traits_of(code: Codebase, request: Request, terms: list[str]) -> list[list[float]]:
    """A row for each term, in the order of TRAITS; most are between 0 and 1."""
    first, _, rest = request.text.strip().partition("\n")
    names = IDENTIFIER.findall(first)
    place = {term: at for at, name in reversed(list(enumerate(names))) for term in terms_of(name)}
    often, early = count_terms(rest), count_terms(rest[:EARLY])
    shaped = _terms(match.group(0) for match in CODE_SHAPED.finditer(request.text))
    quoted = _terms(name for match in QUOTED.findall(request.text) for name in match)
    capital = _terms(name for name in IDENTIFIER.findall(request.text) if name[0].isupper())
    rows = []
    for term in terms:
        titled = float(term in request.title)
        late = place.get(term, len(names)) / max(1, len(names))
        past = code.past.holding(term)
        rows.append([
            titled, (1 - late) * titled, min(often.get(term, 0), MOST_OFTEN) / MOST_OFTEN, float(term in shaped),
            float(term in quoted), float(term in capital), float(term in early), float(term.startswith("_")),
            len(term) / 10, code.whole.idf(term) / 6, code.names.idf(term) / 6, code.past.idf(term) / 6,
            code.chunks.idf(term) / 6, code.told.idf(term) / 6, request.weights[term] / 2,
            float(not code.whole.holding(term)), float(not past), float(not code.names.holding(term)),
            math.log1p(past) / 6,
        ])  # fmt: skip
    return rows


def _terms(texts: Iterable[str]) -> set[str]:
    return {term for text in texts for name in IDENTIFIER.findall(text) for term in terms_of(name)}


__all__ = ["TRAITS", "terms_to_weigh", "traits_of"]
