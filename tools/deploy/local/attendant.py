"""Keeps one version running: starts it again when it ends, more slowly each time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from memory.records.execution import SandboxError
from memory.records.serving import DeploymentStatus, HealthProbe
from tools.deploy.local.instance import Instance, NotHealthy
from tools.deploy.local.logs import RotatingLog
from tools.deploy.local.slot import Settings, StoredRelease

CRASH_LOOP = 3
"""Failures in a row from which on it is called unhealthy."""

StandIn = Callable[[], AbstractAsyncContextManager[None]]
Launch = Callable[[], Awaitable[tuple[Instance, HealthProbe]]]


class Attendant:
    """`stand_in` answers callers while it waits in a crash loop; before that they wait in the listener's queue."""

    def __init__(
        self, release: StoredRelease, launch: Launch, stand_in: StandIn, settings: Settings, log: RotatingLog
    ) -> None:
        self.release = release
        self.restarts = 0
        self.trouble = ""
        """Why it last ended or did not start, with the end of its log; empty while nothing happened."""
        self._launch = launch
        self._stand_in = stand_in
        self._settings = settings
        self._log = log
        self._failures = 0
        self._instance: Instance | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def instance(self) -> Instance | None:
        """The copy that takes requests; None between two."""
        return None if self._instance is None or self._instance.ended.done() else self._instance

    @property
    def status(self) -> DeploymentStatus:
        if self.instance is not None:
            return DeploymentStatus.HEALTHY
        return DeploymentStatus.UNHEALTHY if self._failures >= CRASH_LOOP else DeploymentStatus.STARTING

    async def take_over(self, proven: Instance) -> None:
        """Let a proven copy take requests, and keep it. Raises NotHealthy."""
        await self._accepted(proven)
        self.begin()

    def begin(self) -> None:
        self._task = asyncio.create_task(self._keep())

    async def rejoin(self) -> None:
        """After `step_back`: let the copy that was kept ready take requests again; where it has gone, start one."""
        kept, self._instance = self.instance, None
        if kept is not None:
            try:
                await self._accepted(kept)
            except NotHealthy as error:
                self._failed(str(error), error.log_end)
        self.begin()

    async def step_back(self) -> None:
        """Let a successor have all new requests; a copy that is just being started is killed."""
        await self._stop_attending()
        if self._instance is not None:
            await self._instance.drain(self._settings.drain_s)

    async def end(self) -> None:
        """Stop the copy that runs, with time for the requests that it has begun."""
        await self._stop_attending()
        instance, self._instance = self._instance, None
        if instance is not None:
            await instance.stop(self._settings.grace_s)

    async def _stop_attending(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self) -> None:
        while True:
            if self._instance is not None:
                await self._attend(self._instance)
            await self._pause()
            await self._start_again()

    async def _pause(self) -> None:
        if self._failures < CRASH_LOOP:
            await asyncio.sleep(self._pause_s())
            return
        async with self._stand_in():
            await asyncio.sleep(self._pause_s())

    async def _attend(self, instance: Instance) -> None:
        began = time.monotonic()
        await asyncio.wait({instance.ended})
        self._instance = None
        if time.monotonic() - began >= self._settings.stable_s:
            self._failures = 0
        self._failed(await instance.why_ended(), instance.log_end)
        await instance.kill()
        self.restarts += 1

    async def _start_again(self) -> None:
        try:
            instance, _ = await self._launch()
            await self._accepted(instance)
        except NotHealthy as error:
            self._failed(str(error), error.log_end)
        except SandboxError as error:
            self._failed(f"the sandbox refused: {error}", "")

    async def _accepted(self, instance: Instance) -> None:
        try:
            await instance.accept()
        except asyncio.CancelledError:
            await instance.kill()
            raise
        self._instance = instance

    def _failed(self, why: str, log_end: str) -> None:
        self._failures += 1
        self.trouble = f"{why}\n{log_end}".rstrip()
        self._log.note(f"{why}; starting again in {self._pause_s():.1f} s")

    def _pause_s(self) -> float:
        if self._failures == 0:
            return 0.0
        doublings = min(self._failures - 1, 30)
        return min(self._settings.backoff_first_s * 2.0**doublings, self._settings.backoff_cap_s)


__all__ = ["Attendant"]
