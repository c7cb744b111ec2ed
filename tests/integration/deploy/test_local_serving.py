"""The local platform in good times and in crashes: a real application behind real walls."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket

import httpx
import psutil
import pytest

from memory.records.serving import DeploymentStatus, Serving
from tests.integration.deploy.deploy_place import APP, Place, gone
from tools.deploy.interface import Desired, UnknownDeployment

STATUS = DeploymentStatus


async def test_a_release_serves_and_its_data_outlives_it(place: Place) -> None:
    first = await place.deploy("one")
    assert first.status is STATUS.HEALTHY
    assert first.health is not None
    assert first.health.status_code == 200
    assert {"netns", "seccomp", "userns"} <= set(first.limits_active)
    await place.http.post(f"{first.url}/notes/hello")
    key = (await place.http.get(f"{first.url}/variables")).json()["SIGNING_KEY"]

    second = await place.deploy("two")

    assert second.url == first.url
    assert await place.version(second) == "two"
    assert (await place.http.get(f"{second.url}/notes")).json() == ["hello"]
    assert (await place.http.get(f"{second.url}/variables")).json()["SIGNING_KEY"] == key
    assert len(key) >= 43
    replaced = await place.platform.status(first.deployment_id)
    assert (replaced.status, replaced.detail) == (STATUS.STOPPED, f"replaced by deployment {second.deployment_id}")


async def test_deploying_the_same_deployment_again_starts_nothing_new(place: Place) -> None:
    release = place.release("one")
    await place.platform.deploy(release, place.manifest)
    before = {process.pid for process in place.processes()}
    again = await place.platform.deploy(release, place.manifest)
    assert again.status is STATUS.HEALTHY
    assert {process.pid for process in place.processes()} == before


async def test_the_application_reaches_nothing_of_the_host(place: Place, victim: socket.socket) -> None:
    serving = await place.deploy("one")
    port = victim.getsockname()[1]
    assert "connected" not in (await place.http.get(f"{serving.url}/connect/{port}")).text
    told = (await place.http.get(f"{serving.url}/hijack/{port}")).json()
    assert len(told) == 2, "the inherited listener was not tried"
    assert "connected" not in told
    with pytest.raises(BlockingIOError):
        victim.accept()


async def test_a_listener_that_the_application_shut_down_works_again_for_the_next_version(
    place: Place, victim: socket.socket
) -> None:
    serving = await place.deploy("one")
    await place.http.get(f"{serving.url}/hijack/{victim.getsockname()[1]}")
    serving = await place.deploy("two")
    async with httpx.AsyncClient() as fresh:
        assert (await fresh.get(f"{serving.url}/version")).json() == {"version": "two"}


async def test_a_crash_costs_one_answer_and_no_refused_connection(place: Place) -> None:
    serving = await place.deploy("one")
    with pytest.raises(httpx.RemoteProtocolError):
        await place.http.get(f"{serving.url}/crash")
    assert await place.version(serving) == "one"
    status = await place.platform.status(serving.deployment_id)
    assert (status.status, status.restarts) == (STATUS.HEALTHY, 1)
    assert "ended with exit code 7" in await place.platform.logs(serving.deployment_id, lines=50)


async def test_an_application_that_does_not_stay_up_is_unhealthy_with_its_log(place: Place) -> None:
    trap = "import pathlib\nif pathlib.Path('/work/trap').exists():\n    print('it snapped'); raise SystemExit(3)\n"
    trapdoor = "\n@app.post('/trap')\ndef trap():\n    pathlib.Path('/work/trap').touch()\n"
    serving = await place.deploy("one", source=trap + APP + trapdoor)
    await place.http.post(f"{serving.url}/trap")
    with contextlib.suppress(httpx.HTTPError):
        await place.http.get(f"{serving.url}/crash")
    status = await _eventually(place, serving.deployment_id, "exit code 3")
    assert status.status is STATUS.UNHEALTHY
    assert "it snapped" in status.detail
    answers = {(await place.http.get(f"{serving.url}/version")).status_code for _ in range(3)}
    assert answers == {503}

    mended = await place.deploy("two")
    assert mended.url == serving.url
    assert await place.version(mended) == "two"


async def test_a_killed_keeper_comes_back_at_the_same_url(place: Place) -> None:
    serving = await place.deploy("one")
    await place.http.post(f"{serving.url}/notes/kept")
    everything = place.processes()
    for keeper in place.keepers():
        os.kill(keeper.pid, signal.SIGKILL)
    assert await asyncio.to_thread(gone, everything), "the application outlived the keeper that watches it"
    lost = await place.platform.status(serving.deployment_id)
    assert lost.status is STATUS.UNHEALTHY
    assert "softwright up" in lost.detail

    (back,) = await place.platform.reconcile()

    assert (back.deployment_id, back.status, back.url) == (serving.deployment_id, STATUS.HEALTHY, serving.url)
    assert (await place.http.get(f"{back.url}/notes")).json() == ["kept"]


async def test_keepers_are_nobodys_children_and_outlive_their_starter(place: Place) -> None:
    await place.deploy("one")
    (keeper,) = place.keepers()
    assert os.getsid(keeper.pid) != os.getsid(0)
    assert keeper.ppid() != os.getpid()
    assert not [child for child in psutil.Process().children() if child.pid == keeper.pid]


async def test_stop_is_graceful_and_for_good(place: Place) -> None:
    release = place.release("one")
    serving = await place.platform.deploy(release, place.manifest)
    slow = asyncio.create_task(place.http.get(f"{serving.url}/slow/0.5"))
    await asyncio.sleep(0.2)
    everything = place.processes()

    stopped = await place.platform.stop(serving.deployment_id)

    assert stopped.status is STATUS.STOPPED
    assert (await slow).json() == "one"
    assert "one says goodbye" in await place.platform.logs(serving.deployment_id, lines=20)
    assert await asyncio.to_thread(gone, everything)
    assert await place.platform.reconcile() == ()
    with pytest.raises(httpx.ConnectError):
        await place.http.get(f"{serving.url}/health")

    again = await place.platform.deploy(release, place.manifest)
    assert (again.status, again.url) == (STATUS.HEALTHY, serving.url)


async def test_stop_all_is_for_now(place: Place) -> None:
    serving = await place.deploy("one")
    everything = place.processes()
    await place.platform.stop_all()
    assert await asyncio.to_thread(gone, everything)
    (back,) = await place.platform.reconcile()
    assert (back.status, back.url) == (STATUS.HEALTHY, serving.url)
    (stopped,) = await place.platform.reconcile([Desired(serving.deployment_id, running=False)])
    assert stopped.status is STATUS.STOPPED


async def test_variables_reach_the_application_and_nobody_else(place: Place) -> None:
    secret = "canary-4711-canary"
    serving = await place.deploy("one", API_KEY=secret)
    assert (await place.http.get(f"{serving.url}/variables")).json()["API_KEY"] == secret
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            assert secret not in " ".join(process.cmdline())
    (keeper,) = place.keepers()
    assert secret not in " ".join(keeper.environ().values())
    assert secret not in repr(await place.platform.status(serving.deployment_id))
    holding = [path for path in place.home.rglob("*") if path.is_file() and secret in path.read_text(errors="ignore")]
    assert holding == []
    assert place.slot.state_file.stat().st_mode & 0o777 == 0o600
    assert place.slot.folder.stat().st_mode & 0o777 == 0o700
    assert place.slot.control.stat().st_mode & 0o777 == 0o600


async def test_the_application_sees_none_of_our_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_OWN_KEY", "ours")
    serving = await place.deploy("one")
    seen = (await place.http.get(f"{serving.url}/variables")).json()
    assert "OUR_OWN_KEY" not in seen
    assert seen["DATABASE_URL"] == "sqlite:////work/app.db"


async def test_logs_are_bounded_read_from_their_end_and_followed(place: Place) -> None:
    serving = await place.deploy("one")
    lines = place.platform.follow(serving.deployment_id)
    first = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0.1)
    await place.http.get(f"{serving.url}/say/5")
    assert "line 0 " in await asyncio.wait_for(first, 10)
    await lines.aclose()
    end = await place.platform.logs(serving.deployment_id, lines=3)
    assert [line.split(" x")[0] for line in end.splitlines()] == ["line 2", "line 3", "line 4"]


async def test_unknown_deployments_are_named(place: Place) -> None:
    for asked in (place.platform.status, place.platform.stop):
        with pytest.raises(UnknownDeployment, match="nobody"):
            await asked("nobody")


async def _eventually(place: Place, deployment_id: str, words: str) -> Serving:
    for _ in range(400):
        status = await place.platform.status(deployment_id)
        if status.status is STATUS.UNHEALTHY and words in status.detail:
            return status
        await asyncio.sleep(0.05)
    raise AssertionError(f"never unhealthy with {words}: {status}")
