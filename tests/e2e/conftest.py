"""One running server for the tests that drive the whole product over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.conftest import NewHome

ROOT = Path(__file__).resolve().parents[2]

RunCli = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class LiveServer:
    cli: RunCli
    http: httpx.Client
    """Signed in as the administrator."""
    home: Path


@pytest.fixture(scope="session", autouse=True)
def _short_watch(_no_settings_of_this_machine: None) -> Iterator[None]:
    """Each deploy over another one is watched for a second instead of five; the watch has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTWRIGHT_DEPLOY_WATCH_S", "1")
        yield


@pytest.fixture(scope="session")
def live_server(new_home: NewHome) -> Iterator[LiveServer]:
    """`softwright up --detach` in a home and on a port of its own; `softwright down` at the end."""
    home = new_home()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"SOFTWRIGHT_HOME": str(home), "SOFTWRIGHT_PORT": str(port), "PYTHONPATH": str(ROOT)}

    def cli(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server.cli", *words],
            env=env, capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    started = cli("up", "--detach")
    assert started.returncode == 0, started.stderr
    headers = {"Authorization": f"Bearer {cli('token').stdout.strip()}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False) as http:
            yield LiveServer(cli, http, home)
    finally:
        cli("down")
