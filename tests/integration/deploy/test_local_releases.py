"""Going from one version to the next on the local platform: with callers, with broken versions, with interruptions."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from pydantic import TypeAdapter

from memory.records.execution import Environment
from memory.records.manifest import Manifest
from memory.records.serving import DeploymentStatus, Release
from tests.integration.deploy.deploy_place import APP, MANIFEST, ROOT, Place
from tools.deploy.interface import ReleaseBroken, ReleaseRejected
from tools.deploy.local.control import call

STATUS = DeploymentStatus

BROKEN = {
    "import error": ("import no_such_module\n" + APP, "no_such_module"),
    "fails in its start": (APP.replace("    yield", "    raise RuntimeError('no good')\n    yield"), "no good"),
    "exits": ("raise SystemExit(5)\n" + APP, "exit code 5"),
    "health answers 500": (APP.replace('    return {"status": "ok"}', "    return Response(status_code=500)"), "500"),
    "health is not there": (APP.replace('"/health"', '"/healthy"'), "404"),
    "hangs in its start": (APP.replace("    yield", "    await asyncio.sleep(60)\n    yield"), "no answer"),
    "hangs in its health": (
        APP.replace("def health():", "async def health():\n    await asyncio.sleep(60)"),
        "no answer",
    ),
}


class Callers:
    """Keep-alive and new-connection callers that note every answer and every failure until they are told to stop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = asyncio.Event()
        self.versions: list[str] = []
        self.failures: list[str] = []

    async def __aenter__(self) -> Callers:
        self._tasks = [asyncio.create_task(self._call(kept)) for kept in (True, True, False)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def _call(self, kept: bool) -> None:
        async with httpx.AsyncClient(timeout=10, headers={} if kept else {"connection": "close"}) as http:
            while not self._stop.is_set():
                try:
                    answer = await http.get(f"{self._url}/version")
                    answer.raise_for_status()
                    self.versions.append(answer.json()["version"])
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))
                await asyncio.sleep(0.005)


async def test_a_switch_loses_no_request(place: Place) -> None:
    serving = await place.deploy("v0")
    async with Callers(serving.url or "") as callers:
        for number in range(1, 4):
            await asyncio.sleep(0.1)
            await place.deploy(f"v{number}")
    assert callers.failures == []
    assert set(callers.versions) == {"v0", "v1", "v2", "v3"}
    assert callers.versions[-1] == "v3"


async def test_a_slow_request_is_answered_by_the_version_that_took_it(place: Place) -> None:
    serving = await place.deploy("one")
    slow = asyncio.create_task(place.http.get(f"{serving.url}/slow/2"))
    await asyncio.sleep(0.2)
    await place.deploy("two")
    async with httpx.AsyncClient() as fresh:
        assert (await fresh.get(f"{serving.url}/version")).json() == {"version": "two"}
    assert (await slow).json() == "one"


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_version_is_refused_and_the_old_one_serves_on(place: Place, kind: str) -> None:
    source, words = BROKEN[kind]
    good = await place.deploy("good")
    broken = place.release("broken", source=source)
    async with Callers(good.url or "") as callers:
        with pytest.raises(ReleaseBroken) as caught:
            await place.platform.deploy(broken, place.manifest)
    assert words in str(caught.value)
    assert caught.value.place == "shop/dev"
    assert callers.failures == []
    assert set(callers.versions) == {"good"}
    assert (await place.platform.status(good.deployment_id)).status is STATUS.HEALTHY
    refused = await place.platform.status(broken.deployment_id)
    assert refused.status is STATUS.FAILED
    assert words in refused.detail
    assert len(place.keepers()) == 1


async def test_a_broken_first_version_leaves_nothing_running(place: Place) -> None:
    source, _ = BROKEN["import error"]
    with pytest.raises(ReleaseBroken, match="no_such_module"):
        await place.deploy("broken", source=source)
    assert await place.platform.reconcile() == ()
    mended = await place.deploy("mended")
    assert await place.version(mended) == "mended"


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (MANIFEST.model_copy(update={"lock": "../../../state.json"}), "no lock file"),
        (MANIFEST.model_copy(update={"lock": "missing.lock"}), "no lock file"),
        (MANIFEST.model_copy(update={"health_path": "/x HTTP/1.1\r\nX: y"}), "is no path"),
        (MANIFEST.model_copy(update={"asgi": "--help"}), "names no application"),
    ],
)
async def test_a_release_that_cannot_run_is_rejected_with_the_reason(
    place: Place, manifest: Manifest, words: str
) -> None:
    with pytest.raises(ReleaseRejected, match=words):
        await place.platform.deploy(place.release("one"), manifest)
    assert place.keepers() == []


@pytest.mark.parametrize("name", ["", "../../etc", "a/b", ".", "..", "x" * 65, "é", "a\0b"])
async def test_names_that_lead_elsewhere_are_rejected(place: Place, name: str) -> None:
    good = place.release("one")
    for part in ("project_id", "environment", "commit", "deployment_id"):
        release = Release(**{**good.__dict__, part: name})
        with pytest.raises(ReleaseRejected, match="is no"):
            await place.platform.deploy(release, place.manifest)
    assert not place.home.exists()


async def test_a_link_in_the_code_does_not_lead_out_of_it(place: Place) -> None:
    secret = place.sources.parent / "host.lock"
    secret.write_text("of the host")
    release = place.release("one")
    (release.code / "requirements.lock").unlink()
    (release.code / "requirements.lock").symlink_to(secret)
    with pytest.raises(ReleaseRejected, match="no lock file"):
        await place.platform.deploy(release, place.manifest)


async def test_two_deploys_at_once_come_one_after_the_other(place: Place) -> None:
    releases = [place.release(f"v{number}") for number in range(2)]
    servings = await asyncio.gather(*[place.platform.deploy(r, place.manifest) for r in releases])
    assert {serving.status for serving in servings} == {STATUS.HEALTHY}
    assert len(place.keepers()) == 1
    states = [(await place.platform.status(release.deployment_id)).status for release in releases]
    assert sorted(states) == [STATUS.HEALTHY, STATUS.STOPPED]


async def test_slots_get_ports_of_their_own_and_leave_taken_ones_alone(place: Place) -> None:
    taken = place.ports.start
    with socket.create_server(("127.0.0.1", taken)):
        first = await place.deploy("one")
        other = Release(**{**place.release("two").__dict__, "environment": "staging"})
        second = await place.platform.deploy(other, place.manifest)
    assert [first.url, second.url] == [f"http://127.0.0.1:{taken + 1}", f"http://127.0.0.1:{taken + 2}"]


async def test_a_slot_whose_port_was_taken_meanwhile_moves_and_says_so(place: Place) -> None:
    serving = await place.deploy("one")
    await place.platform.stop_all()
    with socket.create_server(("127.0.0.1", place.ports.start)):
        (moved,) = await place.platform.reconcile()
        assert moved.status is STATUS.HEALTHY
        assert moved.url != serving.url
        assert str(place.ports.start) in moved.detail
        assert await place.version(moved) == "one"
    assert (await place.platform.status(serving.deployment_id)).url == moved.url


async def test_an_unreadable_record_keeps_no_other_slot_down(place: Place) -> None:
    serving = await place.deploy("one")
    await place.platform.stop_all()
    hurt = place.home / "apps" / "hurt" / "dev"
    hurt.mkdir(parents=True)
    (hurt / "state.json").write_text('{"port": "no num')
    back, unreadable = await place.platform.reconcile()
    assert (back.deployment_id, back.status) == (serving.deployment_id, STATUS.HEALTHY)
    assert (unreadable.deployment_id, unreadable.status) == ("hurt/dev", STATUS.UNHEALTHY)
    assert "cannot be read" in unreadable.detail


async def test_an_environment_that_is_gone_is_built_again(place: Place) -> None:
    serving = await place.deploy("one")
    await place.platform.stop_all()
    state = place.slot.read()
    assert state is not None
    assert state.release is not None
    lost = state.release.environment.path.rename(state.release.environment.path.with_suffix(".moved"))
    (back,) = await place.platform.reconcile()
    assert (back.status, back.url) == (STATUS.HEALTHY, serving.url)
    assert lost.exists()


async def test_old_releases_are_forgotten(place: Place) -> None:
    for number in range(5):
        await place.deploy(f"v{number}")
    kept = sorted(path.name[:2] for path in place.slot.releases.iterdir())
    assert kept == ["v2", "v3", "v4"]


async def test_a_keeper_answers_nonsense_and_goes_on(place: Place) -> None:
    serving = await place.deploy("one")
    for message in ({"op": "dance"}, {"op": "switch", "release": {}}, {}):
        answer = await call(place.slot.control, message, timeout_s=10)
        assert answer["error"]
    assert (await place.platform.status(serving.deployment_id)).status is STATUS.HEALTHY


DEPLOYER = """
import asyncio, json, sys
from pathlib import Path
from memory.records.execution import Environment
from memory.records.serving import Release
from pydantic import TypeAdapter
from tests.integration.deploy.deploy_place import MANIFEST, platform_at

class Ready:
    async def provide(self, lock):
        return TypeAdapter(Environment).validate_json(sys.argv[2])

release = json.loads(sys.argv[1])
release["code"] = Path(release["code"])
print("begins", flush=True)
asyncio.run(platform_at(Path(sys.argv[3]), Ready(), range(int(sys.argv[4]), int(sys.argv[4]) + 50)).deploy(
    Release(**release), MANIFEST))
"""


@pytest.mark.parametrize("first", [True, False], ids=["first deploy", "redeploy"])
async def test_a_killed_deployer_leaves_old_or_new_and_can_be_called_again(place: Place, first: bool) -> None:
    state = await _prepared(place, first)
    for pause_ms in (5, 60, 150, 300):
        release = place.release(f"v{pause_ms}")
        names = ("deployment_id", "project_id", "environment", "commit")
        values = {name: getattr(release, name) for name in names} | {"code": str(release.code)}
        arguments = [json.dumps(values), state, str(place.home), str(place.ports.start)]
        deployer = subprocess.Popen(  # noqa: ASYNC220 - it is killed, not awaited
            [sys.executable, "-c", DEPLOYER, *arguments], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
        )
        with deployer:
            assert deployer.stdout is not None
            await asyncio.to_thread(deployer.stdout.readline)
            await asyncio.sleep(pause_ms / 1000)
            deployer.send_signal(signal.SIGKILL)
        serving = await place.platform.deploy(release, place.manifest)
        assert serving.status is STATUS.HEALTHY
        async with httpx.AsyncClient() as fresh:
            assert (await fresh.get(f"{serving.url}/version")).json() == {"version": f"v{pause_ms}"}
        assert len(place.keepers()) == 1


async def _prepared(place: Place, first: bool) -> str:
    """The environment as JSON; nothing on record where the first deploy is to be interrupted."""
    environment = await place.environments.provide((place.release("unused").code / "requirements.lock").read_bytes())
    if not first:
        await place.deploy("old")
    return TypeAdapter(Environment).dump_json(environment).decode()
