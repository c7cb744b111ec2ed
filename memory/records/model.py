"""Asking a language model: what is asked, what comes back, and the contract of whoever does it within a budget.

It stands here, below agents/, because the call is recorded and paid in PostgreSQL and asked for by every agent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:  # settings know of roles and prices, and the command line reads settings
    from langchain_core.messages import BaseMessage


class Role(StrEnum):
    """Who asks. Models, fall-backs and limits are set by role."""

    PM = "pm"
    DEV = "dev"
    QA = "qa"
    OPS = "ops"


@dataclass(frozen=True)
class Ask:
    key: str
    """Names the call within its run (`dev/loop/3`): the same key gets the recorded answer, and nothing is paid."""
    role: Role
    messages: Sequence[BaseMessage]
    tools: Sequence[dict[str, Any]] = ()
    """Function schemas in OpenAI's form."""
    answer_schema: dict[str, Any] | None = None
    """JSON schema that the answer is to follow, where the endpoint can hold a model to it. Nobody checks it here."""
    max_tokens: int = 4096


class ToolCall(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    arguments: dict[str, Any] | None
    """None where they were no JSON object; `raw` has them."""
    raw: str = ""


class Usage(BaseModel):
    model_config = ConfigDict(frozen=True)

    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False
    """The endpoint did not say; counted by us."""


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    finish: str
    """`stop`, `tool_calls`, `length`, ..., as the endpoint says it."""
    model: str
    usage: Usage
    usd: Decimal | None
    """None where the model has no known price."""
    replayed: bool = False
    """It was recorded before, and cost nothing now."""


class ModelError(Exception):
    """No answer. The message says why, for a person."""


class NoModel(ModelError):
    """None is set, or every model of the role failed; the message names each with its reason."""


class BudgetSpent(ModelError):
    """The call could cost more than is left of the run's or the day's budget."""


class ModelGateway(Protocol):
    """One run's way to its models."""

    async def ask(self, ask: Ask) -> Answer:
        """Raises NoModel, BudgetSpent."""
        ...


__all__ = [
    "Answer",
    "Ask",
    "BudgetSpent",
    "ModelError",
    "ModelGateway",
    "NoModel",
    "Role",
    "ToolCall",
    "Usage",
]
