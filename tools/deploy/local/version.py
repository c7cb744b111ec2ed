"""One version of an application: as many copies as it is to have, each with its attendant."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from memory.records.serving import DeploymentStatus, HealthProbe
from tools.deploy.local.attendant import Attendant
from tools.deploy.local.instance import Counts, Instance
from tools.deploy.local.logs import RotatingLog
from tools.deploy.local.slot import Settings, StoredRelease
from tools.deploy.local.stand_in import standing_in

Launch = Callable[[], Awaitable[tuple[Instance, HealthProbe]]]


class Version:
    def __init__(
        self,
        release: StoredRelease,
        launch: Launch,
        listener: Callable[[], socket.socket],
        settings: Settings,
        log: RotatingLog,
    ) -> None:
        self.release = release
        self.launch = launch
        self._listener = listener
        self._settings = settings
        self._hurry = asyncio.Event()
        self.copies = tuple(
            Attendant(release, launch, self._stand_in, settings, log) for _ in range(release.resources.instances)
        )

    @property
    def deployment_id(self) -> str:
        return self.release.deployment_id

    @property
    def instances(self) -> list[Instance]:
        """Those that take requests."""
        return [copy.instance for copy in self.copies if copy.instance is not None]

    @property
    def status(self) -> DeploymentStatus:
        """The worst of its copies'."""
        found = {copy.status for copy in self.copies}
        for status in (DeploymentStatus.UNHEALTHY, DeploymentStatus.STARTING):
            if status in found:
                return status
        return DeploymentStatus.HEALTHY

    @property
    def restarts(self) -> int:
        return sum(copy.restarts for copy in self.copies)

    @property
    def trouble(self) -> str:
        return next((copy.trouble for copy in self.copies if copy.trouble), "")

    def begin(self) -> None:
        for copy in self.copies:
            copy.begin()

    async def rejoin(self) -> None:
        """Take requests again after `step_back`, each with the copy that was kept ready, or with a new one."""
        await asyncio.gather(*[copy.rejoin() for copy in self.copies])

    async def step_back(self) -> None:
        await asyncio.gather(*[copy.step_back() for copy in self.copies])

    async def end(self) -> None:
        await asyncio.gather(*[copy.end() for copy in self.copies])

    async def retire(self) -> None:
        """End it once its WebSockets and slow requests have ended, or their time is over."""
        lingering = [asyncio.ensure_future(one.linger(self._settings.linger_s)) for one in self.instances]
        hurried = asyncio.create_task(self._until_hurried(lingering))
        await asyncio.gather(*lingering, return_exceptions=True)
        hurried.cancel()
        await self.end()

    async def _until_hurried(self, lingering: Sequence[asyncio.Future[None]]) -> None:
        await self._hurry.wait()
        for waiting in lingering:
            waiting.cancel()

    def hurry(self) -> None:
        self._hurry.set()

    async def counts(self, within_s: float) -> Counts:
        found = await asyncio.gather(*[one.counts(within_s) for one in self.instances])
        return sum((one for one in found if one is not None), Counts())

    def _stand_in(self) -> AbstractAsyncContextManager[None]:
        # its other copies answer better than a 503 does
        return contextlib.nullcontext() if self.instances else standing_in(self._listener())


__all__ = ["Version"]
