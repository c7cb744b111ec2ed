"""What the loop is given and what it gives back."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from memory.records.loop import Changed, Snapshots, ToolDecision, ToolOutcome, ToolQuestion, Turn, TurnStore
from memory.records.model import ModelGateway, Role
from tools.workspace.interface import Toolbox


@dataclass(frozen=True)
class LoopLimits:
    turns: int = 60
    tokens: int = 600_000
    """Of all prompts and answers together."""
    wall_s: float = 1_800.0
    """Of work: time between a crash and the continuation does not count. Checked between turns."""
    context_tokens: int = 24_000
    """Above it, old tool results are replaced by notes."""
    answer_tokens: int = 8_192
    """max_tokens of each call."""
    calls: int = 20
    """Tool calls of one answer that are carried out."""


@dataclass(frozen=True)
class LoopTask:
    prefix: str
    """Names the loop within its run, `dev/loop`: turn n asks with the key `dev/loop/n`."""
    role: Role
    system: str
    """The role's own words; the loop's rules are put before them."""
    task: str
    base: str
    """The commit or tree that the workspace starts from; what else is in its folder goes."""
    limits: LoopLimits = field(default_factory=LoopLimits)


@dataclass(frozen=True)
class Consent:
    """A person's, to calls that the toolbox calls dangerous."""

    may_ask: bool = False
    """Somebody is there; else such calls are refused."""
    decisions: Mapping[str, ToolDecision] = field(default_factory=dict)
    """By the key of the answer that has the calls."""


async def unwatched(turn: Turn) -> None:
    """For who does not want to see the turns."""


@dataclass(frozen=True)
class LoopDeps:
    gateway: ModelGateway
    toolbox: Toolbox
    """Of the same workspace as `snapshots`."""
    snapshots: Snapshots
    turns: TurnStore
    consent: Consent = field(default_factory=Consent)
    watch: Callable[[Turn], Awaitable[None]] = unwatched
    """Called after each new turn was recorded; not for those that were recorded before."""
    clock: Callable[[], float] = time.monotonic
    """Seconds."""


class LoopEnd(StrEnum):
    FINISHED = "finished"
    """The model says that it is done. Nothing is proven by that."""
    ANSWERED = "answered"
    """It stopped calling tools and said something."""
    GAVE_UP = "gave up"
    """It says that it cannot be done."""
    STUCK = "stuck"
    """The same edit or the same failure again and again, also after it was told."""
    TURNS = "turns"
    TOKENS = "tokens"
    WALL_TIME = "wall time"
    APPROVAL = "approval"
    """It goes on when a person has decided about `LoopOutcome.asks`. Nothing of that answer was done yet."""
    NO_MODEL = "no model"
    BUDGET = "budget"


@dataclass(frozen=True)
class LoopOutcome:
    end: LoopEnd
    reason: str
    """One sentence for a person."""
    summary: str
    """The model's last words, if it had any."""
    turns: int
    prompt_tokens: int
    completion_tokens: int
    usd: Decimal | None
    """None where a call had no known price."""
    tree: str
    """What was reached, as a git tree in the project's repository."""
    changed: dict[str, Changed]
    broken: tuple[str, ...]
    """Changed files that cannot be parsed, a sentence each."""
    tests: ToolOutcome | None
    """The last run of the suite within the loop."""
    tests_are_current: bool
    """Nothing was changed after it."""

    asks: ToolQuestion | None = None
    """With LoopEnd.APPROVAL."""

    @property
    def complete(self) -> bool:
        """The model came to an end of its own with nothing broken. Whether it is right is for QA to say."""
        return self.end in (LoopEnd.FINISHED, LoopEnd.ANSWERED) and not self.broken


__all__ = ["Consent", "LoopDeps", "LoopEnd", "LoopLimits", "LoopOutcome", "LoopTask", "unwatched"]
