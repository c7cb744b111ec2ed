"""Whether a version that has just taken over does worse than the one before it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from tools.deploy.local.instance import Counts
from tools.deploy.local.rehearsal import still_reads
from tools.deploy.local.slot import Settings
from tools.deploy.local.smoke import ListRoute
from tools.deploy.local.version import Version

LOOK_S = 0.2
ASK_S = 1.0
PATIENCE_S = 2.0
ALLOWED_SHARE = 0.02
"""Of failed answers, above what the version before had twice over."""


def too_many(before: Counts, now: Counts, least: int) -> str:
    """Why the share of failed answers speaks against the version; empty where it does not."""
    if now.errors < least:
        return ""
    share = now.errors / now.requests
    usual = before.errors / before.requests if before.requests else 0.0
    if share <= 2 * usual + ALLOWED_SHARE:
        return ""
    return f"{now.errors} of {now.requests} requests failed ({share:.0%}; before: {usual:.1%})"


class Watch:
    """One look after the other, until `watch_s` is over and nothing is in suspicion any more."""

    def __init__(self, new: Version, before: Counts, routes: Sequence[ListRoute], settings: Settings) -> None:
        self._new = new
        self._before = before
        self._routes = tuple(routes[:2])
        self._settings = settings
        self._patience_s = min(PATIENCE_S, settings.watch_s / 3)
        self._silent = 0
        self._faulty = 0

    async def worse(self) -> str:
        """The reason as soon as there is one, else empty."""
        end = time.monotonic() + self._settings.watch_s
        asked = 0.0
        while time.monotonic() < end or self._silent or self._faulty:
            if self._new.restarts:
                return f"it ended after it had taken over: {self._new.trouble.partition(chr(10))[0]}"
            if reason := await self._counted():
                return reason
            if time.monotonic() - asked >= ASK_S or self._faulty:
                asked = time.monotonic()
                if reason := await self._asked():
                    return reason
            await asyncio.sleep(LOOK_S)
        return ""

    async def _counted(self) -> str:
        found = await asyncio.gather(*[one.counts(self._patience_s) for one in self._new.instances])
        self._silent = self._silent + 1 if None in found else 0
        if self._silent >= 2:
            return f"it did not react for {2 * self._patience_s:.1f} s"
        now = sum((one for one in found if one is not None), Counts())
        return too_many(self._before, now, self._settings.watch_errors)

    async def _asked(self) -> str:
        """Two times in a row, so that one answer that was slow by chance turns nothing back."""
        reason = await self._fault()
        self._faulty = self._faulty + 1 if reason else 0
        return reason if self._faulty >= 2 else ""

    async def _fault(self) -> str:
        for instance in self._new.instances:
            health = await instance.probe(self._patience_s)
            if not health.healthy:
                return health.error
            if fault := await still_reads(instance.address, self._routes, self._patience_s):
                return fault
        return ""


__all__ = ["Watch", "too_many"]
