"""Bringing a slot's keeper to life, and speaking with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.deploy.interface import PlatformBroken
from tools.deploy.local.control import Message, NoKeeper, call
from tools.deploy.local.files import locked, private_folder
from tools.deploy.local.keeper import PORT_TAKEN, READY
from tools.deploy.local.slot import Slot

SPAWN_S = 30.0
ATTEMPTS = 3


@dataclass(frozen=True)
class KeeperCommand:
    argv: tuple[str, ...]
    """The slot's folder is added to it."""
    env: Mapping[str, str]
    cwd: Path


class PortTakenAtStart(Exception):
    """The keeper could not have the port that stands on the slot's record."""


async def ask(slot: Slot, message: Message, *, timeout_s: float) -> Message:
    """Raises NoKeeper where none runs, PlatformBroken where it does not answer or could not do it."""
    try:
        answer = await call(slot.control, message, timeout_s=timeout_s)
    except TimeoutError:
        raise PlatformBroken(
            f"the keeper did not answer within {timeout_s:g} s", place=slot.name, remedy=f"See {slot.keeper_log}"
        ) from None
    if "error" in answer:
        raise PlatformBroken(
            answer["error"], place=slot.name, remedy=f"What runs was left alone; see {slot.keeper_log}"
        )
    return answer


async def is_kept(slot: Slot) -> bool:
    try:
        await ask(slot, {"op": "status", "probe": False}, timeout_s=SPAWN_S)
    except NoKeeper:
        return False
    return True


async def wait_gone(slot: Slot) -> None:
    """Until a keeper that was told to stop has let go of the slot. Raises PlatformBroken."""
    try:
        async with locked(slot.keeper_lock, wait_s=SPAWN_S):
            return
    except TimeoutError:
        raise PlatformBroken(
            "its keeper was told to stop and still runs", place=slot.name, remedy=f"See {slot.keeper_log}"
        ) from None


async def spawn(slot: Slot, command: KeeperCommand) -> None:
    """Returns when the keeper holds the listening socket and answers. Raises PortTakenAtStart, PlatformBroken."""
    await asyncio.to_thread(private_folder, slot.app_log.parent)
    for _ in range(ATTEMPTS):
        said = await _run(slot, command)
        if said == PORT_TAKEN:
            raise PortTakenAtStart
        # a keeper that was about to end may have held the lock: then nobody answers, and another one is started
        if said == READY and await is_kept(slot):
            return
    raise PlatformBroken(
        f"its keeper does not start ({said or 'no answer'})", place=slot.name, remedy=f"See {slot.keeper_log}"
    )


async def _run(slot: Slot, command: KeeperCommand) -> str:
    with await asyncio.to_thread(slot.keeper_log.open, "ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            str(slot.folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=dict(command.env),
            cwd=command.cwd,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(SPAWN_S):
            said, _ = await process.communicate()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return "no answer in time"
    return said.decode(errors="replace").strip()


__all__ = ["KeeperCommand", "PortTakenAtStart", "ask", "is_kept", "spawn", "wait_gone"]
