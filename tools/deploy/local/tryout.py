"""Trying a candidate out: a rehearsal on a copy of the data, and a copy of it that is ready to take over."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from memory.records.serving import HealthProbe, ProbeAnswer
from tools.deploy.local.database import CopyFailed, copy_out
from tools.deploy.local.files import private_folder
from tools.deploy.local.instance import Instance, NotHealthy
from tools.deploy.local.rehearsal import Rehearsal
from tools.deploy.local.slot import StoredRelease
from tools.deploy.local.smoke import ListRoute
from tools.deploy.local.stage import Stage


@dataclass(frozen=True)
class Rehearsed:
    answers: tuple[ProbeAnswer, ...] = ()
    routes: tuple[ListRoute, ...] = ()


async def rehearsed(stage: Stage, release: StoredRelease, *, modest: bool = False) -> Rehearsed:
    """Its migrations and its answers on a copy of the data, where it may write. Raises NotHealthy, SandboxError.

    Nothing is done where its database is not a file of ours, or too large to be copied.
    """
    database = await stage.database(release)
    if database.elsewhere or database.size(stage.slot.data) > stage.state.settings.copied_bytes:
        return Rehearsed()
    data = stage.slot.scratch / "data"
    await asyncio.to_thread(stage.clear_scratch)
    private_folder(data)
    try:
        if database.size(stage.slot.data):
            await copy_out(stage.starter, stage.slot, release, database, data)
        instance = await stage.launched_apart(release, data, modest=modest)
    except CopyFailed as error:
        raise NotHealthy(f"no rehearsal: {error}", "") from error
    try:
        return await _asked(stage, instance, writing=True)
    finally:
        await instance.kill()
        await asyncio.to_thread(stage.clear_scratch)


async def read_from(stage: Stage, instance: Instance) -> Rehearsed:
    """What a copy answers on the real data to requests that change nothing. Raises NotHealthy; the copy is left."""
    return await _asked(stage, instance, writing=False)


async def _asked(stage: Stage, instance: Instance, *, writing: bool) -> Rehearsed:
    rehearsal = Rehearsal(instance.address, stage.state.settings.smoke_s)
    await rehearsal.run(writing=writing)
    answers = tuple(rehearsal.answers)
    if rehearsal.faults:
        place = "on a copy of the data" if writing else "on the real data, before it got a caller"
        raise NotHealthy(f"{rehearsal.faults[0]} ({place})", instance.log_end, answers)
    return Rehearsed(answers, rehearsal.lists)


async def proven(
    stage: Stage, release: StoredRelease, *, modest: bool = False
) -> tuple[Instance, HealthProbe, Rehearsed]:
    """A copy on the real data that is healthy and answers what reads. Raises NotHealthy, SandboxError."""
    instance, health = await stage.launched(release, modest=modest)
    try:
        return instance, health, await read_from(stage, instance)
    except BaseException:
        await instance.kill()
        raise


async def both(
    first: Coroutine[Any, Any, Rehearsed], second: Coroutine[Any, Any, tuple[Instance, HealthProbe, Rehearsed]]
) -> tuple[Rehearsed, tuple[Instance, HealthProbe, Rehearsed]]:
    """At the same time; where one fails the other is ended before its failure goes on."""
    rehearsing, proving = asyncio.ensure_future(first), asyncio.ensure_future(second)
    try:
        await asyncio.wait({rehearsing, proving}, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        failed = [task for task in (rehearsing, proving) if task.done() and task.exception() is not None]
        for task in (rehearsing, proving) if failed else ():
            task.cancel()
    told = await asyncio.gather(rehearsing, proving, return_exceptions=True)
    if isinstance(told[0], BaseException) or isinstance(told[1], BaseException):
        if not isinstance(told[1], BaseException):
            await told[1][0].kill()
        raise failed[0].exception() or told[0]  # type: ignore[misc]
    return told[0], told[1]


__all__ = ["Rehearsed", "both", "proven", "read_from", "rehearsed"]
