"""Versions that take over and do worse: the one before them serves again. And ways back that somebody asks for."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from memory.records.serving import DeploymentStatus, Release, Resources
from tests.integration.deploy.deploy_place import APP, Place
from tests.integration.deploy.test_local_releases import Callers
from tools.deploy.interface import NothingBefore, ReleaseBroken, UnknownDeployment

STATUS = DeploymentStatus
VERSION = '@app.get("/version")\ndef version():\n'

WORSE = {
    "errors for callers only": (
        APP.replace(VERSION, VERSION + "    return Response(status_code=500)\n"),
        "requests failed",
    ),
    "crashes at its first caller": (APP.replace(VERSION, VERSION + "    os._exit(3)\n"), "exit code 3"),
    "hangs at its first caller": (
        APP.replace(VERSION, VERSION.replace("def", "async def") + "    import time; time.sleep(60)\n"),
        "did not react",
    ),
    "eats memory": (APP.replace(VERSION, VERSION + "    hog = bytearray(3 << 30)\n"), "requests failed"),
    "health fails later": (
        APP.replace(
            'def health():\n    return {"status": "ok"}',
            "def health():\n    asked.append(1)\n    return Response(status_code=200 if len(asked) < 2 else 503)",
        )
        + "\nasked = []\n",
        "answered 503",
    ),
}


@pytest.mark.parametrize("kind", WORSE)
async def test_a_version_that_does_worse_is_turned_back(place: Place, kind: str) -> None:
    source, words = WORSE[kind]
    good = await place.deploy("good")
    bad = place.release("bad", source=source)
    async with Callers(good.url or "") as callers:
        taken = await place.platform.deploy(bad, place.manifest)
        switched = time.monotonic()
        settled = await place.platform.settle(bad.deployment_id)
        took = time.monotonic() - switched
        failures = len(callers.failures)
        await asyncio.sleep(0.3)
    # a caller may already have brought it down when the switch is answered
    assert taken.status in (STATUS.HEALTHY, STATUS.STARTING)
    assert settled.status is STATUS.ROLLED_BACK
    assert words in settled.detail
    assert took < 10
    # only what the bad version took was lost: whoever asks after the way back is answered
    assert callers.failures[failures + 3 :] == []
    assert callers.versions[-1] == "good"
    assert (await place.platform.status(good.deployment_id)).status is STATUS.HEALTHY
    assert words in await place.platform.logs(bad.deployment_id, lines=50)
    again = await place.platform.deploy(bad, place.manifest)
    assert again.status is STATUS.ROLLED_BACK


LISTED = (
    APP
    + """
from pydantic import BaseModel

class Item(BaseModel):
    name: str

@app.get("/items")
def items():
    return @ITEMS@

@app.post("/items", status_code=201)
async def make(item: Item):
    @MAKE@
    with sqlite3.connect(DATABASE) as db:
        db.execute("insert into notes values ('made')")
    return {"id": 1}

@app.get("/items/{item_id}")
def item(item_id: int):
    @READ@

@app.delete("/items/{item_id}")
def remove(item_id: int):
    return None

@EXTRA@
"""
)
RIGHT = {"@ITEMS@": "[]", "@MAKE@": "pass", "@READ@": "return {}", "@EXTRA@": ""}


LAX = """
from fastapi.exceptions import RequestValidationError
app.add_exception_handler(RequestValidationError, lambda request, error: Response(status_code=201))
"""


def listed(**other: str) -> str:
    source = LISTED
    for name, value in (RIGHT | {f"@{name}@": value for name, value in other.items()}).items():
        source = source.replace(name, value)
    return source


async def test_a_rehearsal_writes_to_a_copy_only(place: Place) -> None:
    served = await place.deploy("one", source=listed())
    assert {(answer.method, answer.path, answer.status) for answer in served.answers} >= {
        ("GET", "/items", 200), ("GET", "/notes", 200), ("POST", "/items", 422), ("POST", "/items", 201),
        ("GET", "/items/1", 200), ("DELETE", "/items/1", 200),
    }  # fmt: skip
    await place.http.post(f"{served.url}/notes/mine")
    second = await place.deploy("two", source=listed())
    assert (await place.http.get(f"{second.url}/notes")).json() == ["mine"]
    assert not place.slot.scratch.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ITEMS": "Response(status_code=500)"}, "GET /items: answered 500"),
        ({"EXTRA": LAX}, "POST /items: answered 201"),
        ({"MAKE": "raise RuntimeError('no disk')"}, "POST /items: answered 500"),
        ({"READ": "return Response(status_code=404)"}, "GET /items/1: answered 404"),
    ],
)
async def test_what_a_rehearsal_finds_is_refused(place: Place, change: dict[str, str], words: str) -> None:
    good = await place.deploy("good")
    bad = place.release("bad", source=listed(**change))
    with pytest.raises(ReleaseBroken) as caught:
        await place.platform.deploy(bad, place.manifest)
    assert words in str(caught.value)
    assert [f"{a.method} {a.path}: {a.fault}" for a in caught.value.answers if a.fault] == [words]
    assert await place.version(good) == "good"
    kept = await place.platform.logs(bad.deployment_id, lines=100)
    assert words.partition(":")[0] in kept
    assert "bad starts" in kept or "no disk" in kept
    assert (await place.platform.status(bad.deployment_id)).answers == caught.value.answers


async def test_a_way_back_on_request_during_the_watch_and_after_it(place: Place) -> None:
    first = await place.deploy("one")
    with pytest.raises(NothingBefore):
        await place.platform.rollback(first.deployment_id, "because")
    async with Callers(first.url or "") as callers:
        for wait in (False, True):
            second = await place.deploy("two")
            if wait:
                assert (await place.platform.settle(second.deployment_id)).status is STATUS.HEALTHY
            back = await place.platform.rollback(second.deployment_id, "because")
            assert (back.deployment_id, back.status) == (first.deployment_id, STATUS.HEALTHY)
            told = await place.platform.status(second.deployment_id)
            assert (told.status, told.detail) == (STATUS.ROLLED_BACK, "because")
    assert callers.failures == []
    assert callers.versions[-1] == "one"


async def test_copies_restarted_scaled_rolled_and_counted(place: Place) -> None:
    release = place.release("one")
    served = await place.platform.deploy(release, place.manifest)
    async with Callers(served.url or "") as callers:
        wider = await place.platform.scale(served.deployment_id, Resources(instances=2, memory_mb=512))
        assert wider.status is STATUS.HEALTHY
        usage = await place.platform.usage(served.deployment_id)
        assert (usage.instances, usage.metrics_url) == (2, f"{served.url}/metrics")
        assert usage.memory_bytes > 20 << 20
        assert usage.cpu_seconds > 0
        await place.platform.restart(served.deployment_id)
        rolling = Release(
            **place.release("two").__dict__ | {"strategy": "rolling", "resources": Resources(instances=2)}
        )
        await place.platform.deploy(rolling, place.manifest)
        broken = Release(
            **place.release("bad", source=SECOND_COPY_FAILS).__dict__
            | {"strategy": "rolling", "resources": Resources(instances=2)}
        )
        with pytest.raises(ReleaseBroken, match="exit code 9"):
            await place.platform.deploy(broken, place.manifest)
        await asyncio.sleep(0.2)
    assert callers.failures == []
    assert set(callers.versions) <= {"one", "two", "bad"}
    assert callers.versions[-1] == "two"
    counted = await place.platform.usage(rolling.deployment_id)
    assert counted.instances == 2
    assert counted.requests > 0
    assert (await place.platform.usage(served.deployment_id)).instances == 0
    with pytest.raises(UnknownDeployment):
        await place.platform.usage("nobody")


SECOND_COPY_FAILS = APP.replace(
    "    yield",
    "    import pathlib\n    mark = pathlib.Path('/work/first')\n"
    "    if mark.exists(): os._exit(9)\n"
    "    mark.touch()\n"
    "    yield",
)


SOCKET = (
    APP
    + """
from fastapi import WebSocket

@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(VERSION + text)
"""
)


PRIORITY = Path("/proc/self/autogroup")
TELLING = """
from pathlib import Path as _Path
_begun = _Path("/proc/self/autogroup").read_text().split()[-1]

@app.get("/priority")
def priority():
    return [_begun, _Path("/proc/self/autogroup").read_text().split()[-1]]
"""


@pytest.mark.skipif(not PRIORITY.exists(), reason="the kernel does not group by session")
async def test_a_candidate_leaves_the_processors_to_what_serves(place: Place) -> None:
    """Until it takes over. The first one, for which nobody waits less, starts as any process does."""
    for version, begun in (("one", "0"), ("two", "5")):
        serving = await place.deploy(version, source=APP + TELLING)
        assert (await place.http.get(f"{serving.url}/priority")).json() == [begun, "0"]


async def test_a_websocket_goes_on_for_a_while_after_the_switch(place: Place) -> None:
    served = await place.deploy("one", source=SOCKET)
    url = (served.url or "").replace("http", "ws")
    async with connect(f"{url}/echo") as old:
        second = await place.deploy("two", source=SOCKET)
        await place.platform.settle(second.deployment_id)
        await old.send("!")
        assert await old.recv() == "one!"
        async with connect(f"{url}/echo") as new:
            await new.send("!")
            assert await new.recv() == "two!"
