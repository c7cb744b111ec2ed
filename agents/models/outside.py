"""Asking a model where there is no run: for a folder that is no project. Nothing is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agents.models.attempt import Attempts
from agents.models.factory import AtFirstCall
from agents.models.failures import Failure
from agents.models.patience import wait_before
from agents.models.terms import answer_length
from agents.models.wire import Canonical, likely_prompt_tokens
from memory.records.model import Answer, Ask, BudgetSpent, NoModel, Usage
from memory.settings import Settings


class OutsideRuns:
    """Implements memory.records.model.ModelGateway. All calls together keep within what one run may spend."""

    def __init__(self, settings: Settings, endpoint: Attempts) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self.tokens = 0
        """Spent so far, counted by us where the endpoint does not say."""

    async def ask(self, ask: Ask) -> Answer:
        """Raises NoModel, BudgetSpent."""
        chain = self._settings.models_of(ask.role)
        if not chain:
            raise NoModel("no model is set: SOFTWRIGHT_MODEL names one (see .env.example)")
        reasons: list[str] = []
        for model in chain:
            try:
                return await self._patiently(ask, model)
            except Failure as failure:
                reasons.append(f"{model}: {failure.reason}")
        raise NoModel("no model answered: " + "; ".join(reasons))

    async def _patiently(self, ask: Ask, model: str) -> Answer:
        done = 0
        while True:
            try:
                return await self._once(ask, model)
            except Failure as failure:
                retries, longest = self._settings.model_retries, self._settings.model_retry_wait_s
                wait = wait_before(failure, done, retries=retries, longest_s=longest)
                if wait is None:
                    raise
                done += failure.refused_feature is None
                await asyncio.sleep(wait)

    async def _once(self, ask: Ask, model: str) -> Answer:
        prompt = likely_prompt_tokens(Canonical().of(ask))
        length = answer_length(self._settings, ask, model, prompt)
        cap, most = self._settings.budget_tokens, Usage(prompt_tokens=prompt, completion_tokens=length, estimated=True)
        if cap is not None and self.tokens + prompt + length > cap:
            raise BudgetSpent(f"{self.tokens:,} of {cap:,} tokens are spent (SOFTWRIGHT_BUDGET_TOKENS)")
        about = {"key": ask.key, "agent": ask.role.value}
        reply = await self._endpoint.call(ask, model, max_tokens=length, on_text=_unheard, about=about)
        usage = reply.usage or most.model_copy(update={"completion_tokens": min(length, reply.size)})
        self.tokens += usage.prompt_tokens + usage.completion_tokens
        price = self._settings.price_of(model)
        return Answer(
            text=reply.text,
            tool_calls=reply.tool_calls,
            finish=reply.finish,
            model=model,
            usage=usage,
            usd=None if price is None else price.of(usage),
        )


async def _unheard(text: str) -> None:
    """Nobody listens while the answer comes."""


@asynccontextmanager
async def outside_runs(settings: Settings) -> AsyncIterator[OutsideRuns]:
    endpoint = AtFirstCall(settings)
    try:
        yield OutsideRuns(settings, endpoint)
    finally:
        await endpoint.aclose()


__all__ = ["OutsideRuns", "outside_runs"]
