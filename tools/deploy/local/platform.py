"""The local platform: applications as processes in sandboxes on this machine, each slot with a keeper of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from memory.records.execution import EnvironmentProvider, SandboxError
from memory.records.manifest import Manifest
from memory.records.serving import DeploymentStatus, Release, Resources, Serving, Usage
from memory.secrets import Secrets, SecretsError
from memory.untrusted_files import remove_tree
from tools.deploy import migrations
from tools.deploy.interface import (
    DeployError,
    Desired,
    MigrationRefused,
    NothingBefore,
    Platform,
    PlatformBroken,
    ReleaseBroken,
    SlotBusy,
)
from tools.deploy.local import logs, releases, serving_now
from tools.deploy.local.control import Message, NoKeeper
from tools.deploy.local.files import locked, private_folder
from tools.deploy.local.ledger import Entry, Ledger
from tools.deploy.local.ports import PORTS, give_port
from tools.deploy.local.slot import Phase, Settings, Slot, SlotState, StoredRelease, checked_name, slots_below
from tools.deploy.local.spawn import KeeperCommand, PortTakenAtStart, ask, is_kept, spawn, wait_gone

ANSWER_S = 30.0
BUSY_S = 300.0
SETTLE_S = 60.0
SCHEMA_S = 180.0
"""What leading tables back may take."""


class LocalPlatform(Platform):
    """`root/apps/<project>/<environment>` is a slot; `root/deployments` says which deployment went where."""

    def __init__(
        self,
        root: Path,
        keeper: KeeperCommand,
        environments: EnvironmentProvider,
        secrets: Secrets,
        *,
        settings: Settings | None = None,
        ports: range = PORTS,
    ) -> None:
        self._apps = root / "apps"
        self._ledger = Ledger(root / "deployments")
        self._keeper = keeper
        self._environments = environments
        self._secrets = secrets
        self._settings = settings or Settings()
        self._ports = ports

    async def deploy(self, release: Release, manifest: Manifest) -> Serving:
        releases.check(release, manifest)
        slot = self._slot(release.project_id, release.environment)
        async with self._alone(slot):
            before = await self._ledger.find(release.deployment_id)
            if before is not None and before.status is DeploymentStatus.HEALTHY:
                return await self._continued(slot, before)
            if turned_back := serving_now.turned_back(await asyncio.to_thread(slot.read), release.deployment_id):
                await self._ledger.write(release, DeploymentStatus.ROLLED_BACK, turned_back.detail)
                return turned_back
            await self._ledger.write(release, DeploymentStatus.BUILDING)
            try:
                return await self._deploy(slot, release, manifest)
            except DeployError as error:
                await self._ledger.write(release, DeploymentStatus.FAILED, str(error))
                raise

    async def status(self, deployment_id: str) -> Serving:
        entry = await self._ledger.get(deployment_id)
        slot = self._slot(entry.project_id, entry.environment)
        state = await asyncio.to_thread(slot.read)
        if state is None or state.release is None or state.release.deployment_id != deployment_id:
            return await self._not_current(slot, entry, state)
        if state.desired is Phase.STOPPED:
            return Serving(deployment_id, DeploymentStatus.STOPPED, state.url, None)
        try:
            return serving_now.of(state, await ask(slot, {"op": "status", "probe": True}, timeout_s=ANSWER_S))
        except NoKeeper:
            detail = f"{slot.name}: its keeper does not run. `softwright up` brings it back"
            return Serving(deployment_id, DeploymentStatus.UNHEALTHY, state.url, None, detail=detail)

    async def settle(self, deployment_id: str) -> Serving:
        entry = await self._ledger.get(deployment_id)
        slot = self._slot(entry.project_id, entry.environment)
        with contextlib.suppress(NoKeeper):
            await ask(slot, {"op": "settle", "within_s": SETTLE_S}, timeout_s=SETTLE_S + ANSWER_S)
        serving = await self.status(deployment_id)
        if serving.status is DeploymentStatus.ROLLED_BACK and entry.status is not DeploymentStatus.ROLLED_BACK:
            await self._ledger.rewrite(entry, DeploymentStatus.ROLLED_BACK, serving.detail)
        return serving

    async def rollback(self, deployment_id: str, reason: str, to: str | None = None) -> Serving:
        entry = await self._ledger.get(deployment_id)
        slot = self._slot(entry.project_id, entry.environment)
        async with self._alone(slot):
            state = await asyncio.to_thread(slot.read)
            if state is None or state.previous is None or _deployment(state) != deployment_id:
                raise NothingBefore(
                    f"no other version served before {deployment_id}", place=slot.name, remedy="Deploy one"
                )
            if to not in (None, state.previous.deployment_id):
                raise NothingBefore(
                    f"{to} did not serve right before {deployment_id}", place=slot.name, remedy="Deploy its commit"
                )
            await self._ensure_keeper(slot)
            answer = await self._asked(slot, {"op": "turn back", "deployment_id": deployment_id, "reason": reason})
            await self._ledger.rewrite(entry, DeploymentStatus.ROLLED_BACK, reason)
            return serving_now.of(await asyncio.to_thread(_known, slot), answer)

    async def restart(self, deployment_id: str) -> Serving:
        return await self._again(deployment_id, {})

    async def scale(self, deployment_id: str, resources: Resources) -> Serving:
        return await self._again(deployment_id, {"resources": resources.model_dump(mode="json")})

    async def usage(self, deployment_id: str) -> Usage:
        entry = await self._ledger.get(deployment_id)
        slot = self._slot(entry.project_id, entry.environment)
        state = await asyncio.to_thread(slot.read)
        try:
            answer = await ask(slot, {"op": "usage"}, timeout_s=ANSWER_S)
        except NoKeeper:
            answer = {}
        return serving_now.usage(deployment_id, state, answer)

    async def logs(self, deployment_id: str, *, lines: int) -> str:
        """Of a version that failed, what was kept of it."""
        entry = await self._ledger.get(deployment_id)
        slot = self._slot(entry.project_id, entry.environment)
        failure = await asyncio.to_thread(serving_now.failure, slot, deployment_id)
        if failure is not None:
            return "\n".join(failure.text.splitlines()[-lines:])
        return await asyncio.to_thread(logs.last_lines, slot.app_log, lines)

    async def follow(self, deployment_id: str) -> AsyncIterator[str]:
        async with contextlib.aclosing(logs.follow(await self._log(deployment_id))) as following:
            async for text in following:
                yield text

    async def stop(self, deployment_id: str) -> Serving:
        entry = await self._ledger.get(deployment_id)
        slot = self._slot(entry.project_id, entry.environment)
        async with self._alone(slot):
            state = await asyncio.to_thread(slot.read)
            if state is not None and state.release is not None and state.release.deployment_id == deployment_id:
                await self._stop(slot, state)
        return await self.status(deployment_id)

    async def reconcile(self, desired: Sequence[Desired] | None = None) -> tuple[Serving, ...]:
        wanted, unreadable = (desired, ()) if desired is not None else await asyncio.to_thread(self._on_record)
        return (*await asyncio.gather(*[self._reconcile(one) for one in wanted]), *unreadable)

    async def stop_all(self) -> None:
        await asyncio.gather(*[self._halt(slot) for slot in await asyncio.to_thread(slots_below, self._apps)])

    async def forget(self, project_id: str) -> None:
        folder = self._apps / checked_name("project", project_id)
        try:
            for slot in await asyncio.to_thread(lambda: [Slot(path) for path in folder.glob("*/")]):
                async with self._alone(slot):
                    await self._halt(slot)
            if await asyncio.to_thread(folder.exists):
                await asyncio.to_thread(remove_tree, folder)
            await asyncio.to_thread(self._ledger.forget, project_id)
        except OSError as error:
            raise PlatformBroken(
                f"its files cannot be removed: {error}", place=project_id, remedy=f"Remove {folder}"
            ) from error

    async def _deploy(self, slot: Slot, release: Release, manifest: Manifest) -> Serving:
        stored = await self._prepare(slot, release, manifest)
        migrates, breaks = await asyncio.to_thread(self._changes, slot, stored, release)
        stored = stored.model_copy(update={"breaks": breaks})
        detail = await self._ensure_keeper(slot)
        # the copy has its time to prove itself; an earlier switch that lost its caller may come first
        message = {"op": "switch", "release": stored.model_dump(mode="json"), "migrates": migrates}
        message["settings"] = self._settings.model_dump(mode="json")
        answer = await self._asked(slot, message, release.commit[:12])
        await self._ledger.write(release, DeploymentStatus.HEALTHY)
        state = await asyncio.to_thread(_known, slot)
        await asyncio.to_thread(releases.forget_old, slot, {r.commit for r in (state.release, state.previous) if r})
        return serving_now.of(state, answer, detail)

    async def _asked(self, slot: Slot, message: Message, what: str = "it") -> Message:
        """Of the keeper, with time for copies to prove themselves, and for an earlier switch that lost its caller.

        Raises ReleaseBroken, PlatformBroken.
        """
        patience = 4 * self._settings.startup_s + self._settings.smoke_s + ANSWER_S + SCHEMA_S
        try:
            answer = await ask(slot, message, timeout_s=patience)
        except NoKeeper as error:
            raise PlatformBroken(
                f"its keeper ended: {error}", place=slot.name, remedy=f"See {slot.keeper_log}"
            ) from error
        if "refused" in answer:
            raise ReleaseBroken(
                f"{what} did not become healthy: {answer['refused']}",
                place=slot.name,
                remedy="It was stopped again and what ran before runs on; its last output stands below",
                log_end=answer["log_end"],
                answers=serving_now.answers(answer),
            )
        return answer

    def _changes(self, slot: Slot, new: StoredRelease, release: Release) -> tuple[bool, bool]:
        """Whether there are some of the database, and whether what runs cannot live with them.

        Blocking. Raises MigrationRefused.
        """
        state = slot.read()
        old = state.release if state is not None and state.desired is Phase.RUNNING else None
        if old is None or old.commit == new.commit:
            return False, False
        if release.schema is not None and release.schema.back:
            return True, True
        found = migrations.compared(slot.code(old.commit), slot.code(new.commit), old.manifest.packages)
        if found.breaking and not release.downtime:
            raise MigrationRefused(
                "its change of the database would break the version that runs: " + "; ".join(map(str, found.breaking)),
                place=slot.name,
                remedy=migrations.plan(found),
            )
        return found.migrates, bool(found.breaking)

    async def _again(self, deployment_id: str, changed: Message) -> Serving:
        entry = await self._ledger.get(deployment_id)
        slot = self._slot(entry.project_id, entry.environment)
        async with self._alone(slot):
            await self._ensure_keeper(slot)
            answer = await self._asked(slot, {"op": "again", "deployment_id": deployment_id, **changed})
            return serving_now.of(await asyncio.to_thread(_known, slot), answer)

    async def _prepare(self, slot: Slot, release: Release, manifest: Manifest) -> StoredRelease:
        try:
            code = await asyncio.to_thread(releases.place_code, slot, release)
            values = await asyncio.to_thread(releases.variables, self._secrets, release, manifest)
            sealed = await asyncio.to_thread(releases.sealed, self._secrets, slot, release.deployment_id, values)
            lock = await asyncio.to_thread(releases.read_lock, code, manifest)
            environment = await self._environments.provide(lock)
        except OSError as error:
            raise PlatformBroken(
                f"the release cannot be put in place: {error}", place=slot.name, remedy="Free the disk and deploy again"
            ) from error
        except SecretsError as error:
            raise PlatformBroken(
                f"its secrets are out of reach: {error}", place=slot.name, remedy="What runs was left alone"
            ) from error
        except SandboxError as error:
            raise PlatformBroken(
                f"its environment cannot be built: {error}", place=slot.name, remedy="What runs was left alone"
            ) from error
        return StoredRelease(
            deployment_id=release.deployment_id,
            commit=release.commit,
            manifest=manifest,
            environment=environment,
            sealed=sealed,
            resources=release.resources,
            strategy=release.strategy,
            tree=release.tree,
            move=release.schema,
        )

    async def _continued(self, slot: Slot, entry: Entry) -> Serving:
        """Deploy was called again for one that has served already: it runs, or is started again, or was replaced."""
        state = await asyncio.to_thread(slot.read)
        if state is None or state.release is None or state.release.deployment_id != entry.deployment_id:
            return await self._not_current(slot, entry, state)
        return await self._run_again(slot, state)

    async def _run_again(self, slot: Slot, state: SlotState) -> Serving:
        detail = await self._ensure_keeper(slot)
        patience = state.settings.startup_s
        answer = await ask(slot, {"op": "run", "within_s": patience}, timeout_s=2 * patience + ANSWER_S)
        return serving_now.of(await asyncio.to_thread(_known, slot), answer, detail)

    async def _not_current(self, slot: Slot, entry: Entry, state: SlotState | None) -> Serving:
        failure = await asyncio.to_thread(serving_now.failure, slot, entry.deployment_id)
        return serving_now.of_another(entry, state, failure)

    async def _ensure_keeper(self, slot: Slot) -> str:
        """A sentence for the user where the slot had to move to another port, else nothing."""
        if await is_kept(slot):
            return ""
        state = await asyncio.to_thread(slot.read) or await give_port(self._apps, slot, self._settings, self._ports)
        await self._ensure_environment(slot, state)
        moved = ""
        while True:
            try:
                await spawn(slot, self._keeper)
            except PortTakenAtStart:
                was = state.port
                state = await give_port(self._apps, slot, self._settings, self._ports)
                moved = f"port {was} is taken by another program: now at {state.url}"
            else:
                return moved

    async def _ensure_environment(self, slot: Slot, state: SlotState) -> None:
        """The cache of environments may have been emptied since."""
        stored = state.release
        if stored is None or await asyncio.to_thread(stored.environment.path.exists):
            return
        try:
            lock = await asyncio.to_thread(releases.read_lock, slot.code(stored.commit), stored.manifest)
            environment = await self._environments.provide(lock)
        except (OSError, SandboxError) as error:
            raise PlatformBroken(
                f"its environment is gone and cannot be built again: {error}", place=slot.name, remedy="Deploy it again"
            ) from error
        rebuilt = state.model_copy(update={"release": stored.model_copy(update={"environment": environment})})
        await asyncio.to_thread(slot.write, rebuilt)

    async def _reconcile(self, one: Desired) -> Serving:
        try:
            if not one.running:
                return await self.stop(one.deployment_id)
            entry = await self._ledger.get(one.deployment_id)
            slot = self._slot(entry.project_id, entry.environment)
            async with self._alone(slot):
                return await self._continued(slot, entry)
        except (DeployError, NoKeeper, OSError) as error:
            return Serving(one.deployment_id, DeploymentStatus.UNHEALTHY, None, None, detail=str(error))

    async def _stop(self, slot: Slot, state: SlotState) -> None:
        try:
            await ask(slot, {"op": "stop", "for_good": True}, timeout_s=state.settings.grace_s + ANSWER_S)
        except NoKeeper:
            await asyncio.to_thread(slot.write, state.model_copy(update={"desired": Phase.STOPPED}))
        else:
            await wait_gone(slot)

    async def _halt(self, slot: Slot) -> None:
        with contextlib.suppress(NoKeeper):
            await ask(slot, {"op": "stop", "for_good": False}, timeout_s=2 * self._settings.startup_s + ANSWER_S)
            await wait_gone(slot)

    @contextlib.asynccontextmanager
    async def _alone(self, slot: Slot) -> AsyncIterator[None]:
        try:
            await asyncio.to_thread(private_folder, slot.folder)
            async with locked(slot.deploy_lock, wait_s=BUSY_S):
                yield
        except TimeoutError:
            raise SlotBusy(
                f"another deploy of it takes longer than {BUSY_S:g} s", place=slot.name, remedy="Try again later"
            ) from None

    def _slot(self, project_id: str, environment: str) -> Slot:
        return Slot(self._apps / project_id / environment)

    async def _log(self, deployment_id: str) -> Path:
        entry = await self._ledger.get(deployment_id)
        return self._slot(entry.project_id, entry.environment).app_log

    def _on_record(self) -> tuple[list[Desired], list[Serving]]:
        """What is to run, and an answer for each slot whose record cannot be read."""
        wanted, unreadable = [], []
        for slot in slots_below(self._apps):
            try:
                state = slot.read()
            except PlatformBroken as error:
                unreadable.append(Serving(slot.name, DeploymentStatus.UNHEALTHY, None, None, detail=str(error)))
                continue
            if state is not None and state.release is not None and state.desired is Phase.RUNNING:
                wanted.append(Desired(state.release.deployment_id))
        return wanted, unreadable


def _known(slot: Slot) -> SlotState:
    state = slot.read()
    if state is None:
        raise PlatformBroken("its record is gone", place=slot.name, remedy="Deploy it again")
    return state


def _deployment(state: SlotState) -> str:
    return state.release.deployment_id if state.release is not None else ""


__all__ = ["LocalPlatform"]
