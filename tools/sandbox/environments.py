"""Dependency sets as read-only virtual environments: built once per lock file, in the sandbox, from wheels only."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import uv

from memory.records.execution import (
    WORKSPACE,
    Command,
    Confinement,
    Environment,
    Executor,
    InstallFailed,
    Limits,
    Mount,
)
from tools.sandbox.builds import building, locked, made
from tools.sandbox.install_errors import explain_failure
from tools.sandbox.interpreter import Interpreter, choose

SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""uv brings its own; those of the system also hold an authority that the administrator added."""
LAYOUT = "1"
"""Goes into the id: raised when environments are built in another way."""
UV = "/opt/softwright/uv"
LOCK_NAME = "requirements.lock"
LIMITS = Limits(
    wall_s=900,
    cpu_s=900,
    memory_bytes=4 << 30,
    processes=512,
    file_bytes=4 << 30,
    workspace_bytes=64 << 30,
    workspace_files=4_000_000,
    output_bytes=4 << 20,
    open_files=4096,
)
"""For uv, which runs none of what it installs. The cache, which outlives a build, is counted with the environment."""
PASSED = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT")
PASSED_PREFIXES = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX", "UV_FIND_LINKS", "UV_HTTP", "UV_REQUEST", "UV_INSECURE"),
    *("UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_OFFLINE", "UV_KEYRING"),
)
FROM_PIP = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_CERT": "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE": "SSL_CERT_FILE",
    "CURL_CA_BUNDLE": "SSL_CERT_FILE",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
}
"""uv does not read pip's variables; where its own are not set, they mean the same."""


class UvEnvironments:
    """EnvironmentProvider with the environments below `root`; may be shared by several processes."""

    def __init__(
        self,
        root: Path,
        executor: Executor,
        *,
        host: Mapping[str, str] | None = None,
        interpreter: Interpreter | None = None,
    ) -> None:
        """`host`: variables that name proxy, index and certificates; by default those of this process."""
        self._root = root
        self._executor = executor
        self._host = host
        self._interpreter = interpreter

    async def provide(self, lock: bytes) -> Environment:
        """The environment of this lock file, built now if there is none. Raises InstallFailed, SandboxUnavailable."""
        interpreter = self._interpreter if self._interpreter is not None else await asyncio.to_thread(choose)
        root = await asyncio.to_thread(made, self._root)
        identity = environment_id(lock, interpreter)
        final = root / identity
        if not await asyncio.to_thread(_whole, final):
            async with locked(root / "locks" / identity):
                if not await asyncio.to_thread(_whole, final):
                    await self._build(lock, final, interpreter)
        mounts = (Mount(final, str(final)), *interpreter.mounts)
        return Environment(id=identity, path=final, bin=final / "bin", mounts=mounts)

    def folder_of(self, lock: bytes) -> Path | None:
        """Where this lock file's environment lies; None where it was not built. Blocking."""
        final = self._root / environment_id(lock, self._interpreter or choose())
        return final if _whole(final) else None

    async def _build(self, lock: bytes, final: Path, interpreter: Interpreter) -> None:
        """In a folder of its own that appears inside at the final path, which scripts carry, and is then renamed."""
        async with building(final, "the environment") as build:
            await asyncio.to_thread((build / LOCK_NAME).write_bytes, lock)
            await self._install(build, final, interpreter)

    async def _install(self, build: Path, final: Path, interpreter: Interpreter) -> None:
        variables = await asyncio.to_thread(install_variables, os.environ if self._host is None else self._host)
        within = Confinement(
            workspace=final.parent / "cache",
            mounts=(
                Mount(build, str(final), writable=True),
                Mount(Path(uv.find_uv_bin()), UV),
                *interpreter.mounts,
                *await asyncio.to_thread(certificates, variables),
            ),
            limits=LIMITS,
            network=True,
        )
        for argv in (make_argv(final, interpreter), fill_argv(final)):
            result = await self._executor.run(Command(argv, variables), within)
            if not result.ok:
                raise InstallFailed(explain_failure(result))


def make_argv(final: Path, interpreter: Interpreter) -> tuple[str, ...]:
    return (UV, "venv", "--quiet", "--allow-existing", "--python", str(interpreter.path), str(final))


def fill_argv(final: Path) -> tuple[str, ...]:
    target = ("--python", f"{final}/bin/python")
    rules = ("--require-hashes", "--no-build", "--compile-bytecode", "--allow-empty-requirements")
    return (UV, "pip", "sync", "--quiet", *target, *rules, f"{final}/{LOCK_NAME}")


def environment_id(lock: bytes, interpreter: Interpreter) -> str:
    """32 hexadecimal digits of what decides about the content."""
    digest = hashlib.sha256(f"{LAYOUT}\n{interpreter.fingerprint}\n".encode())
    digest.update(lock)
    return digest.hexdigest()[:32]


def network_variables(host: Mapping[str, str]) -> dict[str, str]:
    """Of the host's variables, those that an installer needs to reach its index, and no other."""
    chosen = {
        name: value
        for name, value in host.items()
        if value and (name.upper() in PASSED or name.startswith(PASSED_PREFIXES))
    }
    for pip, own in FROM_PIP.items():
        if host.get(pip):
            chosen.setdefault(own, host[pip])
    return chosen


def install_variables(host: Mapping[str, str]) -> dict[str, str]:
    """What uv sees, beside PATH and the like."""
    variables = network_variables(host)
    if SYSTEM_CERTIFICATES.exists():
        variables.setdefault("SSL_CERT_FILE", str(SYSTEM_CERTIFICATES))
    own = {"UV_CACHE_DIR": f"{WORKSPACE}/uv", "UV_LINK_MODE": "copy", "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
    return {**variables, **own}


def certificates(variables: Mapping[str, str]) -> tuple[Mount, ...]:
    paths = [Path(variables[name]) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if name in variables]
    seen = ("/usr", "/etc/ssl", "/etc/ca-certificates")
    return tuple(
        Mount(path, str(path)) for path in paths if path.exists() and not any(path.is_relative_to(s) for s in seen)
    )


def _whole(final: Path) -> bool:
    """Ready, and its interpreter still there."""
    return (final / "bin" / "python").exists()


__all__ = ["UvEnvironments", "certificates", "environment_id", "install_variables", "network_variables"]
