"""Ending a run on request: the step that it is in is cancelled, and what the step has in a sandbox dies with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import psycopg

from memory.store import Store

Result = TypeVar("Result")
POLL_S = 0.5


class RunCancelled(Exception):
    """Someone asked for the run to end, or deleted its project."""


async def unless_cancelled(store: Store, run_id: str, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives. Raises RunCancelled when that is no longer wanted; `work` has ended then."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_until_cancelled(store, run_id))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise RunCancelled
    finally:
        watching.cancel()
        working.cancel()
        await asyncio.wait({working, watching})


async def _until_cancelled(store: Store, run_id: str) -> None:
    while not await _is_cancelled(store, run_id):  # noqa: ASYNC110 - it stands in the database
        await asyncio.sleep(POLL_S)


async def _is_cancelled(store: Store, run_id: str) -> bool:
    try:
        return await store.is_cancelled(run_id)
    except psycopg.OperationalError:
        return False  # the database is being restarted: asked again in a moment


__all__ = ["RunCancelled", "unless_cancelled"]
