"""A server of our own that is to be hurt: its processes, its REST API, and gates that hold a run inside a node."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import psutil
import psycopg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from memory.services.daemon import is_alive, processes_in
from memory.services.postgres import embedded_url
from memory.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "Build a REST API for notes with title"
PATIENCE_S = 120.0
GATE = 7_700_077
Value = TypeVar("Value")


def eventually(condition: Callable[[], Value], what: str, within_s: float = PATIENCE_S) -> Value:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


class Server:
    def __init__(self, home: Path, **env: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.settings = load_settings(home=home, port=port)
        self._env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        self._env |= {"SOFTWRIGHT_HOME": str(home), "PYTHONPATH": str(ROOT), **env}

    def cli(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "server.cli", *words],
            env=self._env, cwd=ROOT, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self) -> None:
        self.cli("up", "--detach", "--port", str(self.settings.port))
        self.token = self.cli("token").strip()

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.settings.url, headers=headers, trust_env=False, timeout=60) as client:
            return client.request(method, path, **options)

    def get(self, path: str) -> Any:
        """Asked again while the API or PostgreSQL is away."""

        def answer() -> httpx.Response | None:
            with suppress(httpx.TransportError):
                response = self.ask("GET", path)
                return response if response.status_code != 503 else None
            return None

        response = eventually(answer, f"an answer to GET {path}")
        assert response.status_code == 200, response.text
        return response.json()

    def new(self, deploy: str = "dev") -> tuple[str, str]:
        made = self.ask("POST", "/api/projects", json={"request": SENTENCE, "deploy": deploy}).json()
        return made["project"]["id"], made["run"]["id"]

    def run(self, run_id: str) -> dict[str, Any]:
        return self.get(f"/api/runs/{run_id}")

    def steps(self, run_id: str) -> dict[str, dict[str, Any]]:
        return {step["name"]: step for step in self.run(run_id)["steps"]}

    def finished(self, run_id: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            run = self.run(run_id)
            return run if run["status"] not in ("queued", "running") else None

        return eventually(ended, f"the end of run {run_id}")

    # processes

    def supervisor(self) -> psutil.Process:
        return psutil.Process(json.loads((self.settings.run / "server.json").read_text())["pid"])

    def child(self, module: str) -> psutil.Process:
        def found() -> psutil.Process | None:
            with suppress(psutil.Error):
                return next((c for c in self.supervisor().children() if module in " ".join(c.cmdline())), None)
            return None

        return eventually(found, f"a process of {module}")

    def runner(self, project_id: str) -> psutil.Process:
        """The pool process that works on the project."""
        query = (
            "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND application_name LIKE %s"
        )

        def found() -> psutil.Process | None:
            with self.database() as database:
                row = database.execute(query, (f"softwright run {project_id[:8]},%",)).fetchone()
            return psutil.Process(int(row[0].split()[-1])) if row else None

        return eventually(found, "a worker on the project")

    def postgres(self) -> psutil.Process:
        pid = int((self.settings.postgres / "postmaster.pid").read_text().split()[0])
        return psutil.Process(pid)

    def redis(self) -> psutil.Process:
        return eventually(lambda: next(processes_in(self.settings.redis, "redis-server"), None), "a Redis")

    def keepers(self) -> list[psutil.Process]:
        return [p for p in self._ours() if "server.keeper" in p.info["cmdline"]]

    def strays(self) -> list[str]:
        """Sandboxed processes of this home that no keeper started."""
        kept = {child.pid for keeper in self.keepers() for child in keeper.children(recursive=True)}
        walls = [p for p in self._ours() if p.info["name"] == "bwrap" and p.pid not in kept and is_alive(p)]
        return [" ".join(p.info["cmdline"])[:200] for p in walls]

    def _ours(self) -> list[psutil.Process]:
        home = str(self.settings.home)
        everything = psutil.process_iter(["cmdline", "name"])
        return [p for p in everything if any(word.startswith(home) for word in p.info["cmdline"] or ())]

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(embedded_url(self.settings), autocommit=True)


def kill(*processes: psutil.Process) -> None:
    """kill -9, to each and at once."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    eventually(lambda: not any(is_alive(process) for process in processes), "their death")


def tree(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


@contextmanager
def stopped(process: psutil.Process, seconds: float) -> Iterator[None]:
    """SIGSTOP for so long, at least."""
    everybody = tree(process)
    until = time.monotonic() + seconds
    for one in everybody:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGSTOP)
    try:
        yield
        time.sleep(max(until - time.monotonic(), 0))
    finally:
        for one in everybody:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGCONT)


class Gate:
    """Holds a run at the end of a node: its work is done, and the database does not let its result in.

    A trigger of the test's own waits for a lock that the test has.
    """

    CHECKPOINTS: ClassVar = {"intake": 3, "report": 8}
    """These two have no step of their own; the checkpoint of the run that ends them."""

    def __init__(self, server: Server, thread: str = "") -> None:
        """Of a run of a thread that has had others before; of a new thread where none is named."""
        self._database = server.database()
        self._table = ""
        query = "SELECT coalesce(max((metadata ->> 'step')::int), -2) FROM checkpoints WHERE thread_id = %s"
        [(self._before,)] = self._database.execute(query, (thread,)).fetchall()
        self._database.execute("SELECT pg_advisory_lock(%s)", (GATE,))
        self._database.execute(
            "CREATE OR REPLACE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN PERFORM pg_advisory_lock_shared({GATE}); RETURN NEW; END $$"
        )

    def close_at(self, node: str) -> None:
        """Instead of where it was closed before. A step within a node: `qa/%/regression`."""
        place = f"BEFORE UPDATE ON steps FOR EACH ROW WHEN (NEW.key LIKE '{node}' AND NEW.output IS NOT NULL)"
        if node in self.CHECKPOINTS:
            number = self._before + self.CHECKPOINTS[node]
            place = f"BEFORE INSERT ON checkpoints FOR EACH ROW WHEN (NEW.metadata ->> 'step' = '{number}')"
        with self._database.transaction():
            self._drop()
            self._database.execute(f"CREATE TRIGGER gate {place} EXECUTE FUNCTION gate()")
        self._table = place.split()[3]

    def wait(self) -> None:
        """Until the run stands there."""
        eventually(self._waiting, f"the run at the gate ({self._table})")

    def forget_the_dead(self) -> None:
        """What a killed process had asked for at the gate is not carried out any more."""
        for pid in self._waiting():
            self._database.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    def open(self) -> None:
        with self._database.transaction():
            self._drop()

    def close(self) -> None:
        self._database.close()

    def _drop(self) -> None:
        if self._table:
            self._database.execute(f"DROP TRIGGER gate ON {self._table}")
            self._table = ""

    def _waiting(self) -> list[int]:
        query = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
        return [row[0] for row in self._database.execute(query, (GATE,)).fetchall()]


class Follower:
    """A client of the WebSocket that connects again with the last id it has seen, for as long as it is asked to."""

    def __init__(self, server: Server, project_id: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.connections = 0
        self._server = server
        self._project_id = project_id
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def until_finished(self) -> list[dict[str, Any]]:
        eventually(lambda: any(event["type"] == "run_finished" for event in self.events), "run_finished")
        time.sleep(0.5)  # for one that should not come
        self._ended.set()
        self._thread.join(30)
        return self.events

    def _follow(self) -> None:
        address = f"ws{self._server.settings.url.removeprefix('http')}/ws?project_id={self._project_id}&last_id="
        protocols: Any = ["bearer", self._server.token]
        last_id = "0"
        while not self._ended.is_set():
            with (
                suppress(OSError, WebSocketException),
                connect(address + last_id, subprotocols=protocols, proxy=None, open_timeout=20) as socket_,
            ):
                self.connections += 1
                while not self._ended.is_set():
                    with suppress(TimeoutError):
                        self.events.append(json.loads(socket_.recv(timeout=0.3)))
                        last_id = self.events[-1]["id"]
            time.sleep(0.1)


def told(events: list[dict[str, Any]]) -> list[str]:
    """The events' types, with the name of the task where there are several of a type."""
    return [" ".join(filter(None, [event["type"], event.get("task", {}).get("id")])) for event in events]


ALL_EVENTS = [
    "pm_planning_started",
    "pm_task_created write",
    "pm_task_created prove",
    "pm_task_created deploy",
    "pm_plan_ready",
    "dev_code_generated",
    "qa_testing_started",
    "qa_results",
    "ops_deployment_started",
    "ops_deployment_completed",
    "chat_message",
    "run_finished",
]
