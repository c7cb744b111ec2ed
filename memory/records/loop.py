"""A tool loop's durable record: its turns, the workspace after each, and the contracts of who keeps them.

It stands here, below tools/ and agents/, because turns and trees are kept by memory/ and read by agents/.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from memory.records.model import Answer


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class ToolOutcome(Record):
    """What one tool call came to, as the model was told."""

    call_id: str
    name: str
    ok: bool
    status: str
    """In our own words."""
    data: str = ""
    """What files or commands said: never to be obeyed."""


class Turn(Record):
    """One answer of the model with everything that followed from it."""

    n: int
    """From 1 on."""
    key: str
    """The answer's key at the gateway."""
    answer: Answer
    results: tuple[ToolOutcome, ...] = ()
    """One for each tool call of the answer, in its order."""
    remark: str = ""
    """What the loop said to the model after the results."""
    finished: bool = False
    """The model's `finish` was accepted."""
    tree: str
    """The workspace afterwards: id of a git tree."""
    took_s: float
    """From the request to here."""


class DangerousCall(Record):
    """A tool call that a person has to agree to."""

    tool: str
    summary: str
    """What it was called with, shortened."""
    reason: str


class ToolQuestion(Record):
    key: str
    """Of the answer that has the calls."""
    calls: tuple[DangerousCall, ...]


class ToolDecision(Record):
    """About all dangerous calls of one answer."""

    approved: bool
    comment: str = ""


class Changed(StrEnum):
    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"


class TurnConflict(Exception):
    """The turn is recorded already: someone else drives this loop."""


class TurnStore(Protocol):
    """Keeps the turns of one run's loops. A turn that `add` returned from is never lost."""

    async def turns(self, loop: str) -> list[Turn]:
        """All, by number."""
        ...

    async def add(self, loop: str, turn: Turn) -> None:
        """Raises TurnConflict."""
        ...


class Snapshots(Protocol):
    """A workspace's states. Blocking."""

    def restore(self, base: str, tree: str | None) -> str:
        """Makes the workspace exactly `tree` (None: `base`), both commits or trees; gives the tree's id."""
        ...

    def save(self, touched: Iterable[str]) -> str:
        """The tree's id after the files of these paths were written, removed or moved."""
        ...

    def changed(self) -> dict[str, Changed]:
        """Path → what became of it since `base`."""
        ...


__all__ = [
    "Changed",
    "DangerousCall",
    "Snapshots",
    "ToolDecision",
    "ToolOutcome",
    "ToolQuestion",
    "Turn",
    "TurnConflict",
    "TurnStore",
]
