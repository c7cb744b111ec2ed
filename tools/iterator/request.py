"""A request in words, as what it can be looked up by."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from tools.iterator.words import IDENTIFIER, count_terms, line_terms, pairs_of

QUOTED = re.compile(r"`+([^`\n]+)`+|\"([\w.]+)\"|'([\w.]+)'")
CODE_SHAPED = re.compile(
    r"\b(?:[a-z]+(?:[A-Z][a-z0-9]*)+|(?:[A-Z][a-z0-9]+){2,}|_*[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)+_*|\w+\(\)|\w+(?:\.\w+)+)"
)
COMMON_BODY = 0.45
"""What a term of the body counts beside one of the first line."""
MOST_TERMS = 120


@dataclass(frozen=True)
class Request:
    text: str
    title: Counter[str]
    """Terms of the first line."""
    weights: dict[str, float]
    """All terms, as BM25 is asked for them."""
    pairs: dict[str, float]
    """Neighbouring terms, those of the first line at full weight."""
    named: frozenset[str]
    """Names that look like code, in small letters: each part of `a.b.c`."""
    exact: frozenset[str]
    """Identifiers with capitals or a `_`, as they are written."""
    words: frozenset[str]
    """All identifiers of the text, in small letters."""


def read_request(text: str) -> Request:
    first, _, rest = text.strip().partition("\n")
    title, body = count_terms(first), count_terms(rest)
    weights: dict[str, float] = {term: 1.0 + 0.3 * (count - 1) for term, count in title.items()}
    for term, count in body.items():
        weights[term] = weights.get(term, 0.0) + COMMON_BODY * (1 + 0.3 * (min(count, 4) - 1))
    best = sorted(weights, key=lambda term: -weights[term])[:MOST_TERMS]
    pairs = dict.fromkeys(pairs_of(line_terms(rest)), COMMON_BODY) | dict.fromkeys(pairs_of(line_terms(first)), 1.0)
    shaped = [match.group(0) for match in CODE_SHAPED.finditer(text)]
    quoted = [name for match in QUOTED.findall(text) for name in match if name]
    named = {part.lower() for name in [*shaped, *quoted] for part in IDENTIFIER.findall(name) if len(part) > 2}
    words = {name.lower() for name in IDENTIFIER.findall(text) if len(name) > 2}
    exact = {name for name in IDENTIFIER.findall(text) if len(name) > 2 and not (name.islower() and "_" not in name)}
    return Request(
        text, title, {term: weights[term] for term in best}, pairs, frozenset(named), frozenset(exact), frozenset(words)
    )


__all__ = ["Request", "read_request"]
