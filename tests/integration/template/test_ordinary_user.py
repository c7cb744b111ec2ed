"""A rendered application in the hands of an ordinary user: its suite, and the application itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from uv import find_uv_bin

from tests.integration.template import specs
from tools.scaffold.copier_scaffold import CopierScaffold

ROOT = Path(__file__).resolve().parents[3]
NAME = "softwright-test"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="all other tests run as an ordinary user then")


@pytest.fixture
def user() -> Iterator[str]:
    """A new account without rights, deleted in the end."""
    if shutil.which("useradd") is None:
        pytest.skip("there is no useradd here")
    name = f"{NAME}-{os.getpid()}"
    subprocess.run(["useradd", "--no-create-home", "--shell", "/usr/sbin/nologin", name], check=True)
    yield name
    subprocess.run(["userdel", name], check=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that another user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix=f"{NAME}-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@as_root
@pytest.mark.slow
def test_ordinary_users(user: str, open_folder: Path, scaffold: CopierScaffold) -> None:
    python = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("no Python of this version that another user may run")
    folder = open_folder / "app"
    scaffold.render(specs.NOTES, "rest_api", folder)
    lock = ROOT / "templates" / "rest_api" / "locks" / "accounts-dev.lock"
    subprocess.run([find_uv_bin(), "venv", "-q", "-p", python, open_folder / "venv"], check=True)
    own = str(open_folder / "venv" / "bin" / "python")
    subprocess.run([find_uv_bin(), "pip", "sync", "-q", "-p", own, "--link-mode", "copy", lock], check=True)
    subprocess.run(["chown", "-R", user, folder], check=True)
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "ENVIRONMENT": "development"}
    done = subprocess.run(
        [own, "-m", "pytest", "-q"], cwd=folder, env=environment, user=user, group=user, extra_groups=[],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    argv = [own, "-m", "uvicorn", "app.main:app", "--port", port]
    with subprocess.Popen(argv, cwd=folder, env=environment, user=user, group=user, extra_groups=[]) as server:
        try:
            assert healthy(f"http://127.0.0.1:{port}/health")
        finally:
            server.terminate()


def healthy(url: str) -> bool:
    for _ in range(200):
        try:
            return httpx.get(url).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
    return False
