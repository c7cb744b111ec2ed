"""The one constructor: gateways for runs, over one ledger and one endpoint."""

from __future__ import annotations

from agents.models.endpoint import Endpoint
from agents.models.gateway import Gateway
from agents.models.listener import Listener
from agents.models.terms import RunTerms
from memory.database import Pool
from memory.settings import Settings
from memory.spending import Spending, make_spending


class Gateways:
    """Of one process and event loop."""

    def __init__(self, settings: Settings, spending: Spending, endpoint: Endpoint) -> None:
        self.spending = spending
        self._settings = settings
        self._endpoint = endpoint

    def for_run(self, terms: RunTerms, listener: Listener | None = None) -> Gateway:
        """One for all of a run's calls: those that go on at the same time wait for one another at the budget."""
        return Gateway(self._settings, self.spending, self._endpoint, terms, listener or Listener())

    async def aclose(self) -> None:
        await self._endpoint.aclose()


def make_gateways(settings: Settings, pool: Pool) -> Gateways:
    return Gateways(settings, make_spending(settings, pool), Endpoint(settings))


__all__ = ["Gateways", "make_gateways"]
