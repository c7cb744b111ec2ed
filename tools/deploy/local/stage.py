"""What a keeper works with: the slot and its record, the listening socket, the ways to start a version on it."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import shutil
import socket
import time
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from memory.records.execution import Starter
from memory.records.serving import HealthProbe, ProbeAnswer
from memory.secrets import Secrets, SecretsError
from tools.deploy.local.database import Database, database_of
from tools.deploy.local.files import private_folder, write_private
from tools.deploy.local.instance import Instance, NotHealthy, launch
from tools.deploy.local.logs import RotatingLog
from tools.deploy.local.releases import unsealed
from tools.deploy.local.slot import HOST, Settings, Slot, SlotState, StoredRelease
from tools.deploy.local.version import Version

logger = logging.getLogger(__name__)
BIND_WAIT_S = 3.0
BACKLOG = 1024
KEPT_FAILURES = 5
ANSWERS = TypeAdapter(tuple[ProbeAnswer, ...])


class PortTaken(Exception):
    """Another program listens there."""


class Stage:
    def __init__(
        self, slot: Slot, state: SlotState, listener: socket.socket, starter: Starter, secrets: Secrets
    ) -> None:
        self.slot = slot
        self.state = state
        self.listener = listener
        self.starter = starter
        self._secrets = secrets
        settings = state.settings
        self.log = RotatingLog(slot.app_log, max_bytes=settings.log_bytes, files=settings.log_files)
        self.rehearsal_log = RotatingLog(slot.rehearsal_log, max_bytes=settings.log_bytes, files=2)

    def close(self) -> None:
        """The port is free when this returns: the lock that says that the keeper has gone is released before it is."""
        self.listener.close()
        self.log.close()
        self.rehearsal_log.close()

    def record(self, **changes: Any) -> None:
        """On the disk when this returns. Raises OSError; then nothing has changed."""
        state = self.state.model_copy(update=changes)
        self.slot.write(state)
        self.state = state

    def adopt(self, settings: Settings) -> None:
        """They hold from the next version on, and are on record with it."""
        self.state = self.state.model_copy(update={"settings": settings})

    def version(self, release: StoredRelease) -> Version:
        return Version(release, lambda: self.launched(release), lambda: self.listener, self.state.settings, self.log)

    async def launched(self, release: StoredRelease, *, modest: bool = False) -> tuple[Instance, HealthProbe]:
        """One copy, proven healthy; `modest` beside a version that serves. Raises NotHealthy, SandboxError."""
        values = await self.values(release)
        settings, data = self.state.settings, self.slot.data
        place = (self.starter, self.slot, release, settings, self.listener, self.log)
        return await launch(*place, values, data, modest=modest)

    async def launched_apart(self, release: StoredRelease, data: Path, *, modest: bool = False) -> Instance:
        """A copy that never gets a caller, on data of its own. Raises NotHealthy, SandboxError."""
        values = await self.values(release)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            log, settings = self.rehearsal_log, self.state.settings
            place = (self.starter, self.slot, release, settings, theirs, log)
            instance, _ = await launch(*place, values, data, modest=modest)
        return instance

    async def values(self, release: StoredRelease) -> dict[str, str]:
        """Raises NotHealthy where its secrets cannot be opened."""
        try:
            return await asyncio.to_thread(unsealed, self._secrets, self.slot, release)
        except SecretsError as error:
            raise NotHealthy(str(error), "") from error

    async def database(self, release: StoredRelease) -> Database:
        return database_of(release, await self.values(release))

    async def listen_again(self) -> None:
        """An application can shut the shared listener down, to its own harm; its successor gets a working one."""
        if not self.listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            self.listener.close()
            self.listener = await asyncio.to_thread(bind, self.state.port)

    def keep_failure(self, deployment_id: str, reason: str, log_end: str, answers: tuple[ProbeAnswer, ...]) -> None:
        """For whoever asks later. Never raises: the outcome of the deploy is told all the same."""
        told = {"reason": reason, "log_end": log_end, "answers": ANSWERS.dump_python(answers, mode="json")}
        path = self.slot.failure(deployment_id)
        try:
            private_folder(path.parent)
            write_private(path, json.dumps(told).encode())
            for old in sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime_ns)[:-KEPT_FAILURES]:
                old.unlink()
        except OSError as error:
            logger.warning("%s cannot be kept: %s", path, error)

    def clear_scratch(self) -> None:
        if self.slot.scratch.exists():
            shutil.rmtree(self.slot.scratch, ignore_errors=True)


def bind(port: int) -> socket.socket:
    """The listening socket, before any version runs: callers wait in its queue. Raises PortTaken."""
    # right after a kill -9 the application of the keeper before may hold the same socket for some milliseconds
    deadline = time.monotonic() + BIND_WAIT_S
    while True:
        try:
            listener = socket.create_server((HOST, port), backlog=BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            if time.monotonic() >= deadline:
                raise PortTaken from error
            time.sleep(0.02)
        else:
            listener.setblocking(False)
            return listener


__all__ = ["PortTaken", "Stage", "bind"]
