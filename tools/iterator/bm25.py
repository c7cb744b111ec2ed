"""BM25 over documents that come and go (Robertson and Zaragoza, 2009)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Bm25(Generic[Key]):
    def __init__(self, *, k1: float = 1.2, b: float = 0.75) -> None:
        self._k1, self._b = k1, b
        self._postings: dict[str, dict[Key, float]] = defaultdict(dict)
        self._lengths: dict[Key, float] = {}
        self._total = 0.0
        self._norms: dict[tuple[float, float], dict[Key, float]] = {}
        """By (k1, b): of each document, what its length adds below the line."""

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, key: Key, words: Mapping[str, float]) -> None:
        """`key` must not be there."""
        self._norms.clear()
        for term, count in words.items():
            self._postings[term][key] = count
        length = float(sum(words.values()))
        self._lengths[key] = length
        self._total += length

    def remove(self, key: Key, words: Mapping[str, float]) -> None:
        """`words`: those that it was added with."""
        self._norms.clear()
        for term in words:
            self._postings[term].pop(key, None)
        self._total -= self._lengths.pop(key, 0.0)

    def holding(self, term: str) -> int:
        """Documents that have the term."""
        return len(self._postings.get(term, ()))

    def count(self, key: Key, term: str) -> float:
        postings = self._postings.get(term)
        return postings.get(key, 0.0) if postings else 0.0

    def length(self, key: Key) -> float:
        return self._lengths.get(key, 0.0)

    def idf(self, term: str) -> float:
        holding = self.holding(term)
        return math.log(1 + (len(self._lengths) - holding + 0.5) / (holding + 0.5))

    def scores(
        self, query: Mapping[str, float], *, k1: float | None = None, b: float | None = None
    ) -> dict[Key, float]:
        """Of all documents that hold a term of the query, which comes with weights; `k1` and `b` as given at first."""
        found: dict[Key, float] = defaultdict(float)
        k1 = self._k1 if k1 is None else k1
        norms = self._normed(k1, self._b if b is None else b)
        for term, weight in query.items():
            postings = self._postings.get(term)
            if not postings:
                continue
            gain = weight * self.idf(term) * (k1 + 1)
            for key, count in postings.items():
                found[key] += gain * count / (count + norms[key])
        return dict(found)

    def scores_of(self, keys: Iterable[Key], query: Mapping[str, float]) -> dict[Key, float]:
        """As `scores`, of few documents."""
        gains = {
            term: (weight * self.idf(term) * (self._k1 + 1), postings)
            for term, weight in query.items()
            if (postings := self._postings.get(term))
        }
        norms = self._normed(self._k1, self._b)
        found = {}
        for key in keys:
            hits = ((gain, postings[key]) for gain, postings in gains.values() if key in postings)
            found[key] = sum(gain * count / (count + norms[key]) for gain, count in hits)
        return found

    def _normed(self, k1: float, b: float) -> dict[Key, float]:
        known = self._norms.get((k1, b))
        if known is None:
            mean = self._total / max(1, len(self._lengths)) or 1.0
            known = {key: k1 * (1 - b + b * length / mean) for key, length in self._lengths.items()}
            self._norms[k1, b] = known
        return known


__all__ = ["Bm25"]
