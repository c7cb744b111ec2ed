"""Who hears what happens during calls: the run's events. A listener that fails never costs a paid answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

logger = logging.getLogger("softwright.models")

FLUSH_S = 0.05
"""Tokens are handed on in bundles of this time."""


async def _nobody(*_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Listener:
    on_token: Callable[[str, str], Awaitable[None]] = _nobody
    """(agent, text): the answer as it comes. After a failed attempt it starts anew."""
    on_fallback: Callable[[str, str, str, str], Awaitable[None]] = _nobody
    """(agent, from, to, reason): another try (`to` is `from`), or the next model."""
    on_budget: Callable[[Decimal | None, Decimal | None], Awaitable[None]] = _nobody
    """(spent_usd, budget_usd) of the run, after each call."""


async def tell(heard: Awaitable[None]) -> None:
    try:
        await heard
    except Exception:  # the border to whoever listens: the call goes on
        logger.exception("a listener of model calls failed")


class Tokens:
    """Bundles the tokens of one answer."""

    def __init__(self, agent: str, listener: Listener) -> None:
        self._agent = agent
        self._listener = listener
        self._waiting: list[str] = []
        self._flushed = 0.0

    async def add(self, text: str) -> None:
        self._waiting.append(text)
        if time.monotonic() - self._flushed >= FLUSH_S:
            await self.flush()

    async def flush(self) -> None:
        text = "".join(self._waiting)
        self._waiting.clear()
        self._flushed = time.monotonic()
        if text and self._listener.on_token is not _nobody:
            await tell(self._listener.on_token(self._agent, text))


__all__ = ["Listener", "Tokens", "tell"]
