"""When a model is asked again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Callable

from agents.models.failures import Failure, Remedy

FIRST_WAIT_S = 0.5


def wait_before(
    failure: Failure, retries_done: int, *, retries: int, longest_s: float, jitter: Callable[[], float] = random.random
) -> float | None:
    """Seconds to wait before the next try; None: there is none.

    The endpoint's own wish is heeded, and where it wishes longer than `longest_s` nothing is tried.
    """
    allowed = {Remedy.RETRY: retries, Remedy.RETRY_ONCE: min(retries, 1)}.get(failure.remedy, 0)
    if failure.refused_feature is not None and failure.remedy is Remedy.RETRY:
        return 0.0  # the request is another one now, and there are few features to drop
    if retries_done >= allowed:
        return None
    if failure.retry_after_s is not None:
        return failure.retry_after_s + 0.1 * jitter() if failure.retry_after_s <= longest_s else None
    return min(longest_s, FIRST_WAIT_S * float(2**retries_done) * (0.5 + 0.5 * jitter()))


__all__ = ["wait_before"]
