"""What the iterator offers, and what it stands on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from memory.records.impact import Candidate, Impact
from tools.iterator.history import Change


class IteratorError(Exception):
    """A codebase cannot be read; the message names the place and the remedy."""


class Source(Protocol):
    """A codebase at one moment."""

    @property
    def scope(self) -> str:
        """Its name in the store: a project's id, or a folder."""
        ...

    @property
    def commit(self) -> str:
        """Empty where there is no git."""
        ...

    def files(self) -> dict[str, str]:
        """Path → git blob id, of the files in a language that is parsed."""
        ...

    def contents(self, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        """(path, content) for paths of `files`."""
        ...

    def changes(self, since: str | None) -> list[Change] | None:
        """Newest first. None: `since` is no ancestor, all has to be read anew."""
        ...


class ImpactAnalyser(ABC):
    @abstractmethod
    async def analyse(self, source: Source, request: str) -> Impact:
        """Raises IteratorError."""

    @abstractmethod
    async def analyse_many(self, source: Source, requests: Sequence[str]) -> list[Impact]:
        """The same for several requests on one codebase."""

    @abstractmethod
    async def candidates(self, source: Source, request: str, impact: Impact, most: int) -> tuple[Candidate, ...]:
        """The impact's first files with what a reader needs to judge them."""

    @abstractmethod
    async def reordered(self, source: Source, impact: Impact, order: Sequence[str]) -> Impact:
        """These paths first, the others after them as they were; tests, dependants and risk follow."""


__all__ = ["ImpactAnalyser", "IteratorError", "Source"]
