"""The main job as a user has it: a server of its own, requests over HTTP, times from the run's own record."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
SENTENCE = "Build a REST API for todos with title, due date and a done flag"
POLL_S = 0.1
LONGEST_S = 300.0
CHECKS = ("tests", "vulnerabilities", "secrets", "dependencies")


@dataclass(frozen=True)
class Job:
    """One run. Seconds by phase, in the order of the table."""

    phases: dict[str, float]
    commit: str
    project_id: str
    load: float
    """Load average of the last minute when it began."""

    @property
    def total(self) -> float:
        return self.phases["total"]


class Server:
    def __init__(self, home: Path, url: str, token: str, started_s: float) -> None:
        self.home = home
        self.url = url
        self.started_s = started_s
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def job(self) -> Job:
        """One sentence to one live URL. Raises RuntimeError where it does not succeed."""
        load, began, clock = os.getloadavg()[0], time.time(), time.perf_counter()
        answer = self._http.post("/api/projects", json={"request": SENTENCE})
        accepted_s = time.perf_counter() - clock
        if answer.status_code != 202:
            raise RuntimeError(f"the request was refused: {answer.text}")
        run = self._ended(answer.json()["run"]["id"])
        if run["status"] != "succeeded":
            raise RuntimeError(f"the job failed: {run['error']}")
        steps = {step["name"]: step for step in run["steps"]}
        commit = str(steps["dev"]["evidence"]["commit"])
        return Job(_phases(run, steps, began, accepted_s, commit), commit, run["project_id"], load)

    def new(self, sentence: str) -> str:
        """The project of one sentence, live in dev. Raises RuntimeError."""
        answer = self._http.post("/api/projects", json={"request": sentence}).json()
        run = self._ended(answer["run"]["id"])
        if run["status"] != "succeeded":
            raise RuntimeError(f"the job failed: {run['error']}")
        return str(answer["project"]["id"])

    def url_of(self, project_id: str) -> str:
        return str(self._http.get(f"/api/projects/{project_id}").json()["deployment_config"]["dev"]["url"])

    def modify(self, project_id: str, request: str) -> tuple[dict[str, Any], float]:
        """What became of a change, and its seconds."""
        began = time.perf_counter()
        answer = self._http.post(f"/api/projects/{project_id}/modify", json={"request": request}).json()
        self._ended(answer["run"]["id"])
        done: dict[str, Any] = self._http.get(f"/api/modifications/{answer['modification']['id']}").json()
        return done, time.perf_counter() - began

    def _ended(self, run_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + LONGEST_S
        while time.monotonic() < deadline:
            run: dict[str, Any] = self._http.get(f"/api/runs/{run_id}").json()
            if run["ended_at"]:
                return run
            time.sleep(POLL_S)
        raise RuntimeError(f"the job has not ended after {LONGEST_S:g} s")


def _phases(
    run: dict[str, Any], steps: dict[str, dict[str, Any]], began: float, accepted_s: float, commit: str
) -> dict[str, float]:
    phases = {"request accepted": accepted_s, "queue wait": _seconds(run["created_at"], run["started_at"])}
    for agent in ("pm", "dev", "qa"):
        phases[agent] = _seconds(steps[agent]["started_at"], steps[agent]["ended_at"])
    for check in CHECKS:
        step = steps[f"qa/{commit}/{check}"]
        phases[f"  {check}"] = _seconds(step["started_at"], step["ended_at"])
    phases["ops"] = _seconds(steps["ops"]["started_at"], steps["ops"]["ended_at"])
    phases["report"] = _seconds(steps["ops"]["ended_at"], run["ended_at"])
    phases["total"] = datetime.fromisoformat(run["ended_at"]).timestamp() - began
    named = sum(seconds for name, seconds in phases.items() if name != "total" and not name.startswith(" "))
    phases["between the phases"] = phases["total"] - named
    return phases


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


@contextmanager
def server(home: Path) -> Iterator[Server]:
    """A server with nothing in its home, stopped afterwards with its applications."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"SOFTWRIGHT_HOME": str(home), "SOFTWRIGHT_PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
    cli = [sys.executable, "-m", "server.cli"]
    began = time.perf_counter()
    try:
        _told([*cli, "up", "--detach"], env)
        started_s = time.perf_counter() - began
        running = Server(home, f"http://127.0.0.1:{env['SOFTWRIGHT_PORT']}", _told([*cli, "token"], env), started_s)
        try:
            yield running
        finally:
            running.close()
    finally:
        _told([*cli, "down"], env)


def _told(argv: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=LONGEST_S, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv[2:])}: {done.stderr.strip()}")
    return done.stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


__all__ = ["CHECKS", "ROOT", "Job", "Server", "free_port", "server"]
