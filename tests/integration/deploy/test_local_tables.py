"""Versions with other tables: never served on tables that they do not know, and led back where the new one fails."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from memory.records.serving import Release, SchemaMove
from tests.integration.deploy.deploy_place import APP, Place
from tests.integration.deploy.test_local_releases import Callers
from tools.deploy.interface import ReleaseBroken

STRICT = APP.replace(
    "async def lifespan(app):",
    """async def lifespan(app):
    known = @KNOWN@
    with sqlite3.connect(DATABASE) as db:
        db.execute("create table if not exists tables (revision text)")
        found = [row[0] for row in db.execute("select revision from tables")]
        if found and found[0] not in known:
            raise RuntimeError("it does not know the tables " + found[0])
        db.execute("delete from tables")
        db.execute("insert into tables values (?)", (known[-1],))
    @AFTERWARDS@""",
)
"""As applications do: it migrates at its start, and cannot start on tables of a later version."""
MIGRATOR = """
import sqlite3, sys
from pathlib import Path
command, revision = sys.argv[-2:]
assert command == "downgrade"
if Path("/work/stuck").exists():
    sys.exit("rows are in the way")
with sqlite3.connect("/work/app.db") as db:
    db.execute("update tables set revision = ?", (revision,))
"""


MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
    op.add_column("tables", sa.Column("of_{revision}", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("tables", "of_{revision}")
"""


def tables(place: Place) -> str:
    with closing(sqlite3.connect(place.slot.data / "app.db")) as database:
        return str(database.execute("select revision from tables").fetchone()[0])


def release(place: Place, version: str, known: list[str], afterwards: str = "pass") -> Release:
    source = STRICT.replace("@KNOWN@", repr(known)).replace("@AFTERWARDS@", afterwards)
    made = place.release(version, source=source)
    (made.code / "alembic").mkdir()
    (made.code / "alembic" / "__main__.py").write_text(MIGRATOR)
    (made.code / "alembic" / "__init__.py").touch()
    versions = made.code / "migrations" / "versions"
    versions.mkdir(parents=True)
    for number, revision in enumerate(known):
        down = repr(known[number - 1]) if number else "None"
        (versions / f"{revision}.py").write_text(MIGRATION.format(revision=revision, down=down))
    return made


FORWARD, BACK = SchemaMove("1", "2", back=False), SchemaMove("2", "1", back=True)


async def test_there_and_back_without_a_lost_request(place: Place) -> None:
    first, second = release(place, "old", ["1"]), release(place, "new", ["1", "2"])
    serving = await place.platform.deploy(first, place.manifest)
    async with Callers(serving.url or "") as callers:
        await place.platform.deploy(replace(second, schema=FORWARD), place.manifest)
        assert tables(place) == "2"
        again = replace(first, deployment_id="d-again", schema=BACK)
        await place.platform.deploy(again, place.manifest)
    assert tables(place) == "1"
    assert callers.failures == []
    assert callers.versions[-1] == "old"
    assert "new" in callers.versions


async def test_a_version_that_fails_after_it_migrated_leads_the_tables_back(place: Place) -> None:
    serving = await place.platform.deploy(release(place, "old", ["1"]), place.manifest)
    broken = release(place, "new", ["1", "2"], afterwards="raise RuntimeError('no good')")
    async with Callers(serving.url or "") as callers:
        with pytest.raises(ReleaseBroken, match="no good"):
            await place.platform.deploy(replace(broken, schema=FORWARD), place.manifest)
    assert tables(place) == "1"
    assert callers.failures == []
    assert await place.version(serving) == "old"


async def test_where_the_way_back_is_barred_everything_stays(place: Place) -> None:
    first, second = release(place, "old", ["1"]), release(place, "new", ["1", "2"])
    await place.platform.deploy(first, place.manifest)
    serving = await place.platform.deploy(replace(second, schema=FORWARD), place.manifest)
    (place.slot.data / "stuck").touch()
    with pytest.raises(ReleaseBroken, match="rows are in the way"):
        await place.platform.deploy(replace(first, deployment_id="d-again", schema=BACK), place.manifest)
    assert tables(place) == "2"
    assert await place.version(serving) == "new"
