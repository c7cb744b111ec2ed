"""A project of a server that is to be hurt, and the clone that a person works in."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any, ClassVar

from tests.e2e.crash_server import Gate, Server, eventually

SENTENCE = "Build a REST API for tasks with title, due date and priority one of low, high"


PATIENCE_S = 120.0


def ended(server: Server, run_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run = server.run(run_id)
        return run if run["status"] not in ("queued", "running") else None

    return eventually(look, f"the end of run {run_id}", within_s=PATIENCE_S)


class PatientGate(Gate):
    """For a loaded machine, and a change of a project; closed in any case."""

    CHECKPOINTS: ClassVar = {"intake": 3, "report": 9}

    def __enter__(self) -> PatientGate:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self.close()

    def wait(self) -> None:
        eventually(self._waiting, f"the run at the gate ({self._table})", within_s=PATIENCE_S)


class Project:
    """A project, its clone that a person works in, and what is asked of it."""

    def __init__(self, server: Server, folder: Path, deploy: str = "dev", sentence: str = SENTENCE) -> None:
        self.server, self.folder = server, folder
        made = server.ask("POST", "/api/projects", json={"request": sentence, "deploy": deploy}).json()
        self.id = made["project"]["id"]
        assert ended(server, made["run"]["id"])["status"] == "succeeded"
        self.repository = server.settings.repositories / f"{self.id}.git"
        self.git("clone", "--quiet", f"{self._address()}/git/{self.id}.git", str(folder), at=None)

    def _address(self) -> str:
        """As people clone: over HTTP, with a token for a password."""
        return self.server.settings.url.replace("://", f"://ann:{self.server.token}@")

    def git(self, *words: str, at: str | None = "") -> str:
        place = ["-C", str(self.folder)] if at is not None else []
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
        done = subprocess.run(["git", *place, *who, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def push(self, edits: dict[str, str]) -> str:
        """Commits whole files (path → text) on what main is now."""
        self.git("pull", "--quiet", "--ff-only")
        for path, text in edits.items():
            (self.folder / path).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "By hand")
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.main()

    def read(self, path: str) -> str:
        return self.git(f"--git-dir={self.repository}", "show", f"main:{path}", at=None)

    def main(self) -> str:
        return self.git(f"--git-dir={self.repository}", "rev-parse", "main", at=None)

    def begin(self, request: str, **more: Any) -> tuple[str, str]:
        answer = self.server.ask("POST", f"/api/projects/{self.id}/modify", json={"request": request, **more})
        assert answer.status_code == 202, answer.text
        return answer.json()["modification"]["id"], answer.json()["run"]["id"]

    def end(self, modification: str, run: str) -> dict[str, Any]:
        ended(self.server, run)
        found: dict[str, Any] = self.server.get(f"/api/modifications/{modification}")
        return found

    def modify(self, request: str) -> dict[str, Any]:
        return self.end(*self.begin(request))

    def roll_back(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.server.ask("POST", path, json=body)
        assert answer.status_code == 202, answer.text
        return self.end(answer.json()["modification"]["id"], answer.json()["run"]["id"])

    def answer_to(self, question: str) -> str:
        body = {"message": question, "project_id": self.id}
        ended(self.server, self.server.ask("POST", "/api/chat", json=body).json()["run"]["id"])
        (newest,) = self.server.get(f"/api/projects/{self.id}/messages?order=desc&limit=1")["items"]
        return str(newest["text"])

    def state(self) -> dict[str, Any]:
        """All that a change may touch."""
        project = self.server.get(f"/api/projects/{self.id}")
        kept = ("status", "commit", "test_coverage", "security_score", "deployment_config", "name")
        refs = self.git(f"--git-dir={self.repository}", "show-ref", at=None).splitlines()
        return {key: project[key] for key in kept} | {"refs": [ref for ref in refs if "/change-" not in ref]}

    @property
    def url(self) -> str:
        project = self.server.get(f"/api/projects/{self.id}")
        return str(project["deployment_config"]["dev"]["url"])


class Imported(Project):
    """A project that begins with an archive."""

    def __init__(self, server: Server, files: dict[str, str]) -> None:
        self.server = server
        made = server.ask("POST", "/api/projects/import", files={"file": ("it.tar.gz", packed(files))}).json()
        self.id = made["project"]["id"]
        assert ended(server, made["run"]["id"])["status"] == "succeeded"
        self.repository = server.settings.repositories / f"{self.id}.git"


def packed(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return stream.getvalue()
