"""The one constructor: gateways for runs, over one ledger and one endpoint."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping

from agents.models.attempt import Attempts, OnText, Reply
from agents.models.gateway import Gateway
from agents.models.listener import Listener
from agents.models.terms import RunTerms
from memory.database import Pool
from memory.records.model import Ask, Role
from memory.settings import Settings
from memory.spending import Spending, make_spending

CLIENTS = "agents.models.endpoint"
"""Loads the clients of OpenAI and LangChain: a second of processor time, which nobody pays who has no model."""


class Gateways:
    """Of one process and event loop."""

    def __init__(self, settings: Settings, spending: Spending, endpoint: Attempts) -> None:
        self.spending = spending
        self._settings = settings
        self._endpoint = endpoint

    def for_run(self, terms: RunTerms, listener: Listener | None = None) -> Gateway:
        """One for all of a run's calls: those that go on at the same time wait for one another at the budget."""
        return Gateway(self._settings, self.spending, self._endpoint, terms, listener or Listener())

    async def aclose(self) -> None:
        await self._endpoint.aclose()


class AtFirstCall:
    """The endpoint, made when it is first asked: a run may name a model where the settings have none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: Attempts | None = None
        self._making = asyncio.Lock()

    async def call(self, ask: Ask, model: str, *, max_tokens: int, on_text: OnText, about: Mapping[str, str]) -> Reply:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(_endpoint, self._settings)
        return await self._made.call(ask, model, max_tokens=max_tokens, on_text=on_text, about=about)

    async def aclose(self) -> None:
        if self._made is not None:
            await self._made.aclose()


def make_gateways(settings: Settings, pool: Pool) -> Gateways:
    return Gateways(settings, make_spending(settings, pool), AtFirstCall(settings))


def load_clients(settings: Settings) -> None:
    """What the first call would load, before processes are forked that would each do it. Only where a model is set."""
    if any(settings.models_of(role) for role in Role):
        importlib.import_module(CLIENTS)


def _endpoint(settings: Settings) -> Attempts:
    made: Attempts = importlib.import_module(CLIENTS).Endpoint(settings)
    return made


__all__ = ["AtFirstCall", "Gateways", "load_clients", "make_gateways"]
