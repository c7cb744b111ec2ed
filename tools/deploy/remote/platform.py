"""A provider as a platform of ours: what was asked of it is on record first, so that a crash anywhere is taken up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx

from memory.records.manifest import Manifest
from memory.records.serving import DeploymentStatus, HealthProbe, Release, Resources, Serving, Usage
from memory.repositories.remote import RemoteLedger, Slot, SlotHeld
from memory.secrets import Kind, Place, Secrets, redacted
from memory.store import Row
from tools.deploy.interface import (
    DeployError,
    Desired,
    NothingBefore,
    Platform,
    PlatformBroken,
    ReleaseBroken,
    SlotBusy,
    UnknownDeployment,
)
from tools.deploy.remote.checking import CodeOf, check, judge_tables, probe, service_name, warning
from tools.deploy.remote.interface import (
    PORT,
    Blueprint,
    Line,
    Pace,
    Provider,
    Publisher,
    Service,
    Stage,
    once,
)
from tools.deploy.remote.raising import Raising

FOLLOW_LINES = 100
FAILING = "failing"
"""On record while what a failed version left is removed."""


class RemotePlatform(Platform):
    def __init__(
        self,
        provider: Provider,
        ledger: RemoteLedger,
        publisher: Publisher,
        secrets: Secrets,
        http: httpx.AsyncClient,
        *,
        pace: Pace | None = None,
        code_of: CodeOf | None = None,
    ) -> None:
        """`http` probes the applications' own addresses; without `code_of` changes of tables are not judged."""
        self._provider = provider
        self._ledger = ledger
        self._publisher = publisher
        self._secrets = secrets
        self._http = http
        self._pace = pace or Pace()
        self._code_of = code_of

    async def deploy(self, release: Release, manifest: Manifest) -> Serving:
        slot = Slot(release.project_id, release.environment, self._provider.name)
        keeps, writes = self._provider.keeps_files, self._provider.writes_files
        check(slot, release, manifest, keeps_files=keeps, writes_files=writes)
        async with self._alone(slot):
            row = await self._ledger.begin(
                slot,
                release.deployment_id,
                commit=release.commit,
                tree=release.tree,
                health_path=manifest.health_path,
                resources=release.resources.model_dump(mode="json"),
            )
            if row["status"] == FAILING:
                raise await self._cleaned_up(slot, row)
            if row["status"] != DeploymentStatus.BUILDING:
                return await self._now(row)
            variables = await asyncio.to_thread(self._variables, release, manifest)
            try:
                return await self._deploy(slot, release, manifest, variables, row)
            except ReleaseBroken as error:
                what, log_end = redacted(error.what, variables), redacted(error.log_end, variables)
                row = await self._ledger.note(row["id"], status=FAILING, detail=what, log_end=log_end)
                raise await self._cleaned_up(slot, row) from error

    async def settle(self, deployment_id: str) -> Serving:
        """Looks at it for a while: where its address fails at the end, the version before it serves again."""
        ends = self._pace.clock() + self._pace.watch_s
        serving = await self.status(deployment_id)
        while self._pace.clock() < ends and serving.status in (DeploymentStatus.HEALTHY, DeploymentStatus.UNHEALTHY):
            await self._pace.sleep(min(self._pace.poll_s, self._pace.watch_s / 3))
            serving = await self.status(deployment_id)
        if serving.status is not DeploymentStatus.UNHEALTHY:
            return serving
        reason = f"it did not stay healthy: {serving.detail}"
        try:
            await self.rollback(deployment_id, reason)
        except NothingBefore:
            return serving
        return await self.status(deployment_id)

    async def rollback(self, deployment_id: str, reason: str, to: str | None = None) -> Serving:
        row = await self._row(deployment_id)
        slot = self._slot(row)
        async with self._alone(slot):
            row = await self._row(deployment_id)
            before = await self._ledger.before(deployment_id)
            if row["status"] != DeploymentStatus.HEALTHY or before is None:
                raise NothingBefore(
                    f"no other version served before {deployment_id}", place=str(slot), remedy="Deploy one"
                )
            if to not in (None, before["id"]):
                raise NothingBefore(
                    f"{to} did not serve right before {deployment_id}", place=str(slot), remedy="Deploy its commit"
                )
            service = await self._service(slot)
            deploy = await self._turned(service, row, before)
            raising = self._raising(slot)
            deploy, progress = await raising.awaited(service, deploy)
            if progress.stage is not Stage.LIVE:
                raise PlatformBroken(
                    f"the way back to {before['commit'][:12]} ended as {progress.told!r}",
                    place=str(slot),
                    remedy="Deploy that commit instead; what served serves on",
                )
            await self._ledger.turned_back(deployment_id, reason, before["id"], deploy)
            return await self._now(await self._row(before["id"]))

    async def restart(self, deployment_id: str) -> Serving:
        slot, row, service = await self._serving(deployment_id)
        async with self._alone(slot):
            await self._provider.restart(service, row["deploy"])
            return await self._again(slot, row, row["deploy"])

    async def scale(self, deployment_id: str, resources: Resources) -> Serving:
        slot, row, service = await self._serving(deployment_id)
        async with self._alone(slot):
            deploy = await self._provider.scale(service, row["deploy"], resources)
            row = await self._ledger.note(deployment_id, resources=resources.model_dump(mode="json"))
            return await self._again(slot, row, deploy)

    async def usage(self, deployment_id: str) -> Usage:
        row = await self._row(deployment_id)
        now = datetime.now(UTC)
        if row["status"] != DeploymentStatus.HEALTHY:
            return Usage(now, 0, 0, 0.0, 0, 0, 0, 0, 0.0, None)
        service = await self._service(self._slot(row))
        found = await self._provider.measure(service, row["deploy"], row["live_at"])
        return Usage(
            at=now,
            instances=found.instances,
            memory_bytes=found.memory_bytes,
            cpu_seconds=found.cpu_seconds,
            processes=found.instances,
            restarts=0,
            requests=found.requests,
            errors=found.errors,
            request_seconds=found.request_seconds,
            metrics_url=None if row["url"] is None else f"{row['url']}/metrics",
        )

    async def status(self, deployment_id: str) -> Serving:
        return await self._now(await self._row(deployment_id))

    async def logs(self, deployment_id: str, *, lines: int) -> str:
        """Of a version that failed, what was kept of it."""
        row = await self._row(deployment_id)
        if row["log_end"]:
            return "\n".join(row["log_end"].splitlines()[-lines:])
        return "\n".join(line.text for line in await self._lines(row, lines))

    async def follow(self, deployment_id: str) -> AsyncIterator[str]:
        row = await self._row(deployment_id)
        seen = set(await self._lines(row, FOLLOW_LINES))
        while True:
            await self._pace.sleep(self._pace.poll_s)
            found = await self._lines(row, FOLLOW_LINES)
            fresh = [line for line in found if line not in seen]
            seen = set(found)
            if fresh:
                yield "".join(f"{line.text}\n" for line in fresh)

    async def stop(self, deployment_id: str) -> Serving:
        row = await self._row(deployment_id)
        slot = self._slot(row)
        async with self._alone(slot):
            row = await self._row(deployment_id)
            if row["status"] == DeploymentStatus.HEALTHY:
                await self._provider.stop(await self._service(slot), row["deploy"])
                await self._ledger.note(deployment_id, status=DeploymentStatus.STOPPED.value)
        return await self.status(deployment_id)

    async def reconcile(self, desired: Sequence[Desired] | None = None) -> tuple[Serving, ...]:
        """The provider keeps its services running; ours is only what was wanted stopped."""
        found = []
        for one in desired or ():
            found.append(await (self.status if one.running else self.stop)(one.deployment_id))
        return tuple(found)

    async def stop_all(self) -> None:
        """Nothing: what runs elsewhere does not end with this machine."""

    async def forget(self, project_id: str) -> None:
        for row in await self._ledger.services_of(project_id, self._provider.name):
            slot = Slot(project_id, row["environment"], self._provider.name)
            async with self._alone(slot):
                await self._delete(slot, row["name"])
        await self._ledger.forget(project_id, self._provider.name)

    async def _deploy(
        self, slot: Slot, release: Release, manifest: Manifest, variables: Mapping[str, str], row: Row
    ) -> Serving:
        serving = await self._ledger.before(release.deployment_id)
        if serving is not None and self._code_of is not None:
            await judge_tables(slot, release, manifest, serving["commit"], self._code_of)
        artefact = await self._publisher.publish(release, self._provider.needs)
        blueprint = Blueprint(
            name=service_name(slot),
            key=release.deployment_id,
            artefact=artefact,
            resources=release.resources,
            health_path=manifest.health_path,
            variables=variables,
        )
        raised = await self._raising(slot).raise_up(blueprint, row)
        detail = warning(manifest, variables, keeps_files=self._provider.keeps_files)
        row = await self._ledger.live(release.deployment_id, raised.url, detail, raised.deploy)
        return self._serves(row, raised.health)

    async def _cleaned_up(self, slot: Slot, row: Row) -> ReleaseBroken:
        """A first version that failed leaves nothing that is billed. Whoever dies here: deploy takes it up."""
        what, remedy = row["detail"], "What served there before serves on; its last output stands below"
        known, before = await self._ledger.service(slot), await self._ledger.before(row["id"])
        if before is not None and row["deploy"] and before["status"] == DeploymentStatus.HEALTHY:
            await self._left(slot, row, before)
        elif before is None and known is not None:
            remedy = "Nothing served there before, so its service was removed; its last output stands below"
            try:
                await self._delete(slot, known["name"])
            except DeployError as failure:
                what += f"; the service {known['name']} could not be removed: {failure.what}"
                remedy = f"Deploy again, or remove {known['name']} at {self._provider.name} by hand"
        await self._ledger.note(row["id"], status=DeploymentStatus.FAILED.value, detail=what)
        return ReleaseBroken(what, place=str(slot), remedy=remedy, log_end=row["log_end"])

    async def _left(self, slot: Slot, row: Row, before: Row) -> None:
        """One that has callers already gives them back."""
        service = await self._service(slot)
        taken = await self._is_live(service, row["deploy"])
        if not taken:
            await self._provider.discard(service, row["deploy"])
        if not taken and not row["turning"] and await self._is_live(service, before["deploy"]):
            return
        deploy, _ = await self._raising(slot).awaited(service, await self._turned(service, row, before))
        await self._ledger.note(before["id"], deploy=deploy)
        await self._provider.discard(service, row["deploy"])

    async def _is_live(self, service: Service, deploy: str) -> bool:
        return (await self._provider.progress(service, deploy)).stage is Stage.LIVE

    async def _turned(self, service: Service, row: Row, before: Row) -> str:
        """The deploy that leads back; where a way back is one of its own, it is looked for before it is asked for."""
        if not self._provider.turning_is_new:
            return await self._provider.turn_back(service, before["deploy"])
        begun = row["turning"]
        if begun is None:
            begun = (await self._provider.deploys(service))[0].id
            await self._ledger.note(row["id"], turning=begun)

        async def look() -> str | None:
            newest = (await self._provider.deploys(service))[0].id
            return None if newest == begun else newest

        deploy, unsure = await once(look, lambda: self._provider.turn_back(service, before["deploy"]), self._pace)
        return (await look() or deploy) if unsure else deploy

    async def _again(self, slot: Slot, row: Row, deploy: str) -> Serving:
        """After the same version was started anew or given other resources."""
        service, raising = await self._service(slot), self._raising(slot)
        deploy, progress = await raising.awaited(service, deploy)
        url = progress.url or row["url"]
        health = await raising.proven(f"{url}{row['health_path']}")
        if progress.stage is not Stage.LIVE or not health.healthy:
            what = f"it did not come back: it ended as {progress.told!r}, {health.error or 'its address answers'}"
            error = await raising.broken(service, deploy, what)
            log_end = redacted(error.log_end, await asyncio.to_thread(self._hidden, slot))
            raise ReleaseBroken(what, place=error.place, remedy="Deploy it again", log_end=log_end)
        return self._serves(await self._ledger.note(row["id"], url=url, deploy=deploy), health)

    async def _delete(self, slot: Slot, name: str) -> None:
        for service in await self._provider.find(name):
            await self._provider.delete(service)
        await self._ledger.forget_service(slot)

    async def _now(self, row: Row) -> Serving:
        status = DeploymentStatus.FAILED if row["status"] == FAILING else DeploymentStatus(row["status"])
        if status is not DeploymentStatus.HEALTHY or row["url"] is None:
            return Serving(row["id"], status, row["url"], None, detail=row["detail"], log_end=row["log_end"])
        return self._serves(row, await probe(self._http, row["url"] + row["health_path"]))

    def _serves(self, row: Row, health: HealthProbe) -> Serving:
        built = f"{self._provider.name}:{row['deploy']}"
        return Serving(
            deployment_id=row["id"],
            status=DeploymentStatus.HEALTHY if health.healthy else DeploymentStatus.UNHEALTHY,
            url=row["url"],
            health=health,
            detail=row["detail"] if health.healthy else health.error,
            artefact={"commit": row["commit"], "tree": row["tree"], "environment": built},
        )

    def _variables(self, release: Release, manifest: Manifest) -> dict[str, str]:
        """Secrets are made once an environment, as on every platform."""
        place = Place(release.project_id, release.environment, Kind.GENERATED)
        wanted = [name for name in manifest.generated_secrets if name not in release.variables]
        made = self._secrets.ensure(place, wanted)
        return {"PORT": str(PORT), **made, **release.variables}

    def _hidden(self, slot: Slot) -> dict[str, str]:
        kinds = (Kind.USER, Kind.GENERATED)
        found = [self._secrets.read(Place(slot.project_id, slot.environment, kind)) for kind in kinds]
        return {name: value for values in found for name, value in values.items()}

    async def _lines(self, row: Row, limit: int) -> list[Line]:
        if row["deploy"] is None:
            return []
        return await self._provider.lines(await self._service(self._slot(row)), row["deploy"], limit)

    async def _serving(self, deployment_id: str) -> tuple[Slot, Row, Service]:
        row = await self._row(deployment_id)
        slot = self._slot(row)
        if row["status"] != DeploymentStatus.HEALTHY:
            raise PlatformBroken(
                f"it does not serve: it is {row['status']}", place=f"{slot}, {deployment_id}", remedy="Deploy it again"
            )
        return slot, row, await self._service(slot)

    async def _service(self, slot: Slot) -> Service:
        known = await self._ledger.service(slot)
        if known is None or known["service"] is None:
            raise PlatformBroken("its service is not known", place=str(slot), remedy="Deploy it again")
        return Service(**known["service"])

    async def _row(self, deployment_id: str) -> Row:
        row = await self._ledger.deployment(deployment_id)
        if row is None:
            raise UnknownDeployment(
                "no such deployment here", place=deployment_id, remedy="List the project's deployments for its id"
            )
        return row

    def _slot(self, row: Row) -> Slot:
        return Slot(row["project_id"], row["environment"], row["platform"])

    def _raising(self, slot: Slot) -> Raising:
        return Raising(self._provider, self._ledger, self._pace, lambda url: probe(self._http, url), slot)

    @asynccontextmanager
    async def _alone(self, slot: Slot) -> AsyncIterator[None]:
        try:
            async with self._ledger.alone(slot, self._pace.busy_s):
                yield
        except SlotHeld:
            raise SlotBusy(
                f"another deploy of it takes longer than {self._pace.busy_s:g} s",
                place=str(slot),
                remedy="Try again later",
            ) from None


__all__ = ["RemotePlatform"]
