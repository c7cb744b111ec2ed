"""npm packages of a foreign project as a read-only folder: installed once per manifest and lock file, in the sandbox.

No script of a package runs. What npm makes of a project without a lock file is kept, so that it stays the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from memory.records.execution import (
    NODE_ADDRESS_BYTES,
    WORKSPACE,
    Command,
    Confinement,
    Environment,
    Executor,
    InstallFailed,
    Mount,
)
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.sandbox.builds import building, locked, made
from tools.sandbox.environments import LIMITS, SYSTEM_CERTIFICATES, certificates
from tools.sandbox.install_errors import explain_npm
from tools.sandbox.pnpm_lock import held

LAYOUT = "1"
MODULES = f"{WORKSPACE}/node_modules"
CACHE = "/opt/softwright/npm"
WRITTEN = (".cache", ".vite", ".vite-temp", ".vitest")
"""Folders of node_modules that test runners write to."""
PROGRAMS = ("/usr/bin/node", "/usr/bin/npm")
LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
BESIDE = ("yarn.lock",)
"""npm takes versions from it where it finds no lock file of its own."""
PNPM = "pnpm-lock.yaml"
NEVER = frozenset({"node_modules", ".git"})
MANIFEST_BYTES, LOCK_BYTES, MOST_MANIFESTS = 4 << 20, 40 << 20, 500
PASSED = re.compile(
    r"^(npm_config_(registry|cafile|noproxy|https?_proxy|proxy)|(https?|all|no)_proxy|SSL_CERT_\w+)$", re.IGNORECASE
)
AGAIN = re.compile(r"are in sync|code EUSAGE|code ERESOLVE")
WORDS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error", "--include=dev")


@dataclass(frozen=True)
class _Asked:
    files: Mapping[str, bytes]
    """Manifests and the lock file, by path."""
    loose: bool
    """The project's .npmrc asks for old rules about peers; nothing else of it is heard."""

    @property
    def locked(self) -> bool:
        return any(name in self.files for name in LOCKS)

    def identity(self, node: str) -> str:
        digest = hashlib.sha256(f"{LAYOUT}\n{node}\n{self.loose}\n".encode())
        for path, content in sorted(self.files.items()):
            digest.update(f"{path}\n{len(content)}\n".encode() + content)
        return digest.hexdigest()[:32]


class NpmEnvironments:
    """ScriptPackages with the folders below `root`; may be shared by several processes."""

    def __init__(self, root: Path, executor: Executor, *, host: Mapping[str, str] | None = None) -> None:
        """`host`: variables that name proxy, registry and certificates; by default those of this process."""
        self._root = root
        self._executor = executor
        self._host = host

    async def provide(self, project: Path) -> Environment:
        """`project`: its tree, which is read. Raises InstallFailed, SandboxUnavailable."""
        asked = await asyncio.to_thread(_asked, project)
        identity = asked.identity(await _version())
        root = await asyncio.to_thread(made, self._root)
        final = root / identity
        if not await asyncio.to_thread(final.exists):
            async with locked(root / "locks" / identity):
                if not await asyncio.to_thread(final.exists):
                    await self._build(asked, final)
        mount = Mount(final / "node_modules", MODULES)
        scratch = tuple(f"{MODULES}/{name}" for name in WRITTEN)
        return Environment(identity, final, Path(MODULES) / ".bin", (mount,), scratch)

    async def _build(self, asked: _Asked, final: Path) -> None:
        async with building(final, "the packages") as build:
            await asyncio.to_thread(_written, build, asked.files)
            await self._install(build, asked)
            await asyncio.to_thread(_closed, build)

    async def _install(self, build: Path, asked: _Asked) -> None:
        host = os.environ if self._host is None else self._host
        variables = {name: value for name, value in host.items() if value and PASSED.match(name)}
        if SYSTEM_CERTIFICATES.exists():
            variables |= {"NODE_EXTRA_CA_CERTS": str(SYSTEM_CERTIFICATES)}
        variables |= {"npm_config_cache": CACHE, "npm_config_update_notifier": "false", "NO_COLOR": "1"}
        cache = Mount(build.parent / "cache", CACHE, writable=True)
        mounts = (cache, *await asyncio.to_thread(certificates, variables))
        limits = replace(LIMITS, address_bytes=NODE_ADDRESS_BYTES)
        within = Confinement(workspace=build, mounts=mounts, limits=limits, network=True)
        for words in _tries(asked):
            done = await self._executor.run(Command(("npm", *words, *WORDS), variables), within)
            if done.ok or not AGAIN.search(done.stderr.decode(errors="replace")):
                break
        if not done.ok:
            raise InstallFailed(explain_npm(done))


def _tries(asked: _Asked) -> list[tuple[str, ...]]:
    """A lock file that its manifest has left behind is brought up to it; other managers are not strict about peers."""
    loose = ("--legacy-peer-deps",)
    if asked.locked:
        peers = loose if asked.loose else ()
        return [("ci", *peers), ("install", *peers)]
    return [("install", *loose)] if asked.loose else [("install",), ("install", *loose)]


async def _version() -> str:
    """Of node as the sandbox sees it: below /usr. Raises InstallFailed."""
    missing = [path for path in PROGRAMS if not await asyncio.to_thread(os.path.exists, path)]
    if missing:
        raise InstallFailed(f"{' and '.join(missing)} is not there: install the packages nodejs and npm")
    process = await asyncio.create_subprocess_exec(PROGRAMS[0], "--version", stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    return told.decode().strip()


def _asked(project: Path) -> _Asked:
    """Blocking. Raises InstallFailed."""
    files: dict[str, bytes] = {}
    try:
        for path in _manifests(project):
            files[path] = read_untrusted(project, path, MANIFEST_BYTES)
        lock = next((name for name in (*LOCKS, *BESIDE) if (project / name).is_file()), None)
        if lock is not None:
            files[lock] = read_untrusted(project, lock, LOCK_BYTES)
        if lock is None and (project / PNPM).is_file() and "package.json" in files:
            files["package.json"] = held(files["package.json"], read_untrusted(project, PNPM, LOCK_BYTES))
        rc = read_untrusted(project, ".npmrc", MANIFEST_BYTES) if (project / ".npmrc").is_file() else b""
        json.loads(files.get("package.json", b"{}"))
    except (UntrustedFileError, ValueError) as error:
        raise InstallFailed(f"package.json or its lock file cannot be read: {error}") from error
    return _Asked(files, re.search(rb"^\s*legacy-peer-deps\s*=\s*true", rc, re.M) is not None)


def _manifests(project: Path) -> list[str]:
    """Of the project, and of its workspaces."""
    found: list[str] = []
    for folder, folders, names in os.walk(project):
        folders[:] = sorted(name for name in folders if name not in NEVER)
        if "package.json" in names:
            found.append((Path(folder).relative_to(project) / "package.json").as_posix())
    whole = (project / "package.json").is_file() and b'"workspaces"' in (project / "package.json").read_bytes()
    return found[:MOST_MANIFESTS] if whole else [path for path in found if path == "package.json"]


def _written(build: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (build / path).parent.mkdir(parents=True, exist_ok=True)
        (build / path).write_bytes(content)


def _closed(build: Path) -> None:
    """With the folders that runs lay scratch space over. Raises OSError where npm left something else."""
    modules = build / "node_modules"
    if modules.is_symlink():
        modules.unlink()
    modules.mkdir(exist_ok=True)
    for name in WRITTEN:
        place = modules / name
        if place.is_symlink() or place.is_file():
            place.unlink()
        place.mkdir(exist_ok=True)


__all__ = ["NpmEnvironments"]
