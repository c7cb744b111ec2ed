"""The monitor's process for real: it watches, survives what dies around it, and only one works at a time."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg.rows import dict_row

from memory.secrets_file import FileSecrets
from memory.settings import REPOSITORY, Settings
from server.monitoring.configuration import place
from server.monitoring.leader import LOCK
from tests.integration.monitoring.watched_app import App, serving
from tools.monitoring.channels import channel_id

PATIENCE_S = 60.0
RULES = [
    {"name": "storm", "metric": "error_rate", "threshold": 0.5, "window": "1s", "severity": "critical"},
    {"name": "target_down", "metric": "up", "op": "<", "threshold": 1, "window": "2s", "severity": "high"},
]


class Hook(http.server.ThreadingHTTPServer):
    """Keeps keys and texts of what arrives; `wait_s`: how long each answer takes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Letterbox)
        self.arrived: list[tuple[str, str]] = []
        self.wait_s = 0.0


class Letterbox(http.server.BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.arrived.append((self.headers["Idempotency-Key"], json.loads(text)["message"]))
        time.sleep(self.server.wait_s)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    yield hook
    hook.shutdown()
    hook.server_close()


@pytest.fixture
def app() -> Iterator[App]:
    with serving() as app:
        yield app


@pytest.fixture
def database(settings: Settings) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with psycopg.connect(settings.database_url or "", autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a monitor of this test's home."""
    running: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "SOFTWRIGHT_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "SOFTWRIGHT_SCRAPE_INTERVAL_S": "1",
        "SOFTWRIGHT_HEALTH_INTERVAL_S": "1",
    }

    def begin() -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "server.monitoring"]
        with (tmp_path / f"monitor{len(running)}.log").open("wb") as log:
            running.append(subprocess.Popen(argv, cwd=REPOSITORY, env=environment, stdout=log, stderr=log))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()


def watched(settings: Settings, database: psycopg.Connection[dict[str, Any]], app: App, *channels: str) -> None:
    FileSecrets(settings.secrets).change(place("p"), {channel_id(url): url for url in channels})
    shown = json.dumps([{"id": channel_id(url), "shown": "a hook"} for url in channels])
    database.execute("INSERT INTO projects (id, name) VALUES ('p', 'Shop')")
    database.execute(
        "INSERT INTO runs (id, project_id, intent, input, status, announced) "
        "VALUES ('r', 'p', 'create', '{}', 'succeeded', true)"
    )
    database.execute(
        "INSERT INTO deployments (id, project_id, run_id, environment, commit, status, deployment_url, deployed_at) "
        "VALUES ('d', 'p', 'r', 'dev', 'c', 'healthy', %s, now())",
        (app.url,),
    )
    values = (json.dumps(RULES), shown)
    database.execute("INSERT INTO alert_configs (project_id, rules, channels) VALUES ('p', %s, %s)", values)


def told_of_storm(database: psycopg.Connection[dict[str, Any]]) -> tuple[str, str]:
    row = database.execute("SELECT state, announced FROM alerts WHERE rule = 'storm'").fetchone()
    assert row is not None
    return row["state"], row["announced"]


def eventually(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


def points(database: psycopg.Connection[dict[str, Any]]) -> int:
    row = database.execute("SELECT count(*) AS n FROM metric_points").fetchone()
    return int(row["n"]) if row is not None else 0


def leaders(database: psycopg.Connection[dict[str, Any]]) -> int:
    row = database.execute(
        "SELECT count(*) AS n FROM pg_locks AS l JOIN pg_database AS b ON b.oid = l.database"
        " WHERE l.locktype = 'advisory' AND l.granted AND b.datname = current_database() AND l.objid = %s",
        (LOCK,),
    ).fetchone()
    return int(row["n"]) if row is not None else 0


@pytest.mark.slow
def test_it_watches_tells_once_and_survives_what_dies_around_it(
    settings: Settings,
    database: psycopg.Connection[dict[str, Any]],
    app: App,
    hook: Hook,
    start: Callable[[], subprocess.Popen[bytes]],
) -> None:
    watched(settings, database, app, f"json://127.0.0.1:{hook.server_port}/a", "json://127.0.0.1:9/dead")
    first = start()
    eventually(lambda: points(database) > 10, "points are written")
    second = start()

    # PostgreSQL ends all of its connections, as in a restart: either one leads afterwards, and only one
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    before = points(database)
    eventually(lambda: points(database) > before, "it goes on after PostgreSQL has ended its connections")
    eventually(lambda: leaders(database) == 1, "one of them leads")

    app.broken = True

    def arrived() -> bool:
        app.ask(5)
        return bool(hook.arrived)

    eventually(arrived, "the alert is told")
    # the one that leads is killed; the other one goes on, and tells nothing again
    first.send_signal(signal.SIGKILL)
    before = points(database)
    eventually(lambda: points(database) > before, "the other one goes on")
    app.broken = False

    def resolved() -> bool:
        app.ask(5)
        return any("resolved" in text for _, text in hook.arrived)

    eventually(resolved, "its end is told")
    firing = [text for _, text in hook.arrived if "storm" in text and "resolved" not in text]
    assert len(firing) == 1
    assert len({key for key, _ in hook.arrived}) == len(hook.arrived)
    eventually(lambda: told_of_storm(database) == ("resolved", "resolved"), "its end is announced")
    with redis.Redis.from_url(settings.redis_url or "", decode_responses=True) as client:
        events = [json.loads(values["event"]) for _, values in client.xrange("events:p")]
    kinds = [event["type"] for event in events if event.get("alert_type") == "storm"]
    assert kinds == ["alert_triggered", "alert_resolved"]
    unhealthy = [event for event in events if event["type"] == "health_check_failed"]
    assert unhealthy
    assert unhealthy[0]["url"] == f"{app.url}/health"
    assert [event for event in events if event["type"] == "alert_delivery_failed"]
    second.terminate()
    assert second.wait(20) == 0


@pytest.mark.slow
def test_killed_while_it_sends_the_message_arrives_under_one_key(
    settings: Settings,
    database: psycopg.Connection[dict[str, Any]],
    app: App,
    hook: Hook,
    start: Callable[[], subprocess.Popen[bytes]],
) -> None:
    """Nobody can know whether the receiver took it: it is sent again, and its key says that it is the same."""
    watched(settings, database, app, f"json://127.0.0.1:{hook.server_port}/a")
    hook.wait_s, app.broken = 3.0, True
    first = start()

    def arriving() -> bool:
        app.ask(5)
        return bool(hook.arrived)

    eventually(arriving, "the message is on its way")
    first.kill()
    first.wait()
    hook.wait_s = 0.0
    row = database.execute("SELECT state, attempts FROM alert_messages").fetchone()
    assert row == {"state": "waiting", "attempts": 1}
    database.execute("UPDATE alert_messages SET claimed_until = now()")  # instead of waiting for a minute
    start()
    eventually(
        lambda: (
            (database.execute("SELECT state FROM alert_messages ORDER BY created_at").fetchone() or {})["state"]
            == "sent"
        ),
        "it is sent",
    )
    storm = [key for key, text in hook.arrived if "storm" in text and "resolved" not in text]
    assert len(storm) == 2
    assert len(set(storm)) == 1
