"""Twenty changes in a row on one application that is in use, with edits by hand between them: `make bench-modify`.

A client writes and reads all the time. Printed for each change: its time, its tests, the slowest request meanwhile.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from bench.product import server

SENTENCE = "Build a REST API for tasks with title, due date, estimate from 1 to 100 and priority one of low, high"
CHANGES = (
    "add a notes field to tasks", "rename due date to deadline", "add a required owner email to tasks",
    "add search by title", "priority can also be urgent", "add tags with name and color",
    "add a tag to tasks", "title must be at most 150 characters", "add a filter by priority and deadline to tasks",
    "make estimate optional; add a cost (money, at least 0) to tasks", "sort tasks by deadline",
    "rename notes to remarks", "add CSV export to tasks", "remove cost from tasks", "add comments to tasks with body",
    "priority defaults to low", "add a required code to tags", "20 per page", "remove color from tags",
    "rename tags to labels",
)  # fmt: skip


class Load:
    """One client that makes a row and reads it back, again and again."""

    def __init__(self, url: str) -> None:
        self.url, self.made, self.failed, self.slowest = url, 0, list[str](), 0.0
        self._body: dict[str, Any] = {"title": "row"}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        self._thread.join(60)

    def _run(self) -> None:
        with httpx.Client(base_url=self.url, trust_env=False, timeout=120) as client:
            while not self._end.is_set():
                self._once(client)
                time.sleep(0.05)

    def _once(self, client: httpx.Client) -> None:
        began = time.monotonic()
        try:
            answer = client.post("/tasks", json=self._body)
            if answer.status_code == 422:  # a field has become required: the client learns of it, as people would
                self._body["owner_email"] = "row@example.com"
                answer = client.post("/tasks", json=self._body)
            read = client.get(f"/tasks/{answer.json().get('id')}") if answer.status_code == 201 else answer
            if read.status_code != 200:
                self.failed.append(
                    f"{read.request.method} {read.request.url.path} {read.status_code} {read.text[:200]}"
                )
            else:
                self.made += 1
        except httpx.HTTPError as error:
            self.failed.append(repr(error))
        self.slowest = max(self.slowest, time.monotonic() - began)


def by_hand(repository: Path, folder: Path, number: int) -> None:
    """Somebody adds a method to the model and a test of their own, and pushes both."""
    git = ("git", "-C", str(folder), "-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    if not folder.exists():
        subprocess.run(["git", "clone", "-q", str(repository), str(folder)], check=True)
    subprocess.run([*git, "pull", "-q", "--ff-only"], check=True)
    model = folder / "app" / "models" / "task.py"
    model.write_text(f"{model.read_text()}\n    def by_hand_{number}(self) -> int:\n        return {number}\n")
    name = f"by_hand_{number}"
    test = f"from app.models import Task\n\n\ndef test_{name}() -> None:\n    assert Task().{name}() == {number}\n"
    (folder / "tests" / f"test_by_hand_{number}.py").write_text(test)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", f"By hand {number}"], check=True)
    subprocess.run([*git, "push", "-q", "origin", "HEAD:main"], check=True)


def main(changes: int) -> int:
    with tempfile.TemporaryDirectory() as home, server(Path(home)) as product:
        project = product.new(SENTENCE)
        load = Load(product.url_of(project))
        print(f"{'change':58} {'result':8} {'s':>6} {'tests':>6} {'rows':>6} {'slowest s':>10} failed")
        wrong = 0
        for number, request in enumerate(CHANGES[:changes]):
            if number % 3 == 0:
                by_hand(Path(home) / "repositories" / f"{project}.git", Path(home) / "clone", number)
            load.slowest, before = 0.0, len(load.failed)
            done, took = product.modify(project, request)
            tests = str((done["test_results"] or {}).get("checks", {}).get("tests", "")).split(" ")
            failed = load.failed[before:]
            wrong += done["status"] != "applied" or bool(failed)
            count = tests[1] if len(tests) > 1 else "-"
            figures = f"{took:6.1f} {count:>6} {load.made:6} {load.slowest:10.2f} {len(failed)}"
            print(f"{request:58} {done['status']:8} {figures}", flush=True)
            for words in [done["error"], *failed[:3]]:
                if words:
                    print(f"    {words}")
        load.stop()
        total = httpx.get(f"{load.url}/tasks?limit=1", trust_env=False).json()["total"]
        print(f"rows made {load.made}, rows there {total}, failed requests {len(load.failed)}")
        print(f"changes that went wrong {wrong} of {changes}")
        return 1 if wrong or total < load.made else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else len(CHANGES)))
