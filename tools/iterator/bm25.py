"""BM25 over documents that come and go (Robertson and Zaragoza, 2009)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Bm25(Generic[Key]):
    def __init__(self, *, k1: float = 1.2, b: float = 0.75) -> None:
        self._k1, self._b = k1, b
        self._postings: dict[str, dict[Key, float]] = defaultdict(dict)
        self._lengths: dict[Key, float] = {}
        self._total = 0.0

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, key: Key, words: Mapping[str, float]) -> None:
        """`key` must not be there."""
        for term, count in words.items():
            self._postings[term][key] = count
        length = float(sum(words.values()))
        self._lengths[key] = length
        self._total += length

    def remove(self, key: Key, words: Mapping[str, float]) -> None:
        """`words`: those that it was added with."""
        for term in words:
            self._postings[term].pop(key, None)
        self._total -= self._lengths.pop(key, 0.0)

    def idf(self, term: str) -> float:
        holding = len(self._postings.get(term, ()))
        return math.log(1 + (len(self._lengths) - holding + 0.5) / (holding + 0.5))

    def scores(
        self, query: Mapping[str, float], *, k1: float | None = None, b: float | None = None
    ) -> dict[Key, float]:
        """Of all documents that hold a term of the query, which comes with weights; `k1` and `b` as given at first."""
        mean = self._total / max(1, len(self._lengths)) or 1.0
        found: dict[Key, float] = defaultdict(float)
        k1, b, lengths = self._k1 if k1 is None else k1, self._b if b is None else b, self._lengths
        for term, weight in query.items():
            postings = self._postings.get(term)
            if not postings:
                continue
            gain = weight * self.idf(term) * (k1 + 1)
            for key, count in postings.items():
                found[key] += gain * count / (count + k1 * (1 - b + b * lengths[key] / mean))
        return dict(found)


__all__ = ["Bm25"]
