"""No room for the application's files: a clear end, nothing left half-made, and work again when there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.test_main_job import free_port

ROOT = Path(__file__).resolve().parents[2]
ROOM = 64 << 10
SENTENCE = "A REST API for notes with a title"


class Server:
    """Its workspaces lie on a file system of their own, in a mount namespace of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {**os.environ, "SOFTWRIGHT_HOME": str(home), "SOFTWRIGHT_PORT": str(free_port())}
        self.env |= {"PYTHONPATH": str(ROOT)}
        (home / "workspaces").mkdir()

    def cli(self, *words: str, within: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*within, sys.executable, "-m", "server.cli", *words],
            env=self.env, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def start(self) -> None:
        small = ("--size", str(ROOM), "--tmpfs", str(self.home / "workspaces"))
        started = self.cli("up", "--detach", within=("bwrap", "--dev-bind", "/", "/", *small, "--"))
        assert started.returncode == 0, started.stderr

    def workspaces(self) -> Path:
        """As the server sees them."""
        pid = json.loads((self.home / "run" / "server.json").read_text())["pid"]
        assert psutil.pid_exists(pid)
        return Path(f"/proc/{pid}/root") / (self.home / "workspaces").relative_to("/")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.cli("down")


@pytest.mark.slow
@pytest.mark.long
def test_a_full_disk_ends_the_run_with_the_place_and_the_remedy(server: Server) -> None:
    server.start()
    failed = server.cli("new", SENTENCE, "--json")
    assert failed.returncode == 1
    outcome = json.loads(failed.stdout)
    assert outcome["status"] == "failed"
    assert outcome["commit"] is None
    assert "No space left on device; mend that and ask again" in failed.stderr
    assert str(server.home / "workspaces") in failed.stderr
    assert list(server.workspaces().iterdir()) == []
    assert not (server.home / "repositories" / f"{outcome['project_id']}.git" / "refs" / "heads" / "main").exists()

    assert server.cli("down").returncode == 0
    worked = server.cli("new", SENTENCE, "--json")
    assert worked.returncode == 0, worked.stderr
    assert json.loads(worked.stdout)["url"]
