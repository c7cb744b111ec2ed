"""What model calls may cost, could cost and have cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from memory.records.model import Answer, Role, Usage

MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Price:
    """USD per million tokens."""

    prompt: Decimal
    completion: Decimal

    def of(self, usage: Usage) -> Decimal:
        """USD."""
        return (self.prompt * usage.prompt_tokens + self.completion * usage.completion_tokens) / MILLION


@dataclass(frozen=True)
class Caps:
    """None: no cap."""

    usd: Decimal | None
    tokens: int | None


class CallState(StrEnum):
    RESERVED = "reserved"
    """Under way, or its process died. Counted at what it could cost."""
    ANSWERED = "answered"
    FAILED = "failed"
    """Counted at what the endpoint said that it used; nothing where it did not take the call."""
    UNKNOWN = "unknown"
    """Nobody knows whether it was charged. Counted at what it could cost, for good."""


@dataclass(frozen=True)
class Call:
    """One attempt, before it is made."""

    run_id: str
    key: str
    role: Role
    model: str
    fingerprint: str
    most: Usage
    """The most that it can use."""
    price: Price | None

    @property
    def tokens(self) -> int:
        return self.most.prompt_tokens + self.most.completion_tokens

    @property
    def usd(self) -> Decimal | None:
        return None if self.price is None else self.price.of(self.most)


@dataclass(frozen=True)
class Reservation:
    """A call whose cost is set aside. `attempt` counts from 1 within its key."""

    call: Call
    attempt: int
    day: date


@dataclass(frozen=True)
class Settlement:
    """How an attempt ended. `usage` None: as the state says."""

    state: CallState
    usage: Usage | None = None
    answer: Answer | None = None
    error: str | None = None
    permanent: bool = False
    """The run must not ask this model again."""


@dataclass(frozen=True)
class Recorded:
    fingerprint: str
    answer: Answer


@dataclass(frozen=True)
class Known:
    """Of one run."""

    answered: frozenset[str]
    """Keys."""
    broken: Mapping[str, str]
    """Models that must not be asked again, with the reason."""


class Spend(BaseModel):
    """What a run has spent. Calls whose charge is unknown are in it at the most they can have cost."""

    model_config = ConfigDict(frozen=True)

    tokens: int = 0
    usd: Decimal | None = Decimal(0)
    """None where a call had no known price."""
    held_tokens: int = 0
    held_usd: Decimal = Decimal(0)
    """Set aside for calls under way."""
    budget_usd: Decimal | None = None
    budget_tokens: int | None = None
    """None: no cap."""


class OverBudget(Exception):
    """The call could cost more than is left; nothing was set aside.

    `passing`: it would fit if the calls under way cost nothing.
    """

    def __init__(self, reason: str, *, passing: bool) -> None:
        super().__init__(reason)
        self.passing = passing


class AnsweredAlready(Exception):
    """The call was paid before; nothing was set aside."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__("the call has its answer already")
        self.recorded = recorded


__all__ = [
    "AnsweredAlready",
    "Call",
    "CallState",
    "Caps",
    "Known",
    "OverBudget",
    "Price",
    "Recorded",
    "Reservation",
    "Settlement",
    "Spend",
]
