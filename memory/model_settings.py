"""Settings of models, prices and budgets: a part of `memory.settings.Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from memory.records.model import Role
from memory.records.spending import Price

ANY = "*"
"""Stands for every model, or every role, that is not named."""
LONGEST_ANSWER = 16_384
"""Tokens."""


def _names(value: Any) -> Any:
    """`a, b` → ("a", "b"), without doubles."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def _pairs(value: str, example: str) -> dict[str, str]:
    pairs = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, found, what = part.rpartition("=")
        if not found or not name.strip():
            raise ValueError(f"`{part}` has to look like {example}")
        pairs[name.strip()] = what.strip()
    return pairs


def _price(name: str, text: str) -> Price:
    try:
        prompt, completion = (Decimal(part) for part in text.split("/"))
    except (ValueError, InvalidOperation):
        raise ValueError(f"the price of {name} has to look like 0.25/2 (USD per million tokens in/out)") from None
    if not (prompt.is_finite() and completion.is_finite() and prompt >= 0 and completion >= 0):
        raise ValueError(f"the price of {name} has to be two amounts of 0 or more")
    return Price(prompt, completion)


def _prices(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return {name: _price(name, text) for name, text in _pairs(value, "model=0.25/2").items()}


def _counts(value: Any) -> Any:
    """`dev=9000,qa=500`, or one number for all."""
    if not isinstance(value, str):
        return value
    pairs = {ANY: value} if value.strip().isdigit() else _pairs(value, "name=8192")
    counts = {name: int(text) for name, text in pairs.items() if text.isdigit() and int(text) > 0}
    if wrong := pairs.keys() - counts.keys():
        raise ValueError(f"the number of {sorted(wrong)[0]} has to be a whole one above 0")
    return counts


def _by_role(value: Any) -> Any:
    counts = _counts(value)
    if isinstance(counts, Mapping) and (unknown := counts.keys() - {*Role, ANY}):
        raise ValueError(f"{sorted(unknown)[0]} is no role; they are {', '.join(Role)}")
    return counts


def _no_cap(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().lower() in {"none", "off", "unlimited"} else value


class AskAbout(StrEnum):
    ASK = "ask"
    """Always: the run waits."""
    REFUSE = "refuse"
    ATTENDED = "attended"
    """Where somebody is there: runs that began in the chat or on a terminal, or with `approve`."""


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
Usd = Annotated[Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] | None, BeforeValidator(_no_cap)]
Tokens = Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(_no_cap)]
Prices = Annotated[Mapping[str, Price], NoDecode, BeforeValidator(_prices)]
Counts = Annotated[Mapping[str, int], NoDecode, BeforeValidator(_counts)]
RoleCounts = Annotated[Mapping[str, int], NoDecode, BeforeValidator(_by_role)]


class ModelSettings(BaseSettings):
    openai_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("OPENAI_API_KEY"))
    openai_base_url: str | None = Field(default=None, validation_alias=AliasChoices("OPENAI_BASE_URL"))
    """Unset: OpenAI's own."""

    model: Names = ()
    """The preferred model, then its fall-backs. None: templates and rules."""
    model_pm: Names = ()
    model_dev: Names = ()
    model_qa: Names = ()
    model_ops: Names = ()
    """The same for one role; unset: `model`."""

    embedding_model: str | None = None
    """For impact analysis, at an endpoint in OpenAI's form; unset: words and history alone."""
    embedding_base_url: str | None = None
    """Unset: `openai_base_url`."""

    prices: Prices = Field(default_factory=dict)
    """By model, USD per million tokens. `*` is for any other."""
    budget_usd: Usd = Decimal("2")
    budget_tokens: Tokens = 2_000_000
    """What one run may spend; None: no cap."""
    daily_budget_usd: Usd = Decimal("20")
    daily_budget_tokens: Tokens = 20_000_000
    """What all runs of a day (UTC) may spend together; None: no cap."""

    max_tokens: RoleCounts = Field(default_factory=dict)
    """Longest answer by role, in tokens; LONGEST_ANSWER for what is not named. A call may ask for less."""
    context_windows: Counts = Field(default_factory=dict)
    """Tokens that a model reads and writes at most; a model without one is asked, and its own error is believed."""
    model_timeout_s: Annotated[float, Field(gt=0)] = 120.0
    """Longest silence of an endpoint."""
    model_call_timeout_s: Annotated[float, Field(gt=0)] = 900.0
    """Longest time of one attempt."""
    model_retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Times that a model is asked again after a passing failure."""
    model_retry_wait_s: Annotated[float, Field(ge=0)] = 60.0
    """Longest wait before that; an endpoint that asks for more is passed over."""
    model_stream: bool = True
    """Off for endpoints that cannot stream."""

    dev_rounds: Annotated[int, Field(ge=1, le=10)] = 3
    """Times that Dev writes and QA proves, at most, before a run gives up."""
    coverage_target: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Share of lines of a generated application below which QA generates tests; 0: never."""

    dangerous_tools: AskAbout = AskAbout.ATTENDED
    """Whether a person is asked before a model's tool call that could do harm; refused where nobody is."""

    langsmith_tracing: bool = Field(default=False, validation_alias=AliasChoices("LANGSMITH_TRACING"))
    """Sends prompts and answers to LangSmith."""
    langsmith_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("LANGSMITH_API_KEY"))
    langsmith_endpoint: str | None = Field(default=None, validation_alias=AliasChoices("LANGSMITH_ENDPOINT"))
    langsmith_project: str | None = Field(default=None, validation_alias=AliasChoices("LANGSMITH_PROJECT"))

    def models_of(self, role: Role) -> tuple[str, ...]:
        """The preferred model of a role and its fall-backs; empty: none."""
        own: tuple[str, ...] = getattr(self, f"model_{role.value}")
        return own or self.model

    def price_of(self, model: str) -> Price | None:
        return self.prices.get(model, self.prices.get(ANY))

    def longest_answer(self, role: Role) -> int:
        """In tokens."""
        return self.max_tokens.get(role.value, self.max_tokens.get(ANY, LONGEST_ANSWER))

    def window_of(self, model: str) -> int | None:
        """In tokens; None: unknown."""
        return self.context_windows.get(model, self.context_windows.get(ANY))


__all__ = ["AskAbout", "ModelSettings"]
