"""A port for a slot: chosen once, kept on record, never one that another slot has."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from tools.deploy.interface import PlatformBroken
from tools.deploy.local.files import locked
from tools.deploy.local.slot import HOST, Settings, Slot, SlotState, slots_below

PORTS = range(8100, 10_000)
"""Below the range from which the kernel takes ports for outgoing connections, so that a kept one stays free."""
LOCK_WAIT_S = 30.0


async def give_port(apps: Path, slot: Slot, settings: Settings, ports: range) -> SlotState:
    """Put a free port on the slot's record, in place of the one that stands there. Raises PlatformBroken."""
    async with locked(apps / "ports.lock", wait_s=LOCK_WAIT_S):
        return await asyncio.to_thread(_given, apps, slot, settings, ports)


def _given(apps: Path, slot: Slot, settings: Settings, ports: range) -> SlotState:
    taken = {state.port for other in slots_below(apps) if (state := _readable(other))}
    port = next((p for p in ports if p not in taken and is_free(p)), None)
    if port is None:
        raise PlatformBroken(
            f"no port of {ports.start} to {ports.stop - 1} is free", place=slot.name, remedy="Stop something there"
        )
    before = slot.read()
    state = before.model_copy(update={"port": port}) if before else SlotState(port=port, settings=settings)
    slot.write(state)
    return state


def is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def _readable(slot: Slot) -> SlotState | None:
    try:
        return slot.read()
    except PlatformBroken:
        return None  # its own deploy reports it


__all__ = ["PORTS", "give_port", "is_free"]
