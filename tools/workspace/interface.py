"""What this package takes and gives. All texts of files and commands are data of strangers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from memory.records.manifest import Manifest
from memory.records.report import Check


class WorkspaceError(Exception):
    """Refused or impossible; nothing was changed. The message says what to do instead.

    `data`: lines of files that explain it, apart from our own words.
    """

    def __init__(self, message: str, data: str = "") -> None:
        super().__init__(message)
        self.data = data


class OutsideWorkspace(WorkspaceError):
    """The path leaves the folder, goes over a link or names something that is not to be touched."""


class Protected(WorkspaceError):
    """The file is not to be changed here."""


class Dangerous(WorkspaceError):
    """A person would have to agree, and nobody can be asked this way."""


class NotThere(WorkspaceError):
    """No such file or folder."""


class TooLarge(WorkspaceError):
    """Above a limit; the message has the figure."""


class NotText(WorkspaceError):
    """The content is no UTF-8 text."""


class BadPattern(WorkspaceError):
    """The regular expression cannot be used, or takes too long."""


class NoMatch(WorkspaceError):
    """The text to replace is not in the file; `data` shows the nearest lines."""


class AmbiguousMatch(WorkspaceError):
    """The text to replace is in the file more than once; the message names the lines."""


class Elision(WorkspaceError):
    """The new text stands in for code with a comment such as `... existing code ...`."""


class Gutting(WorkspaceError):
    """Definitions would be lost that nobody asked to drop; `names` has them."""

    def __init__(self, message: str, names: Sequence[str], data: str = "") -> None:
        super().__init__(message, data)
        self.names = tuple(names)


@dataclass(frozen=True)
class File:
    path: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Listing:
    files: tuple[File, ...]
    left_out: int
    """How many more there are."""


@dataclass(frozen=True)
class Excerpt:
    path: str
    first: int
    """Number of the first line, from 1 on."""
    lines: tuple[str, ...]
    total: int
    """Lines of the file."""
    cut: bool
    """Lines or ends of lines were left out for their size."""


@dataclass(frozen=True)
class Hit:
    path: str
    line: int
    text: str


@dataclass(frozen=True)
class Found:
    hits: tuple[Hit, ...]
    left_out: int
    """Hits that are not shown."""
    unread: int
    """Files that were not searched: no text, too large, or no time left."""


@dataclass(frozen=True)
class Block:
    """One replacement: `old` has to be in the file once."""

    old: str
    new: str


class How(StrEnum):
    EXACT = "exact"
    WHITESPACE = "whitespace"
    """Only blanks, indentation or empty lines differed."""
    FUZZY = "fuzzy"


@dataclass(frozen=True)
class Match:
    first: int
    last: int
    """Lines, from 1 on, of the text at the time of this block."""
    how: How
    similarity: float
    """0 to 1."""
    replaced: str


@dataclass(frozen=True)
class SyntaxProblem:
    line: int
    message: str
    text: str


@dataclass(frozen=True)
class Edited:
    path: str
    matches: tuple[Match, ...]
    """One for each block; none for a whole file."""
    lines: int
    """Of the file now."""
    dropped: tuple[str, ...]
    """Definitions that went, all of them asked for."""
    problem: SyntaxProblem | None
    """Why Python cannot read the file now. The change was kept."""


@dataclass(frozen=True)
class ToolResult:
    ok: bool
    status: str
    """Ours."""
    data: str = ""
    """What files or commands said."""
    touched: tuple[str, ...] = ()
    """Paths that were written, removed or moved."""


class Suite(Protocol):
    """What tools/testing has: it takes a copy of the tree and leaves it as it is."""

    async def run(self, project: Path, manifest: Manifest) -> Check: ...


class Toolbox(Protocol):
    """Tools of one workspace, by name."""

    @property
    def schemas(self) -> Sequence[dict[str, Any]]:
        """In OpenAI's form."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any]) -> ToolResult:
        """Errors become results with `ok` false; raises only ExecutionCancelled."""
        ...

    def danger_of(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Why a person has to agree before the call is made; empty: nobody has to."""
        ...

    async def broken(self, paths: Sequence[str]) -> tuple[str, ...]:
        """What stands in the way of being finished, a sentence each: files that cannot be parsed."""
        ...


__all__ = [
    "AmbiguousMatch",
    "BadPattern",
    "Block",
    "Dangerous",
    "Edited",
    "Elision",
    "Excerpt",
    "File",
    "Found",
    "Gutting",
    "Hit",
    "How",
    "Listing",
    "Match",
    "NoMatch",
    "NotText",
    "NotThere",
    "OutsideWorkspace",
    "Protected",
    "Suite",
    "SyntaxProblem",
    "TooLarge",
    "ToolResult",
    "Toolbox",
    "WorkspaceError",
]
