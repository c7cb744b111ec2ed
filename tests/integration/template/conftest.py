"""Environments of the generated applications, made once per lock file and kept between runs."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from uv import find_uv_bin

from memory.records.spec import AppSpec
from memory.services.ensure import Services
from tools.scaffold.copier_scaffold import CopierScaffold

ROOT = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "softwright-tests"
SCHEMATHESIS = "schemathesis==4.32.5"

COMPILED = b"--compile-bytecode"
"""Else each of the many runs compiles the libraries anew where PYTHONDONTWRITEBYTECODE is set."""
RUNNER = Path(__file__).with_name("fork_runner.py")

__all__ = ["Job", "Outcome", "Render", "make_database", "run_suites"]

Render = Callable[[AppSpec], Path]


@dataclass(frozen=True)
class Job:
    """A run of a generated application's tests; each of `runs` is a list of arguments for pytest."""

    folder: Path
    runs: tuple[tuple[str, ...], ...] = ((),)
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    code: int
    output: str


def run_suites(python: Path, jobs: list[Job], timeout: float) -> list[Outcome]:
    """Of all jobs, two at a time, in the order given."""
    lines = [{"folder": str(j.folder), "runs": j.runs, "environment": j.environment} for j in jobs]
    done = subprocess.run(
        [python, RUNNER], input=json.dumps(lines), capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = {
        line["folder"]: Outcome(line["code"], line["output"]) for line in map(json.loads, done.stdout.splitlines())
    }
    return [found.get(str(job.folder), Outcome(-1, done.stderr[-3000:])) for job in jobs]


def environment(key: bytes, *install: str) -> Path:
    """The interpreter of an environment with these packages."""
    folder = CACHE / hashlib.sha256(key + COMPILED + sys.version.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    with (folder.with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            subprocess.run([find_uv_bin(), "venv", "-q", "--clear", "-p", sys.executable, folder], check=True)
            subprocess.run([find_uv_bin(), "pip", *install, COMPILED.decode(), "-q", "-p", python], check=True)
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
def postgres(services: Services) -> str:
    return services.database_url


def make_database(server: str, name: str) -> str:
    """URL of a new database on the server of this URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlsplit(server)._replace(path=f"/{name}").geturl()


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
