"""Models that a run leaves alone: for good after a failure that will not pass, for a while after one that did not."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from agents.models.failures import Failure, Remedy

REST_S = 60.0


class Circuit:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed_until: dict[str, tuple[float, str]] = {}

    def remember(self, broken: Mapping[str, str]) -> None:
        """What an earlier process of the run found out."""
        self._closed_until.update({model: (math.inf, reason) for model, reason in broken.items()})

    def check(self, model: str) -> None:
        """Raises Failure where the model is not to be asked."""
        until, reason = self._closed_until.get(model, (0.0, ""))
        if until > self._clock():
            raise Failure(f"not asked again: {reason}", Remedy.NEXT)

    def note(self, model: str, failure: Failure) -> None:
        if failure.remedy is Remedy.NEVER:
            self._closed_until[model] = (math.inf, failure.reason)
        elif failure.remedy in (Remedy.RETRY, Remedy.RETRY_ONCE):
            self._closed_until[model] = (self._clock() + REST_S, failure.reason)


__all__ = ["Circuit"]
