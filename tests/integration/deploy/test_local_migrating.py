"""Changes of the database between versions: let through, refused with a plan, made in a pause, undone."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from memory.records.serving import DeploymentStatus, Release, Serving
from tests.integration.deploy.deploy_place import APP, Place, gone
from tests.integration.deploy.test_local_releases import Callers
from tools.deploy.interface import MigrationRefused, ReleaseBroken

STATUS = DeploymentStatus
BEGIN = '        db.execute("create table if not exists notes (text)")\n'
RENAMED = BEGIN + (
    "        names = [row[1] for row in db.execute('pragma table_info(notes)')]\n"
    "        if 'body' not in names:\n            db.execute('alter table notes rename column text to body')\n"
)
NEXT = APP.replace(BEGIN, RENAMED).replace("select text from", "select body from")
ADDED = BEGIN + "        db.execute('create table if not exists tags (name)')\n"
"""It breaks the version before it: `select text` has no such column any more."""
LIVE_ONLY = "    if os.path.exists('/work/live'):\n        @WHAT@\n    yield"
REVISION = 'revision = "{name}"\n\ndef upgrade():\n    {upgrade}\n'
RENAME = 'op.alter_column("notes", "text", new_column_name="body")'


def release(place: Place, name: str, source: str, upgrade: str, **other: object) -> Release:
    made = place.release(name, source=source)
    _revision(made.code, "0001", 'op.create_table("notes")')
    if upgrade:
        _revision(made.code, "0002", upgrade)
    return replace(made, **other)  # type: ignore[arg-type]


def _revision(code: Path, name: str, upgrade: str) -> None:
    folder = code / "migrations" / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(REVISION.format(name=name, upgrade=upgrade))


async def first(place: Place, note: str = "kept") -> Serving:
    served = await place.platform.deploy(release(place, "old", APP, ""), place.manifest)
    await place.http.post(f"{served.url}/notes/{note}")
    return served


async def notes(place: Place, serving: Serving) -> list[str]:
    return list((await place.http.get(f"{serving.url}/notes")).json())


async def test_what_only_adds_is_made_beside_the_old_version(place: Place) -> None:
    served = await first(place)
    adding = release(place, "new", APP.replace(BEGIN, ADDED), 'op.create_table("tags")')
    async with Callers(served.url or "") as callers:
        new = await place.platform.deploy(adding, place.manifest)
    assert callers.failures == []
    assert await notes(place, new) == ["kept"]
    assert (place.slot.backup(new.deployment_id) / "app.db").exists()


async def test_what_breaks_the_old_version_is_refused_with_a_plan(place: Place) -> None:
    served = await first(place)
    with pytest.raises(MigrationRefused) as caught:
        await place.platform.deploy(release(place, "new", NEXT, RENAME), place.manifest)
    assert "renames the column notes.text" in str(caught.value)
    assert "Step 1: add the new column beside text of notes" in caught.value.remedy
    assert "Step 2: drop the old column" in caught.value.remedy
    assert await place.version(served) == "old"


async def test_a_pause_makes_callers_wait_and_loses_none(place: Place) -> None:
    served = await first(place)
    async with Callers(served.url or "") as callers:
        new = await place.platform.deploy(release(place, "new", NEXT, RENAME, downtime=True), place.manifest)
        await asyncio.sleep(0.2)
    assert callers.failures == []
    assert callers.versions[-1] == "new"
    assert await notes(place, new) == ["kept"]
    assert (await place.platform.settle(new.deployment_id)).status is STATUS.HEALTHY


@pytest.mark.parametrize("when", ["in the rehearsal", "in the pause", "after the switch"])
async def test_a_failure_puts_the_database_back(place: Place, when: str) -> None:
    served = await first(place)
    source = {
        "in the rehearsal": NEXT.replace("    yield", "    raise RuntimeError('no')\n    yield"),
        "in the pause": NEXT.replace("    yield", LIVE_ONLY.replace("@WHAT@", "raise RuntimeError('no')")),
        "after the switch": NEXT.replace('    return {"version": VERSION}', "    return Response(status_code=500)"),
    }[when]
    (place.slot.data / "live").touch()
    bad = release(place, "bad", source, RENAME, downtime=True)
    async with Callers(served.url or "") as callers:
        if when == "after the switch":
            await place.platform.deploy(bad, place.manifest)
            assert (await place.platform.settle(bad.deployment_id)).status is STATUS.ROLLED_BACK
        else:
            with pytest.raises(ReleaseBroken):
                await place.platform.deploy(bad, place.manifest)
            assert callers.failures == []
        await asyncio.sleep(0.2)
    assert callers.versions[-1] == "old"
    assert await notes(place, served) == ["kept"]
    await place.http.post(f"{served.url}/notes/more")
    assert await notes(place, served) == ["kept", "more"]


async def test_a_keeper_that_dies_in_the_pause_starts_with_the_old_database(place: Place) -> None:
    served = await first(place)
    (place.slot.data / "live").touch()
    stuck = NEXT.replace("    yield", LIVE_ONLY.replace("@WHAT@", "await asyncio.sleep(60)"))
    bad = release(place, "bad", stuck, RENAME, downtime=True)
    deploying = asyncio.create_task(place.platform.deploy(bad, place.manifest))
    await _until_changed(place)
    everything = place.processes()
    for keeper in place.keepers():
        os.kill(keeper.pid, signal.SIGKILL)
    assert await asyncio.to_thread(gone, everything)
    with pytest.raises(Exception, match="keeper"):
        await deploying
    (back,) = await place.platform.reconcile()
    assert (back.deployment_id, back.status) == (served.deployment_id, STATUS.HEALTHY)
    assert await notes(place, served) == ["kept"]


async def _until_changed(place: Place) -> None:
    """The pause has begun and the new version has changed the real database."""
    for _ in range(1000):
        state = place.slot.read()
        log = place.slot.app_log.read_text()
        if state is not None and state.paused and "bad starts" in log:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the pause never began")
