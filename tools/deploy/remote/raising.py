"""Bringing a version up at a provider: each step looks at what is there first, so it can be begun again anywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from memory.records.serving import HealthProbe
from memory.repositories.remote import RemoteLedger, Slot
from memory.store import Row
from tools.deploy.interface import ReleaseBroken
from tools.deploy.remote.calls import CallFailed
from tools.deploy.remote.interface import Blueprint, Deploy, Pace, Progress, Provider, Service, Stage, once

LOG_LINES = 60
Probe = Callable[[str], Awaitable[HealthProbe]]


@dataclass(frozen=True)
class Raised:
    service: Service
    deploy: str
    url: str
    health: HealthProbe


@dataclass(frozen=True)
class Raising:
    """One deployment on its way."""

    provider: Provider
    ledger: RemoteLedger
    pace: Pace
    probe: Probe
    slot: Slot

    async def raise_up(self, blueprint: Blueprint, row: Row) -> Raised:
        """Raises ReleaseBroken, CallFailed."""
        row = await self._marked(blueprint.name, row)
        service, fresh = await self.service(blueprint)
        if fresh and row["deploy"]:
            row = await self.ledger.note(blueprint.key, deploy="", before="")
        deploy = row["deploy"] or await self._started(service, blueprint, row["before"])
        deploy, progress = await self.awaited(service, deploy, (blueprint, row["before"]))
        if progress.stage is not Stage.LIVE:
            raise await self.broken(service, deploy, f"its deploy ended as {progress.told!r}")
        url = progress.url or service.url
        if url is None:
            raise await self.broken(service, deploy, "the provider gave it no address")
        health = await self.proven(url + blueprint.health_path)
        if not health.healthy:
            raise await self.broken(service, deploy, f"GET {url}{blueprint.health_path}: {health.error}")
        return Raised(service, deploy, url, health)

    async def service(self, blueprint: Blueprint) -> tuple[Service, bool]:
        """The one service of the slot, as the blueprint has it; whether it is another than before.

        What a lost answer made twice is removed.
        """
        known = await self.ledger.intend_service(self.slot, blueprint.name)
        kept = (known["service"] or {}).get("id")

        async def look() -> Service | None:
            found = await self.provider.find(blueprint.name)
            chosen = next((one for one in found if one.id == kept), found[0] if found else None)
            for surplus in found:
                if chosen is not None and surplus.id != chosen.id:
                    await self.provider.delete(surplus)
            return chosen

        service, unsure = await once(look, lambda: self.provider.create(blueprint), self.pace)
        fresh = service.id != kept
        await self.ledger.know_service(self.slot, service.document())
        if unsure:
            kept = service.id
            await look()
        service = await self.provider.configure(service, blueprint)
        await self.ledger.know_service(self.slot, service.document())
        return service, fresh

    async def _marked(self, name: str, row: Row) -> Row:
        """What is newer than this is ours."""
        if row["before"] is not None:
            return row
        found = await self.provider.find(name)
        newest = await self.provider.deploys(found[0]) if found else []
        return await self.ledger.note(row["id"], before=newest[0].id if newest else "")

    async def ours(self, service: Service, blueprint: Blueprint, before: str, than: str | None = None) -> Deploy | None:
        """The newest deploy of this version that was not there before; `than`: other than this one."""
        for deploy in await self.provider.deploys(service):
            if deploy.id == before:
                return None
            known = deploy.key == blueprint.key if deploy.key else deploy.version == blueprint.artefact.version
            if known and deploy.id != than:
                return deploy
        return None

    async def _started(self, service: Service, blueprint: Blueprint, before: str) -> str:
        deploy, _ = await once(
            lambda: self.ours(service, blueprint, before),
            lambda: self.provider.start(service, blueprint),
            self.pace,
        )
        await self.ledger.note(blueprint.key, deploy=deploy.id)
        return deploy.id

    async def awaited(
        self, service: Service, deploy: str, made: tuple[Blueprint, str] | None = None
    ) -> tuple[str, Progress]:
        """Until it is live, or never will be.

        `made`: what was asked for and what there was before; a deploy that was made twice goes on as the newer one.
        """
        ends = self.pace.clock() + self.pace.deadline_s
        while True:
            progress = await self.provider.progress(service, deploy)
            if progress.stage is Stage.READY:
                await self.provider.take_over(service, deploy)
            elif progress.stage is Stage.REPLACED and made is not None:
                newer = await self.ours(service, *made, than=deploy)
                if newer is None:
                    return deploy, progress
                deploy = newer.id
                await self.ledger.note(made[0].key, deploy=deploy)
            elif progress.stage is not Stage.WORKING:
                return deploy, progress
            if self.pace.clock() >= ends:
                await self.provider.cancel(service, deploy)
                told = f"{progress.told}, for longer than {self.pace.deadline_s:g} s"
                return deploy, replace(progress, stage=Stage.FAILED, told=told)
            await self.pace.sleep(self.pace.poll_s)

    async def proven(self, url: str) -> HealthProbe:
        """The public address may take a while to lead there."""
        ends = self.pace.clock() + self.pace.prove_s
        while True:
            health = await self.probe(url)
            if health.healthy or self.pace.clock() >= ends:
                return health
            await self.pace.sleep(min(self.pace.poll_s, 1.0))

    async def broken(self, service: Service, deploy: str, what: str) -> ReleaseBroken:
        return ReleaseBroken(
            what,
            place=str(self.slot),
            remedy="What served there before serves on; its last output stands below",
            log_end=await self._log_end(service, deploy),
        )

    async def _log_end(self, service: Service, deploy: str) -> str:
        try:
            return "\n".join(line.text for line in await self.provider.lines(service, deploy, LOG_LINES))
        except CallFailed as error:
            return f"(its log cannot be had: {error})"


__all__ = ["Raised", "Raising"]
