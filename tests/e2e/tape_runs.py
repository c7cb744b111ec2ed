"""All tapes at work on one server, and one of them with a worker that is killed at every call."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.crash_server import Server, eventually, kill
from tests.e2e.tape_checks import App
from tests.fake_model.tape import Asked, TapeModel

PATIENCE_S = 240.0


@dataclass
class Runs:
    server: Server
    model: TapeModel
    ids: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By tape: project, run."""

    def start(self, name: str, **more: Any) -> None:
        """`more`: goes into the request's body."""
        tape = self.model.tapes[name]
        project = self.ids[tape.after][0] if tape.after else ""
        path = f"/api/projects/{project}/modify" if project else "/api/projects"
        made = self.server.ask("POST", path, json=tape.body | {"model": name, **more}).json()
        self.ids[name] = project or made["project"]["id"], made["run"]["id"]

    def make(self, name: str, request: str) -> None:
        """An application without a model, which tapes may change."""
        made = self.server.ask("POST", "/api/projects", json={"request": request, "deploy": "dev"}).json()
        self.ids[name] = made["project"]["id"], made["run"]["id"]

    def until(self, name: str, status: str) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            assert not self.model.misses, self.model.misses[0]
            run = self.server.run(self.ids[name][1])
            return run if run["status"] not in ("queued", "running") else None

        run = eventually(reached, f"an end of {name}", PATIENCE_S)
        assert run["status"] == status, run["error"]
        return run

    def decide(self, name: str, **decision: Any) -> None:
        answer = self.server.ask("POST", f"/api/runs/{self.ids[name][1]}/resume", json=decision)
        assert answer.status_code == 202, answer.text

    def application(self, name: str) -> App:
        project = self.ids[name][0]
        commit = self.server.get(f"/api/projects/{project}")["commit"]
        items = self.server.get(f"/api/projects/{project}/deployments")["items"]
        (deployment,) = [item for item in items if item["status"] == "healthy" and item["commit"] == commit]
        return App(deployment["deployment_url"])

    def calls(self, name: str) -> list[tuple[str, str]]:
        """(key, state) of the ledger, in their order."""
        query = "SELECT key, state FROM model_calls WHERE run_id = %s ORDER BY started_at"
        with self.server.database() as database:
            return [(row[0], row[1]) for row in database.execute(query, (self.ids[name][1],)).fetchall()]


class Killer:
    """kill -9 of the process that works on a run: while a call is under way, and again when its answer is recorded."""

    def __init__(self, runs: Runs, name: str) -> None:
        self.kills = 0
        self.problem: Exception | None = None
        self._runs = runs
        self._name = name
        self._seen: set[Asked] = set()
        self._asked = threading.Semaphore(0)
        self._dead = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._work, daemon=True)
        runs.model.gate = self._gate
        self._thread.start()

    def until_done(self) -> None:
        self._thread.join(PATIENCE_S)
        if self.problem is not None:
            raise self.problem

    def _gate(self, name: str, wanted: Asked) -> bool:
        """A request that is new is held until its process is dead."""
        if name != self._name or wanted in self._seen:
            return True
        self._seen.add(wanted)
        self._asked.release()
        self._dead.acquire(timeout=PATIENCE_S)
        return False

    def _work(self) -> None:
        try:
            for number in range(1, len(self._runs.model.tapes[self._name].rows) + 1):
                assert self._asked.acquire(timeout=PATIENCE_S), f"call {number} never came"
                self._kill()
                self._dead.release()
                eventually(lambda n=number: self._answered() >= n, f"answer {number} in the ledger", PATIENCE_S)
                self._kill()
        except Exception as problem:  # the border of the thread: told by until_done
            self.problem = problem

    def _kill(self) -> None:
        kill(self._runs.server.runner(self._runs.ids[self._name][0]))
        self.kills += 1

    def _answered(self) -> int:
        return [state for _, state in self._runs.calls(self._name)].count("answered")


__all__ = ["PATIENCE_S", "Killer", "Runs"]
