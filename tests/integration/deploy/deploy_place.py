"""A tiny real application, a real environment for it, and a platform whose processes are all gone after the test."""

from __future__ import annotations

import contextlib
import functools
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import httpx
import psutil
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from graph.serving import keeper_command
from memory.records.execution import EnvironmentProvider
from memory.records.manifest import Manifest
from memory.records.serving import Release, Serving
from memory.secrets_file import FileSecrets
from tools.deploy.local.platform import LocalPlatform
from tools.deploy.local.slot import Settings, Slot

ROOT = Path(__file__).resolve().parents[3]
MANIFEST = Manifest(template="t", template_version="1", asgi="app.main:app", generated_secrets=("SIGNING_KEY",))
QUICK = Settings(
    startup_s=6.0,
    drain_s=3.0,
    grace_s=5.0,
    watch_s=0.6,
    linger_s=5.0,
    backoff_first_s=0.05,
    backoff_cap_s=0.4,
    idle_s=3.0,
)

APP = '''
import asyncio, os, socket, sqlite3, sys
from contextlib import asynccontextmanager
from fastapi import FastAPI, Response

VERSION = "@VERSION@"
DATABASE = os.environ["DATABASE_URL"].removeprefix("sqlite:///")

@asynccontextmanager
async def lifespan(app):
    with sqlite3.connect(DATABASE) as db:
        db.execute("create table if not exists notes (text)")
    print(VERSION, "starts", flush=True)
    yield
    print(VERSION, "says goodbye", flush=True)

app = FastAPI(lifespan=lifespan)

@app.get("/health")
def health():
    return {"status": "ok"}

@app.get("/version")
def version():
    return {"version": VERSION}

@app.post("/notes/{text}")
def add(text: str):
    with sqlite3.connect(DATABASE) as db:
        db.execute("insert into notes values (?)", (text,))
    return text

@app.get("/notes")
def notes():
    with sqlite3.connect(DATABASE) as db:
        return [row[0] for row in db.execute("select text from notes")]

@app.get("/variables")
def variables():
    return dict(os.environ)

@app.get("/crash")
def crash():
    print(VERSION, "is about to crash", flush=True)
    os._exit(7)

@app.get("/say/{count}")
def say(count: int):
    for number in range(count):
        print(f"line {number} " + "x" * 90, flush=True)
    return count

@app.get("/slow/{seconds}")
async def slow(seconds: float):
    await asyncio.sleep(seconds)
    return VERSION

@app.get("/connect/{port}")
def connect(port: int):
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except OSError as error:
        return str(error)
    return "connected"

@app.get("/hijack/{port}")
def hijack(port: int):
    """Turn the inherited listener, or a connection accepted from it, into a connection of our own."""
    told = []
    for name in os.listdir("/proc/self/fd"):
        try:
            sock = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        if sock.family == socket.AF_INET:
            attempts = (
                lambda: sock.connect(("127.0.0.1", port)),
                lambda: sock.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", port)),
            )
            listening = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if not listening:
                continue
            sock.shutdown(socket.SHUT_RDWR)
            for attempt in attempts:
                try:
                    attempt()
                    told.append("connected")
                except OSError as error:
                    told.append(str(error))
        sock.close()
    return told
'''


@functools.cache
def lock_file() -> str:
    """What the application needs, with hashes, cut out of our own lock."""
    needed = _closure("fastapi") | _closure("uvicorn") | _closure("websockets")
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / "requirements.lock").read_text(), flags=re.M)
    return "".join(block for block in blocks if canonicalize_name(block.partition("==")[0]) in needed)


def _closure(name: str) -> set[str]:
    """The distribution and all that it requires, by their names in lock files."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = canonicalize_name(waiting.pop())
        if current not in found:
            found.add(current)
            requirements = map(Requirement, metadata.requires(current) or ())
            waiting += [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def write_app(folder: Path, version: str, source: str = APP) -> Path:
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "__init__.py").touch()
    (folder / "app" / "main.py").write_text(source.replace("@VERSION@", version))
    (folder / "requirements.lock").write_text(lock_file())
    return folder


@dataclass
class Place:
    """A platform of its own, and short words for what tests do with it."""

    home: Path
    sources: Path
    platform: LocalPlatform
    environments: EnvironmentProvider
    ports: range
    http: httpx.AsyncClient
    manifest: Manifest = MANIFEST

    def release(self, version: str, *, source: str = APP, deployment: str = "", **variables: str) -> Release:
        commit = f"{version}-{secrets.token_hex(3)}"
        code = write_app(self.sources / commit, version, source)
        return Release(deployment or f"d-{commit}", "shop", "dev", commit, code, variables)

    async def deploy(self, version: str, *, source: str = APP, **variables: str) -> Serving:
        return await self.platform.deploy(self.release(version, source=source, **variables), self.manifest)

    async def version(self, serving: Serving) -> str:
        return str((await self.http.get(f"{serving.url}/version")).json()["version"])

    @property
    def slot(self) -> Slot:
        return Slot(self.home / "apps" / "shop" / "dev")

    def keepers(self) -> list[psutil.Process]:
        return [p for p in psutil.process_iter() if str(self.home / "apps") in " ".join(_arguments(p))]

    def processes(self) -> list[psutil.Process]:
        """The keepers and all that runs below them."""
        found = self.keepers()
        for keeper in list(found):
            with contextlib.suppress(psutil.NoSuchProcess):
                found += keeper.children(recursive=True)
        return found


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def gone(processes: Iterable[psutil.Process], within_s: float = 15) -> bool:
    deadline = time.monotonic() + within_s
    left = list(processes)
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if _lives(process)]
    return not left


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_ports() -> range:
    """Away from other test runs on this machine."""
    start = 12_000 + secrets.randbelow(180) * 100
    return range(start, start + 100)


def platform_at(
    home: Path, environments: EnvironmentProvider, ports: range, settings: Settings = QUICK
) -> LocalPlatform:
    secrets = home / "secrets"
    return LocalPlatform(
        home, keeper_command(secrets), environments, FileSecrets(secrets), settings=settings, ports=ports
    )
