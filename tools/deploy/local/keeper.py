"""The keeper: one process a slot that holds the listening socket and keeps the wanted version running on it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from memory.records.execution import SandboxError, Starter
from memory.records.serving import DeploymentStatus, HealthProbe, ProbeAnswer, Resources
from memory.secrets import Secrets
from tools.deploy.interface import DeployError
from tools.deploy.local.control import Message, listening, short_path
from tools.deploy.local.database import CopyFailed
from tools.deploy.local.files import POLL_S, private_folder, try_lock
from tools.deploy.local.instance import NotHealthy
from tools.deploy.local.slot import Phase, Settings, Slot, SlotState, StoredRelease
from tools.deploy.local.stage import ANSWERS, PortTaken, Stage, bind
from tools.deploy.local.switching import Order, Switching
from tools.deploy.local.usage import measured

logger = logging.getLogger(__name__)

READY = "ready"
PORT_TAKEN = "port taken"
LOCK_WAIT_S = 10.0
COUNTED_S = 1.0


class Keeper:
    def __init__(
        self, slot: Slot, state: SlotState, listener: socket.socket, starter: Starter, secrets: Secrets
    ) -> None:
        self._slot = slot
        self._stage = Stage(slot, state, listener, starter, secrets)
        self._switching = Switching(self._stage)
        self._finished = asyncio.Event()
        self._last_asked = time.monotonic()

    async def serve(self, ready: Callable[[], None]) -> None:
        """Until it is told to stop, gets SIGTERM, or has had nothing to keep for a while."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._finished.set)
        await self._switching.begin()
        async with listening(self._slot.control, self.answer):
            idle = asyncio.create_task(self._end_when_idle())
            ready()
            await self._finished.wait()
            idle.cancel()
        await self._switching.end_all()
        self._stage.close()

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
                release = StoredRelease.model_validate(message["release"])
                self._stage.adopt(Settings.model_validate(message["settings"]))
                return await self._switch(Order(release, migrates=message["migrates"]))
            case "settle":
                await self._switching.settled(message["within_s"])
                return await self._status(probing=False) | self._verdict()
            case "turn back":
                return await self._turned_back(message["deployment_id"], message["reason"])
            case "again":
                return await self._again(message["deployment_id"], message.get("resources"))
            case "usage":
                return await self._usage()
            case "run":
                return await self._run(within_s=message["within_s"])
            case "stop":
                return await self._stop(for_good=message["for_good"])
        return {"error": f"unknown request {message['op']!r}"}

    async def _run(self, *, within_s: float) -> Message:
        """Start what is on record where nothing runs; answer when it serves, or is known not to."""
        switching = self._switching
        async with switching.lock:
            release = self._stage.state.release
            if switching.current is None and release is not None:
                self._stage.record(desired=Phase.RUNNING)
                await switching.begin()
        deadline = time.monotonic() + within_s
        while (now := switching.current) is not None and time.monotonic() < deadline:
            if now.status is not DeploymentStatus.STARTING:
                break
            await asyncio.sleep(POLL_S)
        return await self._status(probing=True)

    async def _switch(self, order: Order) -> Message:
        deployment_id = order.release.deployment_id
        async with self._switching.lock:
            now = self._switching.current
            if now is not None and now.deployment_id == deployment_id and now.instances and not order.trusted:
                return await self._status(probing=True)
            return await self._tried(order)

    async def _tried(self, order: Order) -> Message:
        release = order.release
        try:
            candidate = await self._switching.switch(order)
        except NotHealthy as error:
            self._stage.log.note(f"{release.commit[:12]} refused: {error}")
            self._stage.keep_failure(release.deployment_id, str(error), error.log_end, error.answers)
            return {"refused": str(error), "log_end": error.log_end, "answers": _told(error.answers)}
        except (SandboxError, CopyFailed) as error:
            return {"error": f"the sandbox refused: {error}"}
        except OSError as error:
            return {"error": f"the change could not be put on record: {error}"}
        told = {"health": None if candidate.health is None else _wire(candidate.health)}
        return await self._status(probing=False) | told | {"answers": _told(candidate.answers)}

    async def _turned_back(self, deployment_id: str, reason: str) -> Message:
        async with self._switching.lock:
            now = self._switching.current
            if now is None or now.deployment_id != deployment_id:
                return {"refused": f"{deployment_id} does not serve", "log_end": "", "answers": []}
            try:
                await self._switching.turn_back(reason)
            except LookupError as error:
                return {"refused": str(error), "log_end": "", "answers": []}
            except NotHealthy as error:
                why = f"what served before does not start any more: {error}"
                return {"refused": why, "log_end": error.log_end, "answers": []}
            return await self._status(probing=True)

    async def _again(self, deployment_id: str, resources: Message | None) -> Message:
        """The same version in new copies, which take over from those that run."""
        async with self._switching.lock:
            now = self._switching.current
            if now is None or now.deployment_id != deployment_id:
                return {"refused": f"{deployment_id} does not serve", "log_end": "", "answers": []}
            changed = {} if resources is None else {"resources": Resources.model_validate(resources)}
            return await self._tried(Order(now.release.model_copy(update=changed), trusted=True))

    async def _stop(self, *, for_good: bool) -> Message:
        async with self._switching.lock:
            if for_good:
                self._stage.record(desired=Phase.STOPPED)
            await self._switching.end_all()
            answer = await self._status(probing=False)
            self._finished.set()
            return answer

    async def _status(self, *, probing: bool) -> Message:
        now = self._switching.current
        if now is None:
            return {"deployment_id": None, "status": DeploymentStatus.STOPPED, "restarts": 0, "detail": ""}
        instances = now.instances
        probes = await asyncio.gather(*[one.probe() for one in instances]) if probing else []
        worst = min(probes, key=lambda probe: probe.healthy, default=None)
        status, detail = now.status, now.trouble
        if status is DeploymentStatus.HEALTHY:
            detail = ""
        if worst is not None and not worst.healthy:
            silent = instances[probes.index(worst)]
            status, detail = DeploymentStatus.UNHEALTHY, f"{worst.error}\n{silent.log_end}".rstrip()
        return {
            "deployment_id": now.deployment_id,
            "status": status,
            "restarts": now.restarts,
            "detail": detail,
            "health": None if worst is None else _wire(worst),
            "limits_active": list(instances[0].limits_active) if instances else [],
        }

    def _verdict(self) -> Message:
        turned_back = self._stage.state.turned_back
        return {
            "watching": self._switching.watching,
            "turned_back": None if turned_back is None else turned_back.model_dump(mode="json"),
        }

    async def _usage(self) -> Message:
        now = self._switching.current
        instances = now.instances if now is not None else []
        trees = await asyncio.gather(*[asyncio.to_thread(measured, one.pid) for one in instances])
        counts = await now.counts(COUNTED_S) if now is not None else None
        return {
            "deployment_id": None if now is None else now.deployment_id,
            "at": datetime.now(UTC).isoformat(),
            "instances": len(instances),
            "memory_bytes": sum(tree.memory_bytes for tree in trees),
            "cpu_seconds": sum(tree.cpu_seconds for tree in trees),
            "processes": sum(tree.processes for tree in trees),
            "restarts": 0 if now is None else now.restarts,
            "requests": 0 if counts is None else counts.requests,
            "errors": 0 if counts is None else counts.errors,
            "request_seconds": 0.0 if counts is None else counts.seconds,
        }

    async def _end_when_idle(self) -> None:
        idle_s = self._stage.state.settings.idle_s
        while True:
            await asyncio.sleep(min(1.0, idle_s))
            busy = self._switching.current is not None or self._switching.lock.locked()
            if not busy and time.monotonic() - self._last_asked >= idle_s:
                self._finished.set()


def _told(answers: tuple[ProbeAnswer, ...]) -> list[Message]:
    told: list[Message] = ANSWERS.dump_python(answers, mode="json")
    return told


def _wire(health: HealthProbe) -> Message:
    return dataclasses.asdict(health) | {"at": health.at.isoformat()}


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


__all__ = ["PORT_TAKEN", "READY", "Keeper", "keep"]
