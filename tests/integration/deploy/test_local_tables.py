"""Versions with other tables: never served on tables that they do not know, and led back where the new one fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory.records.serving import Release, SchemaMove
from tests.integration.deploy.deploy_place import APP, Place
from tests.integration.deploy.test_local_releases import Callers
from tools.deploy.interface import ReleaseBroken

STRICT = APP.replace(
    "async def lifespan(app):",
    """async def lifespan(app):
    from pathlib import Path
    tables, known = Path("/work/tables"), @KNOWN@
    if tables.exists() and tables.read_text() not in known:
        raise RuntimeError("it does not know the tables " + tables.read_text())
    tables.write_text(known[-1])
    @AFTERWARDS@""",
)
"""As applications do: it migrates at its start, and cannot start on tables of a later version."""
MIGRATOR = """
import sys
from pathlib import Path
command, revision = sys.argv[-2:]
assert command == "downgrade"
if Path("/work/stuck").exists():
    sys.exit("rows are in the way")
Path("/work/tables").write_text(revision)
"""


def release(place: Place, version: str, known: list[str], afterwards: str = "pass") -> Release:
    source = STRICT.replace("@KNOWN@", repr(known)).replace("@AFTERWARDS@", afterwards)
    made = place.release(version, source=source)
    (made.code / "alembic").mkdir()
    (made.code / "alembic" / "__main__.py").write_text(MIGRATOR)
    (made.code / "alembic" / "__init__.py").touch()
    return made


FORWARD, BACK = SchemaMove("1", "2", back=False), SchemaMove("2", "1", back=True)


async def test_there_and_back_without_a_lost_request(place: Place) -> None:
    first, second = release(place, "old", ["1"]), release(place, "new", ["1", "2"])
    serving = await place.platform.deploy(first, place.manifest)
    async with Callers(serving.url or "") as callers:
        await place.platform.deploy(replace(second, schema=FORWARD), place.manifest)
        assert (place.slot.data / "tables").read_text() == "2"
        again = replace(first, deployment_id="d-again", schema=BACK)
        await place.platform.deploy(again, place.manifest)
    assert (place.slot.data / "tables").read_text() == "1"
    assert callers.failures == []
    assert callers.versions[-1] == "old"
    assert "new" in callers.versions


async def test_a_version_that_fails_after_it_migrated_leads_the_tables_back(place: Place) -> None:
    serving = await place.platform.deploy(release(place, "old", ["1"]), place.manifest)
    broken = release(place, "new", ["1", "2"], afterwards="raise RuntimeError('no good')")
    async with Callers(serving.url or "") as callers:
        with pytest.raises(ReleaseBroken, match="no good"):
            await place.platform.deploy(replace(broken, schema=FORWARD), place.manifest)
    assert (place.slot.data / "tables").read_text() == "1"
    assert callers.failures == []
    assert await place.version(serving) == "old"


async def test_where_the_way_back_is_barred_everything_stays(place: Place) -> None:
    first, second = release(place, "old", ["1"]), release(place, "new", ["1", "2"])
    await place.platform.deploy(first, place.manifest)
    serving = await place.platform.deploy(replace(second, schema=FORWARD), place.manifest)
    (place.slot.data / "stuck").touch()
    with pytest.raises(ReleaseBroken, match="rows are in the way"):
        await place.platform.deploy(replace(first, deployment_id="d-again", schema=BACK), place.manifest)
    assert (place.slot.data / "tables").read_text() == "2"
    assert await place.version(serving) == "new"
