"""Changes of the application's database on their way from one version to the next: kept, undone, recovered."""

from __future__ import annotations

import asyncio
import logging

from tools.deploy.local.database import copy_out, forget_old_backups, put_back
from tools.deploy.local.files import private_folder
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

    async def begin(self, release: StoredRelease) -> None:
        """Nobody serves: a crash from here on puts the database back before the old version starts."""
        if await self.keep_backup(release):
            self._stage.record(paused=release.deployment_id)

    async def undo(self, old: StoredRelease) -> None:
        """What the failed version left is kept beside the backup as `failed`. Nobody may be using the database."""
        stage, paused = self._stage, self._stage.state.paused
        if not paused:
            return
        database = await stage.database(old)
        await copy_out(stage.starter, stage.slot, old, database, stage.slot.backup(f"{paused}.failed"))
        await put_back(stage.starter, stage.slot, old, database, stage.slot.backup(paused))
        stage.log.note(f"the database is again as it was before {paused}")
        stage.record(paused="")

    async def recover(self, release: StoredRelease) -> None:
        """After a crash of the keeper: the version on record is either the old one, or the new one that served."""
        if self._stage.state.paused not in ("", release.deployment_id):
            await self.undo(release)
        self.finish()

    def finish(self) -> None:
        if not self._stage.state.paused:
            return
        try:
            self._stage.record(paused="")
        except OSError:
            logger.exception("the end of the pause could not be put on record")

    async def restore_if_needed(self, release: StoredRelease, old: Version) -> None:
        """After a failed change beside the old version. Where that still answers, its newer data is worth more."""
        stage = self._stage
        if not stage.slot.backup(release.deployment_id).exists() or await self._answers(old):
            return
        await old.step_back()
        await old.end()
        try:
            stage.record(paused=release.deployment_id)
            await self.undo(old.release)
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
