"""Processor and memory of applications at providers, as these measure them; asked seldom, for they count requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from memory.clock import Clock
from memory.records.monitoring import Target
from memory.records.serving import Usage as Counted
from tools.deploy.interface import DeployError, Platform
from tools.monitoring.interface import Usage, UsageSource

EVERY = timedelta(minutes=5)
LOCAL = "local"
logger = logging.getLogger("softwright.monitor")


class RemoteUsage(UsageSource):
    """A round does not wait for it: what came since the round before is answered, once."""

    def __init__(self, platform: Platform, clock: Clock, *, every: timedelta = EVERY) -> None:
        self._platform = platform
        self._clock = clock
        self._every = every
        self._asked: dict[str, datetime] = {}
        self._before: dict[str, Counted] = {}
        self._fresh: dict[str, Usage] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def usage(self, targets: Sequence[Target]) -> Mapping[str, Usage]:
        now = self._clock.now()
        remote = {target.deployment_id: target for target in targets if target.platform != LOCAL}
        for kept in (self._asked, self._before, self._fresh):
            for gone in kept.keys() - remote.keys():
                kept.pop(gone)
        for target in remote.values():
            last = self._asked.get(target.deployment_id)
            if last is None or now - last >= self._every:
                self._asked[target.deployment_id] = now
                task = asyncio.create_task(self._look(target))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        answered, self._fresh = self._fresh, {}
        return answered

    async def _look(self, target: Target) -> None:
        try:
            now = await self._platform.usage(target.deployment_id)
        except DeployError as error:
            logger.warning("usage of %s: %s", target.deployment_id, error)
            return
        before = self._before.get(target.deployment_id)
        self._before[target.deployment_id] = now
        self._fresh[target.deployment_id] = _usage(target, before, now)


def _usage(target: Target, before: Counted | None, now: Counted) -> Usage:
    cores = None
    if before is not None and now.at > before.at and now.cpu_seconds >= before.cpu_seconds:
        cores = (now.cpu_seconds - before.cpu_seconds) / (now.at - before.at).total_seconds()
    share = cores / target.cores if cores is not None and target.cores else None
    memory = now.memory_bytes / target.memory_bytes if target.memory_bytes else 0.0
    return Usage(cores, share, now.memory_bytes, memory)


__all__ = ["RemoteUsage"]
