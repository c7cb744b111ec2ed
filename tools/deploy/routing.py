"""All platforms as one: each deployment is asked for where it was made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from memory.records.manifest import Manifest
from memory.records.serving import Release, Resources, Serving, Usage
from tools.deploy.interface import Desired, Platform

LOCAL = "local"


class RoutingPlatform(Platform):
    def __init__(
        self,
        local: Platform,
        remote: Callable[[str], Awaitable[Platform]],
        platform_of: Callable[[str], Awaitable[str | None]],
        used_by: Callable[[str], Awaitable[Sequence[str]]],
    ) -> None:
        """`remote`: a provider by name, raises DeployError; `platform_of` a deployment; `used_by` a project."""
        self._local = local
        self._remote = remote
        self._platform_of = platform_of
        self._used_by = used_by

    async def deploy(self, release: Release, manifest: Manifest) -> Serving:
        return await (await self._named(release.platform)).deploy(release, manifest)

    async def settle(self, deployment_id: str) -> Serving:
        return await (await self._of(deployment_id)).settle(deployment_id)

    async def rollback(self, deployment_id: str, reason: str, to: str | None = None) -> Serving:
        return await (await self._of(deployment_id)).rollback(deployment_id, reason, to)

    async def restart(self, deployment_id: str) -> Serving:
        return await (await self._of(deployment_id)).restart(deployment_id)

    async def scale(self, deployment_id: str, resources: Resources) -> Serving:
        return await (await self._of(deployment_id)).scale(deployment_id, resources)

    async def usage(self, deployment_id: str) -> Usage:
        return await (await self._of(deployment_id)).usage(deployment_id)

    async def status(self, deployment_id: str) -> Serving:
        return await (await self._of(deployment_id)).status(deployment_id)

    async def logs(self, deployment_id: str, *, lines: int) -> str:
        return await (await self._of(deployment_id)).logs(deployment_id, lines=lines)

    async def follow(self, deployment_id: str) -> AsyncIterator[str]:
        async for text in (await self._of(deployment_id)).follow(deployment_id):
            yield text

    async def stop(self, deployment_id: str) -> Serving:
        return await (await self._of(deployment_id)).stop(deployment_id)

    async def reconcile(self, desired: Sequence[Desired] | None = None) -> tuple[Serving, ...]:
        """Providers keep what they run by themselves: with nothing named there is only this machine to bring back."""
        if desired is None:
            return await self._local.reconcile()
        found: list[Serving] = []
        for one in desired:
            found += await (await self._of(one.deployment_id)).reconcile((one,))
        return tuple(found)

    async def stop_all(self) -> None:
        """Of this machine: what runs elsewhere does not end with it."""
        await self._local.stop_all()

    async def forget(self, project_id: str) -> None:
        await self._local.forget(project_id)
        for name in await self._used_by(project_id):
            await (await self._named(name)).forget(project_id)

    async def _of(self, deployment_id: str) -> Platform:
        return await self._named(await self._platform_of(deployment_id) or LOCAL)

    async def _named(self, name: str) -> Platform:
        return self._local if name == LOCAL else await self._remote(name)


__all__ = ["LOCAL", "RoutingPlatform"]
