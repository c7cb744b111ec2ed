"""Applications made from the files of the corpus, and how to start them."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from agents.pm.contract.load import load
from agents.pm.contract.reader import read_contract
from tests.integration.template.conftest import environment
from tools.scaffold.copier_scaffold import CopierScaffold

ROOT = Path(__file__).resolve().parents[3]
FILES = {path.stem: path for path in sorted((ROOT / "tests" / "data" / "openapi").iterdir())}
TOKEN = "a-token-for-the-tests"  # pragma: allowlist secret


def app_python() -> Path:
    lock = ROOT / "templates" / "rest_api" / "locks" / "contract-dev.lock"
    return environment(lock.read_bytes(), "sync", "--require-hashes", str(lock))


def document_of(name: str) -> dict[str, Any]:
    return load(FILES[name].read_bytes())


def rendered(name: str, folder: Path) -> Path:
    """The application's folder; made once."""
    if not (folder / name).exists():
        spec = read_contract(FILES[name].read_bytes())
        CopierScaffold(ROOT / "templates").render(spec, "rest_api", folder / name)
    return folder / name


@contextmanager
def alive(python: Path, folder: Path, database_url: str | None = None, **variables: str) -> Iterator[httpx.Client]:
    """A client, authorized, of the running application."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = database_url or f"sqlite:///{folder}/live.db"
    environ = {**os.environ, "DATABASE_URL": url, "API_TOKEN": TOKEN, **variables}
    argv = [python, "-m", "uvicorn", "app.main:app", "--port", str(port)]
    with (folder / "log").open("wb") as log, subprocess.Popen(argv, cwd=folder, env=environ, stderr=log) as server:
        try:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
                wait_for(client)
                yield client
        finally:
            server.terminate()


def wait_for(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            if client.get("/openapi.json").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the application did not start")
