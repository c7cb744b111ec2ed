"""One contract for all providers: what a platform of ours does there, with everything failing on the way."""

from __future__ import annotations

import asyncio
import re

import pytest

from memory.repositories.remote import RemoteLedger
from tests.contract.platforms.conftest import Story
from tests.contract.platforms.fake_provider import Server
from tests.contract.platforms.kinds import KINDS
from tests.contract.platforms.schemas import FILES, schema_file
from tools.deploy.interface import NothingBefore, UnknownDeployment

ALL = pytest.mark.parametrize("kind", list(KINDS))
SECRET = "hunter2-hunter2"
ONE, TWO = "aaaa1111" * 5, "bbbb2222" * 5
BAD, SICK = "bad0bad0" * 5, "51c451c4" * 5


async def lived(story: Story, *, scales: bool = True) -> None:
    """From the first deploy to the end of the project; the provider's side is right after each step."""
    first = await story.deploy(ONE, "one", API_KEY=SECRET)
    assert first.get("status") == "healthy", first
    story.check(ONE, API_KEY=SECRET, PORT="8000")
    second = await story.deploy(TWO, "two", API_KEY=SECRET, MORE="x")
    assert second.get("status") == "healthy", second
    story.check(TWO, API_KEY=SECRET, MORE="x")
    assert (await story.step("status", "one"))["status"] == "stopped"
    if scales:
        scaled = await story.step("scale", "two", instances=2)
        assert scaled.get("status") == "healthy", scaled
        assert story.fake.instances_of(story.name) == 2
    back = await story.step("rollback", "two")
    assert (back.get("status"), back.get("id")) == ("healthy", f"one-{story.project}"), back
    story.check(ONE)
    assert (await story.step("status", "two"))["status"] == "rolled_back"
    stopped = await story.step("stop", "one")
    assert stopped.get("status") == "stopped", stopped
    gone = await story.step("forget", "-")
    assert gone == {}, gone
    assert story.fake.names() == []


def scales(kind: str) -> bool:
    return kind not in ("vercel", "docker")


@ALL
async def test_a_life_with_every_call_failing_once(kind: str, begin, pool) -> None:
    """With nothing in the way; and with each different request refused, broken or lost at its first time.

    `late` is carried out after its client has gone; reads are spared what takes long.
    """
    faults = ("", "429", "500", "503", "lost", "slow", "late")
    stories = [begin(kind, fault=fault, writes_only=fault in ("slow", "late"))[0] for fault in faults]
    async with asyncio.TaskGroup() as group:
        for story in stories:
            group.create_task(lived(story, scales=scales(kind)))
    for story in stories:
        assert story.fake.names() == []
        assert not story.fake.fault or len(story.fake.seen) > 8
    async with pool.connection() as connection:
        for table in ("remote_services", "remote_deployments"):
            assert await (await connection.execute(f"SELECT * FROM {table}")).fetchall() == []


@ALL
async def test_a_failed_release_leaves_what_served(kind: str, begin) -> None:
    story, platform = begin(kind)
    await story.deploy(ONE, "one", API_KEY=SECRET)
    for commit, key in ((BAD, "bad"), (SICK, "sick")):
        failed = await story.deploy(commit, key, API_KEY=SECRET)
        assert failed["error"] == "ReleaseBroken", failed
        assert SECRET not in failed["text"]
        story.check(ONE)
        assert (await platform.status(f"{key}-{story.project}")).status == "failed"
        assert (await platform.status(f"one-{story.project}")).status == "healthy"
    assert "API_KEY" in await platform.logs(f"bad-{story.project}", lines=50)


@ALL
async def test_a_failed_first_release_leaves_nothing(kind: str, begin, pool) -> None:
    story, _ = begin(kind)
    failed = await story.deploy(BAD, "bad", API_KEY=SECRET)
    assert failed["error"] == "ReleaseBroken", failed
    assert story.fake.names() == []
    assert await RemoteLedger(pool).services_of(story.project) == []
    fine = await story.deploy(ONE, "one", API_KEY=SECRET)
    assert fine["status"] == "healthy", fine
    async with pool.connection() as connection:
        for table in ("remote_services", "remote_deployments"):
            assert SECRET not in str(await (await connection.execute(f"SELECT * FROM {table}")).fetchall())


@ALL
async def test_what_serves_is_looked_at(kind: str, begin) -> None:
    story, platform = begin(kind)
    await story.deploy(ONE, "one")
    before = len(story.fake.exchanges)
    assert (await story.deploy(ONE, "one"))["status"] == "healthy"
    assert len(story.fake.exchanges) == before, "the same deployment is made once"
    with pytest.raises(NothingBefore):
        await platform.rollback(f"one-{story.project}", "no reason")
    story.check(ONE)
    assert "listening" in await platform.logs(f"one-{story.project}", lines=3)
    usage = await platform.usage(f"one-{story.project}")
    assert usage.instances == 1
    assert usage.memory_bytes == (0 if kind == "vercel" else 200_000_000)
    assert (usage.requests, usage.errors) == ((0, 0) if kind == "docker" else (100, 2))
    assert (await platform.settle(f"one-{story.project}")).status == "healthy"
    with pytest.raises(UnknownDeployment):
        await platform.usage("nothing")
    await platform.stop(f"one-{story.project}")
    again = await story.deploy(TWO, "again")
    assert again.get("status") == "healthy", again
    story.check(TWO)
    story.fake.revoked = True
    failed = await story.deploy(TWO, "two")
    assert failed["error"] == "NotAllowed", failed
    assert "Set its token anew" in failed["text"]


@ALL
@pytest.mark.slow
@pytest.mark.long
async def test_killed_at_every_call(kind: str, begin_killed) -> None:
    """kill -9 before each request that changes something is carried out, and after it; new processes take it up.

    Requests that only look change nothing at the provider, so between two of them nothing else can be found.
    """
    story, kills = begin_killed(kind)
    await lived(story, scales=scales(kind))
    assert set(story.fake.seen.values()) == {2}
    assert len(kills) == story.fake.seen.total() > 16
    assert len(story.fake.started(ONE)) == len(story.fake.started(TWO)) == 1


@pytest.mark.parametrize("kind", FILES)
async def test_requests_and_fakes_are_as_the_provider_describes(kind: str, server: Server) -> None:
    """All that was asked and answered above, each different request once."""
    path = schema_file(kind)
    fakes = [fake for fake in server.fakes.values() if type(fake) is KINDS[kind].fake]
    asked = {(e.method, e.path, str(e.body), e.status): (fake, e) for fake in fakes for e in fake.exchanges}
    chosen = {
        (e.method, str(shape(e.body)), e.status, re.sub(r"[0-9a-f]{8,}", "", e.path)): (fake, e)
        for fake, e in asked.values()
    }
    assert len(chosen) > 12
    assert [fault for fake, exchange in chosen.values() for fault in fake.faults_of(exchange, path)] == []


def shape(body: object) -> object:
    """Its names without its values, apart from what operation of GraphQL it is."""
    if isinstance(body, dict):
        return {k: v if k == "operationName" else shape(v) for k, v in body.items()}
    return [shape(one) for one in body[:1]] if isinstance(body, list) else type(body).__name__
