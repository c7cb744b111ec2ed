"""What a run may ask of which model."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from agents.models.failures import Failure, Remedy
from memory.records.model import Ask, Role
from memory.records.spending import Caps, Price
from memory.settings import Settings

SHORTEST_ANSWER = 256
"""Tokens. Where less is left of a model's window, it is not asked."""


@dataclass(frozen=True)
class RunTerms:
    """Of one run; None and empty: as the settings say."""

    run_id: str
    project_id: str
    budget_usd: Decimal | None = None
    models: tuple[str, ...] = ()
    """The project's own choice, for all roles."""
    raises: int = 0
    """Times that a person let the run spend its budget once more."""

    def chain(self, settings: Settings, role: Role) -> tuple[str, ...]:
        return self.models or settings.models_of(role)

    def caps(self, settings: Settings) -> Caps:
        usd = settings.budget_usd if self.budget_usd is None else self.budget_usd
        tokens, times = settings.budget_tokens, 1 + self.raises
        return Caps(usd=None if usd is None else usd * times, tokens=None if tokens is None else tokens * times)


def run_terms(
    run_id: str,
    project_id: str,
    *,
    budget_usd: float | str | Decimal | None = None,
    model: str | None = None,
    raises: int = 0,
) -> RunTerms:
    """From what a request's body says: `model` may be a list with commas."""
    names = tuple(filter(None, (name.strip() for name in (model or "").split(","))))
    return RunTerms(run_id, project_id, None if budget_usd is None else Decimal(str(budget_usd)), names, raises)


def price_for(settings: Settings, model: str, caps: Caps) -> Price | None:
    """Raises Failure where a cap in USD could not be kept."""
    price = settings.price_of(model)
    if price is None and (caps.usd is not None or settings.daily_budget_usd is not None):
        remedy = f"set SOFTWRIGHT_PRICES={model}=IN/OUT in USD per million tokens ({model}=0/0 where it costs nothing)"
        raise Failure(f"it has no known price, and a budget in USD is set: {remedy}", Remedy.NEXT)
    return price


def answer_length(settings: Settings, ask: Ask, model: str, likely_prompt: int) -> int:
    """Tokens that the answer may have. Raises Failure where the prompt alone is too much for the model's window."""
    longest = min(ask.max_tokens, settings.longest_answer(ask.role))
    window = settings.window_of(model)
    if window is None:
        return longest
    room = window - likely_prompt - likely_prompt // 5
    if room < min(SHORTEST_ANSWER, longest):
        reason = f"the prompt is too long for it: about {likely_prompt:,} tokens of a window of {window:,}"
        raise Failure(reason, Remedy.NEXT)
    return min(longest, room)


__all__ = ["RunTerms", "answer_length", "price_for", "run_terms"]
