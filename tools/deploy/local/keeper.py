"""The keeper: one process a slot that holds the listening socket and keeps the wanted version running on it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from memory.records.execution import SandboxError, Starter
from memory.records.serving import DeploymentStatus, HealthProbe, SchemaMove
from memory.secrets import Secrets, SecretsError
from tools.deploy.interface import DeployError
from tools.deploy.local.attendant import Attendant
from tools.deploy.local.control import Message, listening, short_path
from tools.deploy.local.files import POLL_S, private_folder, try_lock
from tools.deploy.local.instance import Instance, NotHealthy, launch
from tools.deploy.local.logs import RotatingLog
from tools.deploy.local.migrating import lead_back
from tools.deploy.local.releases import unsealed
from tools.deploy.local.slot import HOST, Phase, Slot, SlotState, StoredRelease
from tools.deploy.local.stand_in import standing_in

logger = logging.getLogger(__name__)

READY = "ready"
PORT_TAKEN = "port taken"
LOCK_WAIT_S = 10.0
BIND_WAIT_S = 3.0
BACKLOG = 1024


class PortTaken(Exception):
    """Another program listens there."""


class Keeper:
    def __init__(
        self, slot: Slot, state: SlotState, listener: socket.socket, starter: Starter, secrets: Secrets
    ) -> None:
        self._slot = slot
        self._state = state
        self._listener = listener
        self._starter = starter
        self._secrets = secrets
        settings = state.settings
        self._log = RotatingLog(slot.app_log, max_bytes=settings.log_bytes, files=settings.log_files)
        self._attendant: Attendant | None = None
        self._one_change = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        self._last_asked = time.monotonic()

    async def serve(self, ready: Callable[[], None]) -> None:
        """Until it is told to stop, gets SIGTERM, or has had nothing to keep for a while."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._finished.set)
        if self._state.release is not None and self._state.desired is Phase.RUNNING:
            self._attendant = self._attend(self._state.release)
            self._attendant.begin()
        async with listening(self._slot.control, self.answer):
            idle = asyncio.create_task(self._end_when_idle())
            ready()
            await self._finished.wait()
            idle.cancel()
        await self._retire_all()
        self._log.close()

    async def answer(self, message: Message) -> Message:
        """Of the control socket: whatever goes wrong with one request is its answer, and the keeper goes on."""
        self._last_asked = time.monotonic()
        try:
            return await self._obey(message)
        except Exception as error:
            logger.exception("%s failed", message.get("op"))
            return {"error": f"{message.get('op')} failed in the keeper: {type(error).__name__}: {error}"}

    async def _obey(self, message: Message) -> Message:
        match message["op"]:
            case "status":
                return await self._status(probing=message["probe"])
            case "switch":
                move = message.get("schema")
                schema = None if move is None else SchemaMove(**move)
                return await self._switch(StoredRelease.model_validate(message["release"]), schema)
            case "run":
                return await self._run(within_s=message["within_s"])
            case "stop":
                return await self._stop(for_good=message["for_good"])
        return {"error": f"unknown request {message['op']!r}"}

    async def _run(self, *, within_s: float) -> Message:
        """Start what is on record where nothing runs; answer when it serves, or is known not to."""
        async with self._one_change:
            release = self._state.release
            if self._attendant is None and release is not None:
                self._record(desired=Phase.RUNNING, release=release)
                self._attendant = self._attend(release)
                self._attendant.begin()
        deadline = time.monotonic() + within_s
        while (now := self._attendant) is not None and time.monotonic() < deadline:
            if now.instance is not None or now.status is DeploymentStatus.UNHEALTHY:
                break
            await asyncio.sleep(POLL_S)
        return await self._status(probing=True)

    async def _switch(self, release: StoredRelease, schema: SchemaMove | None) -> Message:
        async with self._one_change:
            now = self._attendant
            if now is not None and now.release.deployment_id == release.deployment_id and now.instance is not None:
                return await self._status(probing=True)
            await self._listen_again()
            if schema is None or self._state.release is None:
                return await self._start(release)
            return await self._start_on_other_tables(self._state.release, release, schema)

    async def _start(self, release: StoredRelease) -> Message:
        attendant = self._attend(release)
        try:
            proven, health = await self._launch(release)
            await attendant.take_over(proven)
        except NotHealthy as error:
            self._log.note(f"{release.commit[:12]} refused: {error}")
            return {"refused": str(error), "log_end": error.log_end}
        except SandboxError as error:
            return {"error": f"the sandbox refused: {error}"}
        return await self._adopt(attendant, health)

    async def _start_on_other_tables(self, old: StoredRelease, new: StoredRelease, schema: SchemaMove) -> Message:
        """No version meets tables that it does not know: callers wait in the listener's queue meanwhile."""
        served = self._attendant
        if served is not None:
            await served.step_back()
            await served.end()
        if schema.back and (why := await self._lead_back(old, schema.after)):
            answer: Message = {"refused": f"its tables could not be led back: {why}", "log_end": ""}
        else:
            answer = await self._start(new)
        if self._attendant is served:
            if not schema.back and (why := await self._lead_back(new, schema.before)):
                self._log.note(f"the tables could not be led back to {schema.before}: {why}")
            if served is not None:
                await self._serve_again(old)
        return answer

    async def _lead_back(self, release: StoredRelease, revision: str) -> str:
        try:
            values = await asyncio.to_thread(unsealed, self._secrets, self._slot, release)
        except SecretsError as error:
            return str(error)
        self._log.note(f"leading the tables back to {revision}")
        return await lead_back(self._starter, self._slot, release, revision, self._state.settings, values)

    async def _serve_again(self, release: StoredRelease) -> None:
        self._attendant = self._attend(release)
        self._attendant.begin()
        deadline = time.monotonic() + self._state.settings.startup_s
        while self._attendant.instance is None and time.monotonic() < deadline:  # noqa: ASYNC110 - a child process
            await asyncio.sleep(POLL_S)

    async def _adopt(self, attendant: Attendant, health: HealthProbe) -> Message:
        try:
            self._record(desired=Phase.RUNNING, release=attendant.release)
        except OSError as error:
            await attendant.step_back()
            await attendant.end()
            return {"error": f"the change could not be put on record: {error}"}
        self._log.note(f"{attendant.release.commit[:12]} serves on {self._state.url}")
        self._attendant, before = attendant, self._attendant
        if before is not None:
            # the answer to deploy says that the new version serves: nobody may then hear the old one
            await before.step_back()
            task = asyncio.create_task(before.end())
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)
        return await self._status(probing=False) | {"health": _wire(health)}

    async def _stop(self, *, for_good: bool) -> Message:
        async with self._one_change:
            if for_good:
                self._record(desired=Phase.STOPPED, release=self._state.release)
            await self._retire_all()
            answer = await self._status(probing=False)
            self._finished.set()
            return answer

    async def _status(self, *, probing: bool) -> Message:
        attendant = self._attendant
        if attendant is None:
            return {"deployment_id": None, "status": DeploymentStatus.STOPPED, "restarts": 0, "detail": ""}
        instance = attendant.instance
        health = await instance.probe() if instance is not None and probing else None
        status, detail = attendant.status, attendant.trouble
        if status is DeploymentStatus.HEALTHY:
            detail = ""
        if instance is not None and health is not None and not health.healthy:
            status, detail = DeploymentStatus.UNHEALTHY, f"{health.error}\n{instance.log_end}".rstrip()
        return {
            "deployment_id": attendant.release.deployment_id,
            "status": status,
            "restarts": attendant.restarts,
            "detail": detail,
            "health": _wire(health) if health is not None else None,
            "limits_active": list(instance.limits_active) if instance is not None else [],
        }

    def _attend(self, release: StoredRelease) -> Attendant:
        return Attendant(
            release,
            lambda: self._launch(release),
            lambda: standing_in(self._listener),
            self._state.settings,
            self._log,
        )

    async def _launch(self, release: StoredRelease) -> tuple[Instance, HealthProbe]:
        try:
            values = await asyncio.to_thread(unsealed, self._secrets, self._slot, release)
        except SecretsError as error:
            raise NotHealthy(str(error), "") from error
        return await launch(self._starter, self._slot, release, self._state.settings, self._listener, self._log, values)

    async def _listen_again(self) -> None:
        """An application can shut the shared listener down, to its own harm; its successor gets a working one."""
        if not self._listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            self._listener.close()
            self._listener = await asyncio.to_thread(bind, self._state.port)

    def _record(self, *, desired: Phase, release: StoredRelease | None) -> None:
        state = self._state.model_copy(update={"desired": desired, "release": release})
        self._slot.write(state)
        self._state = state

    async def _retire_all(self) -> None:
        if self._attendant is not None:
            await self._attendant.end()
            self._attendant = None
        if self._retiring:
            await asyncio.wait(self._retiring)

    async def _end_when_idle(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._state.settings.idle_s))
            busy = self._attendant is not None or self._one_change.locked()
            if not busy and time.monotonic() - self._last_asked >= self._state.settings.idle_s:
                self._finished.set()


def _wire(health: HealthProbe) -> Message:
    return {
        "healthy": health.healthy,
        "status_code": health.status_code,
        "latency_ms": health.latency_ms,
        "error": health.error,
        "at": health.at.isoformat(),
    }


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


def keep(folder: Path, starter: Starter, secrets: Secrets, report: Callable[[str], None]) -> int:
    """The whole life of a keeper. `report` gets one line, READY, PORT_TAKEN or what went wrong. Returns the exit code.

    A second keeper of the same slot reports READY and ends: the first one has the lock.
    """
    slot = Slot(folder)
    lock = _lock(slot)
    if lock is None:
        report(READY)
        return 0
    try:
        state = slot.read()
        if state is None:
            report(f"{slot.state_file} does not exist")
            return 1
        private_folder(slot.data)
        asyncio.run(Keeper(slot, state, bind(state.port), starter, secrets).serve(lambda: report(READY)))
    except PortTaken:
        report(PORT_TAKEN)
        return 1
    except (OSError, DeployError) as error:
        report(str(error))
        return 1
    finally:
        os.close(lock)
    return 0


def _lock(slot: Slot) -> int | None:
    deadline = time.monotonic() + LOCK_WAIT_S
    while (lock := try_lock(slot.keeper_lock)) is None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as sock, short_path(slot.control) as address:
            sock.connect(address)
            return None
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.02)
    return lock


__all__ = ["PORT_TAKEN", "READY", "Keeper", "PortTaken", "bind", "keep"]
