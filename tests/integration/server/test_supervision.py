"""The supervisor for real, with real services; worker and API application are stand-ins."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from memory.services.daemon import is_alive, processes_in
from memory.services.ensure import ensure_services, stop_services
from memory.services.postgres import postgres_answers
from memory.services.redis import redis_answers
from memory.settings import REPOSITORY, load_settings
from server.supervision.control import start_detached, stop_server
from server.supervision.state import StartFailed, is_locked, running_server

STAND_IN = Path(__file__).with_name("stand_in.py")
PATIENCE_S = 30.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def empty_home(tmp_path):
    """Settings of an empty home and a free port; whatever runs there is ended."""
    settings = load_settings(home=tmp_path / "home", port=free_port(), drain_timeout_s=5.0)
    yield settings
    stop_server(settings)
    stop_services(settings)


@pytest.fixture
def home(empty_home, set_up_postgres):
    """The same, with a PostgreSQL that has been set up."""
    set_up_postgres(empty_home)
    return empty_home


def start(settings, **environment):
    return subprocess.Popen(
        [sys.executable, STAND_IN, "up", settings.home, str(settings.port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "SOFTWRIGHT_WATCH_INTERVAL_S": "0.1", **environment},
        text=True,
        # a shell's background job ignores it, and so would what it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def answer_of(process):
    return json.loads(process.stdout.readline())


def eventually(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def api_pid(settings):
    with urllib.request.urlopen(f"{settings.url}/pid", timeout=PATIENCE_S) as response:
        return int(response.read())


def worker_pids(settings):
    """All workers there ever were, in order."""
    log = settings.logs / "worker.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[-1]) for line in lines if line.startswith("working as")]


def first_worker_pid(settings):
    """The API may answer before it."""
    return eventually(lambda: worker_pids(settings), "a worker")[0]


def notes(settings):
    return (settings.home / "notes").read_text().splitlines()


def ended(process):
    process.wait(PATIENCE_S)
    process.stdout.close()
    return process.returncode


def postgres_pid(settings):
    return int((settings.postgres / "postmaster.pid").read_text().split("\n")[0])


def test_everything_that_is_killed_comes_back_and_a_signal_ends_all_in_order(home):
    server = start(home)
    assert answer_of(server) == {"url": home.url}
    assert running_server(home).ready
    first_api, first_worker = api_pid(home), first_worker_pid(home)

    os.kill(first_api, signal.SIGKILL)
    assert api_pid(home) != first_api, "the request waits on the open socket until the API is there again"

    os.kill(first_worker, signal.SIGKILL)
    eventually(lambda: len(worker_pids(home)) == 2, "a second worker")

    first_postgres = postgres_pid(home)
    os.kill(first_postgres, signal.SIGKILL)
    next(processes_in(home.redis, "redis-server")).kill()
    eventually(lambda: postgres_answers(home) and redis_answers(home), "services again")
    assert postgres_pid(home) != first_postgres

    children = [psutil.Process(api_pid(home)), psutil.Process(worker_pids(home)[-1])]
    server.send_signal(signal.SIGTERM)
    assert ended(server) == 0
    assert not any(is_alive(child) for child in children)
    assert "drained" in (home.logs / "worker.log").read_text()
    assert notes(home) == ["prepared", "apps stopped"]
    assert not postgres_answers(home)
    assert not redis_answers(home)
    assert running_server(home) is None


def test_after_kill_9_of_the_supervisor_its_children_end_and_the_next_one_starts(home):
    server = start(home)
    answer_of(server)
    orphans = [psutil.Process(api_pid(home)), psutil.Process(first_worker_pid(home))]
    server.kill()
    ended(server)
    eventually(lambda: not any(is_alive(orphan) for orphan in orphans), "the end of the orphans")
    assert postgres_answers(home)
    assert running_server(home) is None
    again = start(home)
    assert answer_of(again) == {"url": home.url}
    assert stop_server(home)
    assert ended(again) == 0
    assert not stop_server(home)


def test_a_port_in_use_is_told_before_anything_is_started(empty_home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", empty_home.port))
        other.listen()
        server = start(empty_home)
        answer = answer_of(server)
        assert ended(server) == 1
    assert f"port {empty_home.port}" in answer["error"]
    assert f"--port {empty_home.port + 1}" in answer["error"]
    assert not empty_home.postgres.exists()
    assert not is_locked(empty_home)


def test_a_child_that_does_not_start_is_shown_with_its_log_and_nothing_is_left(home):
    server = start(home, STAND_IN_WORKER="fly")
    answer = answer_of(server)
    assert ended(server) == 1
    assert "worker does not start" in answer["error"]
    assert "the worker cannot fly" in answer["error"]
    assert not postgres_answers(home)
    assert not redis_answers(home)
    assert not is_locked(home)


def test_services_that_others_use_outlive_a_failed_start(home):
    ensure_services(home)
    server = start(home, STAND_IN_PREPARE="fail")
    assert answer_of(server) == {"error": "the preparation failed: migration 7 is broken"}
    assert ended(server) == 1
    assert postgres_answers(home)
    assert redis_answers(home)


def test_external_services_are_not_stopped(services, empty_home, tmp_path):
    server = start(empty_home, DATABASE_URL=services.database_url, REDIS_URL=services.redis_url)
    assert answer_of(server) == {"url": empty_home.url}
    server.send_signal(signal.SIGINT)
    assert ended(server) == 0
    assert not empty_home.postgres.exists()
    with redis.Redis.from_url(services.redis_url) as client:
        assert client.ping()
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE prepared")


def test_a_signal_in_a_finalizer_is_not_lost(services, empty_home):
    external = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    server = start(empty_home, **external, STAND_IN_SIGNAL="in a finalizer")
    assert answer_of(server) == {"url": empty_home.url}
    assert ended(server) == 0
    assert running_server(empty_home) is None


def command_line(settings, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "SOFTWRIGHT_HOME": str(settings.home), "SOFTWRIGHT_PORT": str(settings.port)},
        timeout=PATIENCE_S * 2,
        check=False,
    )


def test_detached_it_goes_on_and_up_and_down_know_it(home):
    argv = [sys.executable, str(STAND_IN), "up", str(home.home), str(home.port)]
    assert start_detached(home, argv) == home.url
    supervisor = psutil.Process(running_server(home).pid)
    assert supervisor.ppid() != os.getpid()
    for options in ((), ("--detach",)):
        again = command_line(home, "up", *options)
        assert (again.returncode, home.url in again.stdout) == (0, True), again.stderr
    down = command_line(home, "down")
    assert (down.returncode, down.stdout) == (0, "Stopped.\n"), down.stderr
    assert not is_alive(supervisor)
    assert not postgres_answers(home)
    down = command_line(home, "down")
    assert (down.returncode, down.stdout) == (0, "Nothing was running.\n"), down.stderr


def test_detached_it_tells_why_it_failed(home, monkeypatch):
    argv = [sys.executable, str(STAND_IN), "up", str(home.home), str(home.port)]
    monkeypatch.setenv("STAND_IN_PREPARE", "fail")
    with pytest.raises(StartFailed, match="migration 7 is broken"):
        start_detached(home, argv)
    with pytest.raises(StartFailed, match="No module named nonsense"):
        start_detached(home, [sys.executable, "-m", "nonsense"])


def test_down_ends_the_services_of_a_killed_server(home):
    ensure_services(home)
    down = command_line(home, "down")
    assert (down.returncode, down.stdout) == (0, "Stopped.\n"), down.stderr
    assert not postgres_answers(home)
    assert not redis_answers(home)


def test_wrong_settings_and_verbs_end_with_exit_code_2(home):
    for arguments in (("up", "--port", "0"), ("nonsense",)):
        result = command_line(home, *arguments)
        assert result.returncode == 2, arguments
        assert result.stderr, arguments
        assert "Traceback" not in result.stderr
