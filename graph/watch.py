"""Work on a run that ends when the run is cancelled, or when its lock is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from memory.recovery import Lock
from memory.store import Store

LOOK_EVERY_S = 1.0
Result = TypeVar("Result")


class RunCancelled(Exception):
    """Someone wants the run to end, or it has gone."""


async def watched(work: Coroutine[None, None, Result], store: Store, run_id: str, lock: Lock) -> Result:
    """What the work gives. Where the watch ends first, the work is cancelled and has ended when this raises.

    Raises RunCancelled, and OperationalError where the lock's connection has broken: someone else may go on already.
    """
    task = asyncio.create_task(work)
    watch = asyncio.create_task(_watch(store, run_id, lock))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            watch.result()  # the lock is lost
            raise RunCancelled
        return task.result()
    finally:
        await _end(task)
        await _end(watch)


async def _watch(store: Store, run_id: str, lock: Lock) -> None:
    """Returns when the run is cancelled. Raises OperationalError."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        await lock.execute("SELECT 1")
        if await store.is_cancelled(run_id):
            return


async def _end(task: asyncio.Task[object]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # heard: asyncio would report it as never retrieved


__all__ = ["RunCancelled", "watched"]
