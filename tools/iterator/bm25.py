"""BM25 over documents that come and go (Robertson and Zaragoza, 2009)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Bm25(Generic[Key]):
    """Documents are numbers inside: keys that are tuples are hashed anew at each look."""

    def __init__(self, *, k1: float = 1.2, b: float = 0.75) -> None:
        self._k1, self._b = k1, b
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)
        self._numbers: dict[Key, int] = {}
        self._keys: list[Key] = []
        """By number; those of documents that went stay and are not used again."""
        self._lengths: list[float] = []
        self._total = 0.0
        self._norms: dict[tuple[float, float], list[float]] = {}
        """By (k1, b): of each document, what its length adds below the line."""

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, key: Key, words: Mapping[str, float]) -> None:
        """`key` must not be there."""
        self._norms.clear()
        number = self._numbers[key] = len(self._keys)
        self._keys.append(key)
        for term, count in words.items():
            self._postings[term][number] = count
        self._lengths.append(float(sum(words.values())))
        self._total += self._lengths[number]

    def remove(self, key: Key, words: Mapping[str, float]) -> None:
        """`words`: those that it was added with."""
        number = self._numbers.pop(key, None)
        if number is None:
            return
        self._norms.clear()
        for term in words:
            self._postings[term].pop(number, None)
        self._total -= self._lengths[number]
        self._lengths[number] = 0.0

    def holding(self, term: str) -> int:
        """Documents that have the term."""
        return len(self._postings.get(term, ()))

    def count(self, key: Key, term: str) -> float:
        number = self._numbers.get(key)
        return 0.0 if number is None else self._postings.get(term, {}).get(number, 0.0)

    def length(self, key: Key) -> float:
        number = self._numbers.get(key)
        return 0.0 if number is None else self._lengths[number]

    def idf(self, term: str) -> float:
        holding = self.holding(term)
        return math.log(1 + (len(self._numbers) - holding + 0.5) / (holding + 0.5))

    def scores(
        self, query: Mapping[str, float], *, k1: float | None = None, b: float | None = None
    ) -> dict[Key, float]:
        """Of all documents that hold a term of the query, which comes with weights; `k1` and `b` as given at first."""
        found: dict[int, float] = defaultdict(float)
        k1 = self._k1 if k1 is None else k1
        norms = self._normed(k1, self._b if b is None else b)
        for term, weight in query.items():
            postings = self._postings.get(term)
            if not postings:
                continue
            gain = weight * self.idf(term) * (k1 + 1)
            for number, count in postings.items():
                found[number] += gain * count / (count + norms[number])
        keys = self._keys
        return {keys[number]: value for number, value in found.items()}

    def scores_of(self, keys: Iterable[Key], query: Mapping[str, float]) -> dict[Key, float]:
        """As `scores`, of few documents."""
        gains = [
            (weight * self.idf(term) * (self._k1 + 1), postings)
            for term, weight in query.items()
            if (postings := self._postings.get(term))
        ]
        norms = self._normed(self._k1, self._b)
        found = {}
        for key in keys:
            number = self._numbers.get(key, -1)
            hits = ((gain, postings[number]) for gain, postings in gains if number in postings)
            found[key] = sum(gain * count / (count + norms[number]) for gain, count in hits)
        return found

    def _normed(self, k1: float, b: float) -> list[float]:
        known = self._norms.get((k1, b))
        if known is None:
            mean = self._total / max(1, len(self._numbers)) or 1.0
            known = [k1 * (1 - b + b * length / mean) for length in self._lengths]
            self._norms[k1, b] = known
        return known


__all__ = ["Bm25"]
