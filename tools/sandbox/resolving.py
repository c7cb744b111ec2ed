"""Requirements of a foreign project as a lock file with hashes: resolved with network in the sandbox, then kept."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import uv

from memory.records.execution import WORKSPACE, Command, Confinement, Executor, InstallFailed, Mount
from memory.untrusted_files import read_untrusted, remove_tree
from tools.sandbox.environments import LIMITS, UV, certificates, install_variables
from tools.sandbox.install_errors import explain_failure
from tools.sandbox.interpreter import Interpreter, choose

LOCK_BYTES = 20 << 20
LAYOUT = "1"


class UvResolver:
    """Resolver with its locks below `root`; the same requirements give the lock that they gave first."""

    def __init__(
        self,
        root: Path,
        executor: Executor,
        *,
        host: Mapping[str, str] | None = None,
        interpreter: Interpreter | None = None,
    ) -> None:
        self._root = root
        self._executor = executor
        self._host = host
        self._interpreter = interpreter

    async def resolve(self, requirements: Sequence[str], pins: Mapping[str, str]) -> bytes:
        """The lock file; wheels only, so nothing of a package is run. Raises InstallFailed, SandboxUnavailable."""
        interpreter = self._interpreter if self._interpreter is not None else await asyncio.to_thread(choose)
        asked = "".join(f"{line}\n" for line in sorted(set(requirements)))
        held = "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()) if version)
        digest = hashlib.sha256(f"{LAYOUT}\n{interpreter.fingerprint}\n{asked}\n--\n{held}".encode()).hexdigest()[:32]
        kept = self._root / "resolved" / f"{digest}.lock"
        if not await asyncio.to_thread(kept.exists):
            lock = await self._compile(asked, held, interpreter)
            await asyncio.to_thread(_keep, kept, lock)
        return await asyncio.to_thread(kept.read_bytes)

    async def _compile(self, asked: str, held: str, interpreter: Interpreter) -> bytes:
        folder = await asyncio.to_thread(_prepared, self._root, asked, held)
        try:
            variables = await asyncio.to_thread(install_variables, os.environ if self._host is None else self._host)
            mounts = (
                Mount(Path(uv.find_uv_bin()), UV),
                *interpreter.mounts,
                *await asyncio.to_thread(certificates, variables),
            )
            within = Confinement(workspace=folder, mounts=mounts, limits=LIMITS, network=True)
            words = ("pip", "compile", "--quiet", "--no-config", "--generate-hashes", "--no-build", "--no-annotate")
            files = ("--constraints", "constraints.txt", "--output-file", "out.lock", "requirements.in")
            argv = (UV, *words, "--no-header", "--python", str(interpreter.path), *files)
            result = await self._executor.run(Command(argv, {**variables, "UV_CACHE_DIR": f"{WORKSPACE}/uv"}), within)
            if not result.ok:
                raise InstallFailed(explain_failure(result))
            return await asyncio.to_thread(read_untrusted, folder, "out.lock", LOCK_BYTES)
        finally:
            await asyncio.to_thread(remove_tree, folder)


def _prepared(root: Path, asked: str, held: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="resolve-", dir=root))
    folder.chmod(0o755)
    (folder / "requirements.in").write_text(asked)
    (folder / "constraints.txt").write_text(held)
    return folder


def _keep(kept: Path, lock: bytes) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=kept.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(lock)
    Path(draft).replace(kept)


__all__ = ["UvResolver"]
