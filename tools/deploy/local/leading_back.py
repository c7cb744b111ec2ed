"""Tables of an application led back to an earlier form, by the code that knows the way."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from typing import BinaryIO

from memory.records.execution import Command, SandboxError, Starter
from memory.secrets import redacted
from tools.deploy.local.instance import CODE_INSIDE, FIXED_VARIABLES, confinement
from tools.deploy.local.slot import Settings, Slot, StoredRelease

WITHIN_S = 120.0
TAIL = 4_000


def command(release: StoredRelease, revision: str, variables: Mapping[str, str]) -> Command:
    python = str(release.environment.bin / "python")
    argv = (python, "-m", "alembic", "-c", f"{CODE_INSIDE}/alembic.ini", "downgrade", revision)
    return Command(argv=argv, env={**FIXED_VARIABLES, **variables, "PYTHONPATH": CODE_INSIDE})


async def lead_back(
    starter: Starter,
    slot: Slot,
    release: StoredRelease,
    revision: str,
    settings: Settings,
    variables: Mapping[str, str],
) -> str:
    """Why the tables could not be led back, and are as they were; empty where they were."""
    with tempfile.TemporaryFile() as output:
        asked = command(release, revision, variables)
        try:
            running = await starter.start(
                asked, confinement(slot, release, settings, slot.data), inherit=(), output=output
            )
        except SandboxError as error:
            return f"the sandbox refused: {error}"
        try:
            done = await asyncio.wait_for(running.wait(), WITHIN_S)
        except TimeoutError:
            running.kill()
            return f"it took longer than {WITHIN_S:g} s"
        return "" if done.ok else redacted(_end(output), variables) or done.reason


def _end(output: BinaryIO) -> str:
    output.seek(0)
    return output.read()[-TAIL:].decode(errors="replace").strip().rpartition("\n")[2]


__all__ = ["command", "lead_back"]
