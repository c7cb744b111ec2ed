"""Changes of the application's database on their way from one version to the next: kept, undone, recovered."""

from __future__ import annotations

import asyncio
import logging

from tools.deploy.local.database import copy_out, forget_old_backups, put_back
from tools.deploy.local.files import private_folder
from tools.deploy.local.instance import NotHealthy
from tools.deploy.local.leading_back import lead_back
from tools.deploy.local.rehearsal import Rehearsal
from tools.deploy.local.slot import StoredRelease
from tools.deploy.local.stage import Stage
from tools.deploy.local.version import Version

logger = logging.getLogger(__name__)


class Migrating:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def keep_backup(self, release: StoredRelease) -> bool:
        """The database before this release touches it; False where there is none, or none of ours.

        Raises NotHealthy, SandboxError, OSError.
        """
        stage, database = self._stage, await self._stage.database(release)
        if database.elsewhere or not database.size(stage.slot.data):
            return False
        target = stage.slot.backup(release.deployment_id)
        private_folder(target.parent)
        await copy_out(stage.starter, stage.slot, release, database, target)
        await asyncio.to_thread(forget_old_backups, stage.slot)
        return True

    async def begin(self, release: StoredRelease, old: StoredRelease) -> None:
        """Nobody serves: a crash from here on puts the database back before the old version starts.

        Raises NotHealthy, CopyFailed, SandboxError, OSError.
        """
        if await self.keep_backup(release):
            self._stage.record(paused=release.deployment_id)
        move = release.move
        if move is not None and move.back and (why := await self._lead_back(old, move.after)):
            raise NotHealthy(f"the tables could not be led back to {move.after}: {why}", "")

    async def undo(self, old: StoredRelease, new: StoredRelease | None) -> None:
        """What the failed version left is kept beside the backup as `failed`. Nobody may be using the database.

        Without a backup of ours the tables are led back by the code that changed them, where it knows the way.
        """
        stage, paused = self._stage, self._stage.state.paused
        if not paused:
            if new is not None and new.move is not None and not new.move.back:
                await self._lead_back(new, new.move.before)
            return
        database = await stage.database(old)
        await copy_out(stage.starter, stage.slot, old, database, stage.slot.backup(f"{paused}.failed"))
        await put_back(stage.starter, stage.slot, old, database, stage.slot.backup(paused))
        stage.log.note(f"the database is again as it was before {paused}")
        stage.record(paused="")

    async def _lead_back(self, release: StoredRelease, revision: str) -> str:
        """By the release's own code. Why it did not work, empty where it did."""
        stage = self._stage
        stage.log.note(f"leading the tables back to {revision}")
        try:
            values = await stage.values(release)
        except NotHealthy as error:
            return str(error)
        why = await lead_back(stage.starter, stage.slot, release, revision, stage.state.settings, values)
        if why:
            stage.log.note(f"the tables could not be led back to {revision}: {why}")
        return why

    async def recover(self, release: StoredRelease) -> None:
        """After a crash of the keeper: the version on record is either the old one, or the new one that served."""
        if self._stage.state.paused not in ("", release.deployment_id):
            await self.undo(release, None)
        self.finish()

    def finish(self) -> None:
        if not self._stage.state.paused:
            return
        try:
            self._stage.record(paused="")
        except OSError:
            logger.exception("the end of the pause could not be put on record")

    async def undo_beside(self, release: StoredRelease, old: Version) -> None:
        """After a failed change beside the old version, which serves: the new code takes away what it added.

        Where it cannot, the backup is put back only where the old version does not answer: else its newer data is
        worth more.
        """
        stage, move = self._stage, release.move
        if move is not None and not move.back and not await self._lead_back(release, move.before):
            return
        if not stage.slot.backup(release.deployment_id).exists() or await self._answers(old):
            return
        await old.step_back()
        await old.end()
        try:
            stage.record(paused=release.deployment_id)
            await self.undo(old.release, None)
        finally:
            old.begin()

    async def _answers(self, version: Version) -> bool:
        for instance in version.instances:
            asked = Rehearsal(instance.address, self._stage.state.settings.smoke_s)
            await asked.run(writing=False)
            if asked.faults or not (await instance.probe()).healthy:
                return False
        return bool(version.instances)


__all__ = ["Migrating"]
