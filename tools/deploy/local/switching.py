"""From one version to the next and, where the next one does worse, back again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

from memory.records.execution import SandboxError
from memory.records.serving import HealthProbe, ProbeAnswer, Strategy
from tools.deploy.local.database import CopyFailed
from tools.deploy.local.instance import Counts, Instance, NotHealthy
from tools.deploy.local.migrating import Migrating
from tools.deploy.local.slot import Phase, StoredRelease, TurnedBack
from tools.deploy.local.smoke import ListRoute
from tools.deploy.local.stage import Stage
from tools.deploy.local.tryout import Rehearsed, both, proven, rehearsed
from tools.deploy.local.version import Version
from tools.deploy.local.watching import Watch

logger = logging.getLogger(__name__)
MAX_RETIRING = 2
COUNTED_S = 1.0


@dataclass(frozen=True)
class Order:
    """What a deploy asks for."""

    release: StoredRelease
    migrates: bool = False
    """It brings changes of the database with it."""
    trusted: bool = False
    """It has served here before: its health is enough."""

    @property
    def pauses(self) -> bool:
        """What runs cannot live with its changes of the database: nobody serves while they are made."""
        return self.release.breaks and not self.trusted


@dataclass
class Candidate:
    version: Version
    ready: list[Instance] = field(default_factory=list)
    """Proven copies that have no callers yet."""
    health: HealthProbe | None = None
    answers: tuple[ProbeAnswer, ...] = ()
    routes: tuple[ListRoute, ...] = ()

    async def kill(self) -> None:
        await asyncio.gather(*[one.kill() for one in self.ready])


class Switching:
    """Callers hold `lock` around everything that changes what serves."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._migrating = Migrating(stage)
        self.lock = asyncio.Lock()
        self.current: Version | None = None
        self._standby: Version | None = None
        """What served before, ready to take over again for as long as the switch is watched."""
        self._watch: asyncio.Task[None] | None = None
        self._retiring: dict[asyncio.Task[None], Version] = {}

    @property
    def watching(self) -> bool:
        return self._watch is not None and not self._watch.done()

    async def begin(self) -> None:
        """What is on record, started; a change of the database that was interrupted is undone before."""
        release = self._stage.state.release
        if release is None or self._stage.state.desired is not Phase.RUNNING:
            return
        await self._migrating.recover(release)
        self.current = self._stage.version(release)
        self.current.begin()

    async def switch(self, order: Order) -> Candidate:
        """Raises NotHealthy, SandboxError, OSError; what served before serves then."""
        await self.keep()
        await self._stage.listen_again()
        old = self.current
        before = await old.counts(COUNTED_S) if old is not None else Counts()
        if order.pauses and old is not None:
            candidate = await self._paused(order, old)
        elif order.release.strategy is Strategy.ROLLING and old is not None:
            candidate = await self._rolled(order, old)
        else:
            candidate = await self._beside(order, old)
        self._begin_watch(candidate, old, before)
        return candidate

    async def _tried(self, order: Order, *, modest: bool) -> Candidate:
        """A first copy that is proven, after or beside the rehearsal."""
        version, stage, release = self._stage.version(order.release), self._stage, order.release
        if order.trusted:
            instance, health = await stage.launched(release, modest=modest)
            return Candidate(version, [instance], health)
        if order.migrates:
            rehearsal = await rehearsed(stage, release, modest=modest)
            await self._migrating.keep_backup(release)
            one = await proven(stage, release, modest=modest)
        else:
            trying = rehearsed(stage, release, modest=modest)
            rehearsal, one = await both(trying, proven(stage, release, modest=modest))
        instance, health, read = one
        return Candidate(version, [instance], health, (*rehearsal.answers, *read.answers), read.routes)

    async def _beside(self, order: Order, old: Version | None) -> Candidate:
        """Blue-green: all copies of the new version are ready before the first one gets a caller."""
        try:
            candidate = await self._tried(order, modest=old is not None)
        except NotHealthy:
            if order.migrates and old is not None:
                await self._migrating.undo_beside(order.release, old)
            raise
        taken: list[int] = []
        try:
            more = await self._more(candidate, order.release.resources.instances - 1, modest=old is not None)
            candidate.ready += more
            for number, instance in enumerate(candidate.ready):
                taken.append(number)
                await candidate.version.copies[number].take_over(instance)
            self._put_on_record(candidate.version)
        except BaseException:
            for number in taken:
                await candidate.version.copies[number].step_back()
                await candidate.version.copies[number].end()
            await candidate.kill()
            raise
        self.current = candidate.version
        if old is not None:
            # the answer to deploy says that the new version serves: nobody may then hear the old one
            await old.step_back()
        return candidate

    async def _more(self, candidate: Candidate, count: int, *, modest: bool = False) -> list[Instance]:
        starting = [self._stage.launched(candidate.version.release, modest=modest) for _ in range(count)]
        told = await asyncio.gather(*starting, return_exceptions=True)
        started = [one[0] for one in told if not isinstance(one, BaseException)]
        failures = [one for one in told if isinstance(one, BaseException)]
        if failures:
            await asyncio.gather(*[one.kill() for one in started])
            raise failures[0]
        return started

    async def _rolled(self, order: Order, old: Version) -> Candidate:
        """Copy by copy. Where one fails, the old copies that had gone are started again."""
        candidate = await self._tried(order, modest=True)
        new, before = candidate.version, list(old.copies)
        done = 0
        try:
            for number, copy in enumerate(new.copies):
                instance = (
                    candidate.ready[0] if number == 0 else (await self._stage.launched(order.release, modest=True))[0]
                )
                await copy.take_over(instance)
                done = number + 1
                if number < len(before):
                    await before[number].step_back()
                    await before[number].end()
            for copy in before[len(new.copies) :]:
                await copy.step_back()
                await copy.end()
            self._put_on_record(new)
        except BaseException:
            if done == 0:
                await candidate.kill()
            await asyncio.gather(*[copy.rejoin() for copy in before[:done]])
            await self._until_serving(old)
            for copy in new.copies[:done]:
                await copy.step_back()
                await copy.end()
            raise
        self.current = new
        return candidate

    async def _paused(self, order: Order, old: Version) -> Candidate:
        """Callers wait in the listener's queue while the database is changed and nobody serves."""
        stage, release = self._stage, order.release
        # an older version knows nothing of the tables as they are now, and has served before
        back = release.move is not None and release.move.back
        rehearsal = Rehearsed() if back else await rehearsed(stage, release, modest=True)
        await old.step_back()
        await old.end()
        candidate = Candidate(stage.version(release), answers=rehearsal.answers, routes=rehearsal.routes)
        try:
            await self._migrating.begin(release, old.release)
            instance, candidate.health, read = await proven(stage, release)
            candidate.answers += read.answers
            candidate.ready = [instance, *await self._more(candidate, release.resources.instances - 1)]
            for copy, one in zip(candidate.version.copies, candidate.ready, strict=True):
                await copy.take_over(one)
            self._put_on_record(candidate.version)
        except BaseException:
            await candidate.version.end()
            await candidate.kill()
            try:
                await self._migrating.undo(old.release, release)
            finally:
                old.begin()
            await self._until_serving(old)
            raise
        self.current = candidate.version
        return candidate

    def _put_on_record(self, new: Version) -> None:
        """Raises OSError."""
        stage = self._stage
        before = stage.state.release
        previous = before if before is not None and before.deployment_id != new.deployment_id else stage.state.previous
        stage.record(desired=Phase.RUNNING, release=new.release, previous=previous, turned_back=None)
        stage.log.note(f"{new.release.commit[:12]} serves on {stage.state.url}")

    def _begin_watch(self, candidate: Candidate, old: Version | None, before: Counts) -> None:
        if (
            old is None
            or old.deployment_id == candidate.version.deployment_id
            or self._stage.state.settings.watch_s <= 0
        ):
            self._forget(old)
            self._migrating.finish()
            return
        self._standby = old
        self._watch = asyncio.create_task(self._watched(candidate, old, before))

    async def _watched(self, candidate: Candidate, old: Version, before: Counts) -> None:
        settings = self._stage.state.settings
        reason = await Watch(candidate.version, before, candidate.routes, settings).worse()
        async with self.lock:
            if self._standby is not old:
                return
            if not reason:
                self._end_watch()
                return
            await self._go_back(candidate.version, old, reason, candidate.answers)

    async def _go_back(self, new: Version, old: Version, reason: str, answers: tuple[ProbeAnswer, ...] = ()) -> None:
        stage = self._stage
        log_end = next((one.log_end for one in new.instances), new.trouble.partition("\n")[2])
        stage.log.note(f"{new.release.commit[:12]} is turned back: {reason}")
        if new.release.breaks:
            # the old version cannot work on the changed database
            await new.step_back()
            await new.end()
            try:
                await self._migrating.undo(old.release, new.release)
            except (CopyFailed, SandboxError, OSError):
                logger.exception("the database could not be put back; the old version is started on it as it is")
        await old.rejoin()
        await self._until_serving(old)
        turned_back = TurnedBack(deployment_id=new.deployment_id, reason=reason, log_end=log_end, answers=answers)
        try:
            stage.record(release=old.release, previous=None, turned_back=turned_back)
        except OSError:
            logger.exception("the way back could not be put on record; it is taken all the same")
        stage.keep_failure(new.deployment_id, reason, log_end, answers)
        self._standby, self.current = None, old
        await new.step_back()
        self._forget(new)
        if not new.release.breaks:
            await self._migrating.undo_beside(new.release, old)

    async def turn_back(self, reason: str) -> None:
        """To what served before. Raises LookupError where nothing did, NotHealthy, SandboxError."""
        new, previous = self.current, self._stage.state.previous
        if new is None or previous is None:
            raise LookupError("no other version served before this one")
        if self._standby is not None and self._standby.deployment_id == previous.deployment_id:
            await self._go_back(new, self._standby, reason)
            return
        old = self._stage.version(previous)
        if new.release.breaks:
            await self._go_back(new, old, reason)
            return
        more = await self._more(Candidate(old), previous.resources.instances, modest=True)
        for copy, instance in zip(old.copies, more, strict=True):
            await copy.take_over(instance)
        await self._go_back_to(new, old, reason)

    async def _go_back_to(self, new: Version, serving: Version, reason: str) -> None:
        turned_back = TurnedBack(deployment_id=new.deployment_id, reason=reason)
        self._stage.record(release=serving.release, previous=None, turned_back=turned_back)
        self._stage.keep_failure(new.deployment_id, reason, new.trouble, ())
        self.current = serving
        await new.step_back()
        self._forget(new)
        await self._migrating.undo_beside(new.release, serving)

    async def keep(self) -> None:
        """End the watch now: the version that serves stays. For whoever changes what serves next."""
        if self._standby is not None:
            self._end_watch()

    def _end_watch(self) -> None:
        standby, self._standby = self._standby, None
        self._forget(standby)
        self._migrating.finish()

    def _forget(self, version: Version | None) -> None:
        if version is None:
            return
        task = asyncio.create_task(version.retire())
        self._retiring[task] = version
        task.add_done_callback(lambda done: self._retiring.pop(done, None))
        for late in list(self._retiring.values())[:-MAX_RETIRING]:
            late.hurry()

    async def _until_serving(self, version: Version) -> None:
        """Bounded: what does not start again is started again by its attendant, and callers wait or are told."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._stage.state.settings.startup_s):
                while len(version.instances) < len(version.copies):  # noqa: ASYNC110 - the attendants have no event
                    await asyncio.sleep(0.01)

    async def settled(self, within_s: float) -> None:
        """Until the watch is over."""
        if self._watch is not None:
            await asyncio.wait({self._watch}, timeout=within_s)

    async def end_all(self) -> None:
        versions = {self.current, self._standby} - {None}
        self.current, self._standby = None, None
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.gather(*[version.end() for version in versions if version is not None])
        for version in self._retiring.values():
            version.hurry()
        if self._retiring:
            await asyncio.wait(set(self._retiring))


__all__ = ["Candidate", "Order", "Switching"]
