"""Sets of words, written as a text."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


__all__ = ["words"]
