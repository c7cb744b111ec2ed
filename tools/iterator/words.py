"""Text and code as terms: identifiers split into words, words brought to a stem."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
LONGEST = 60
"""Characters. Longer ones are data."""
STOP = frozenset(
    """
    a about after all also an and any are as at be because been before being but by can could did do does doing
    each else for from get had has have how i if in into is it its just like make may more most must my no non
    not now of on once only or other our out over should so some such than that the their them then there these
    they this those to too up us use used uses using very was way we were what when where which while who will
    with would you your new see add adds added fix fixes fixed change changes changed update updates updated
    allow ensure instead via don doesn isn self def return none true false import class
    """.split()  # noqa: SIM905 - a list of 140 lines says no more
)
"""Words that tell nothing of a request, and those that every program has."""


@lru_cache(maxsize=200_000)
def terms_of(identifier: str) -> tuple[str, ...]:
    """The words of an identifier, stemmed; where there are several, the whole of it too, small letters after a `_`."""
    if len(identifier) > LONGEST:
        return ()
    words = [word for part in PARTS.findall(identifier) if len(word := part.lower()) > 1]
    terms = [stem(word) for word in words if word not in STOP]
    if len(words) > 1:
        terms.append("_" + identifier.strip("_").lower())
    return tuple(terms)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Light: plurals and verb endings go. `caches`, `cached`, `caching` and `cache` are one."""
    if len(word) <= 3 or word.isdigit():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "er", "or"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def count_terms(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for identifier in IDENTIFIER.findall(text):
        counts.update(terms_of(identifier))
    return counts


def pairs_of(terms: Sequence[str]) -> list[str]:
    """Neighbours among simple terms: `soft shutdown`. Two words that stand together mean more than each."""
    simple = [term for term in terms if "_" not in term]
    return [f"{one} {two}" for one, two in pairwise(simple) if one != two]


def line_terms(line: str) -> list[str]:
    return [term for name in IDENTIFIER.findall(line) for term in terms_of(name)]


__all__ = ["IDENTIFIER", "STOP", "count_terms", "line_terms", "pairs_of", "stem", "terms_of"]
