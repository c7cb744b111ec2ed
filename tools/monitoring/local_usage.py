"""Processor and memory of applications on this machine: all processes below each slot's keeper, by psutil."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from memory.records.monitoring import Target
from tools.monitoring.interface import Usage, UsageSource

Owner = Callable[[Sequence[str]], str | None]
"""The `project/environment` that a keeper's command line names; None for any other process."""


@dataclass
class _Seen:
    at: float
    seconds: dict[tuple[int, float], float] = field(default_factory=dict)
    """Processor time by process (id and start)."""


class LocalUsage(UsageSource):
    def __init__(self, owner: Owner, *, cores: int, memory_bytes: int) -> None:
        """The limits that an application has where its target says nothing else."""
        self._owner = owner
        self._cores = cores
        self._memory = memory_bytes
        self._before: dict[str, _Seen] = {}

    async def usage(self, targets: Sequence[Target]) -> Mapping[str, Usage]:
        wanted = {f"{t.project_id}/{t.environment}": t for t in targets if t.platform == "local"}
        return await asyncio.to_thread(self._look, wanted) if wanted else {}

    def _look(self, wanted: Mapping[str, Target]) -> dict[str, Usage]:
        found: dict[str, Usage] = {}
        below = _children()
        for keeper in psutil.process_iter(["cmdline"]):
            slot = self._owner(keeper.info["cmdline"] or ())
            if slot is not None and slot in wanted:
                target = wanted[slot]
                found[target.deployment_id] = self._of(slot, target, _descendants(keeper.pid, below))
        self._before = {slot: seen for slot, seen in self._before.items() if slot in wanted}
        return found

    def _of(self, slot: str, target: Target, processes: Sequence[psutil.Process]) -> Usage:
        now = _Seen(time.monotonic())
        memory = 0
        for process in processes:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    now.seconds[process.pid, process.create_time()] = times.user + times.system
                    memory += process.memory_info().rss
            except psutil.Error:
                continue  # it ended meanwhile
        before, self._before[slot] = self._before.get(slot), now
        cores = None
        if before is not None and now.at > before.at:
            used = sum(max(spent - before.seconds.get(key, 0.0), 0.0) for key, spent in now.seconds.items())
            cores = used / (now.at - before.at)
        available = target.cores or self._cores
        share = None if cores is None else cores / min(available, os.cpu_count() or available)
        return Usage(cores, share, memory, memory / (target.memory_bytes or self._memory))


def _children() -> dict[int, list[psutil.Process]]:
    below: dict[int, list[psutil.Process]] = {}
    for process in psutil.process_iter(["ppid"]):
        below.setdefault(process.info["ppid"], []).append(process)
    return below


def _descendants(pid: int, below: Mapping[int, list[psutil.Process]]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    waiting = [pid]
    while waiting:
        children = below.get(waiting.pop(), [])
        found += children
        waiting += [child.pid for child in children]
    return found


__all__ = ["LocalUsage", "Owner"]
