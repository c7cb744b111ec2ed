"""What was found in a file is known as long as its bytes, its path and the engines are the same: it is not looked at
again. What is found by looking at several files together is not kept by file."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from tools.security.interpreter import ROOT

TOOLS = ("bandit", "ruff", "detect-secrets", "tree-sitter")
KEEP_S = 7 * 86_400
LARGEST = 2 << 20
"""Bytes; larger files are looked at each time."""
MOST = 20_000


class KnownResults(Protocol):
    """A cache that is gone costs time, never a check."""

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]: ...

    async def put_many(self, found: Mapping[str, bytes], keep_s: int) -> None: ...


@cache
def engines() -> str:
    """Changes with our own code and with the tools' versions."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "tools" / "security").rglob("*.py")):
        digest.update(path.read_bytes() + b"\0")
    for tool in TOOLS:
        digest.update(f"{tool} {version(tool)}\0".encode())
    return digest.hexdigest()


def file_keys(project: Path, scanner: str) -> dict[str, str]:
    """Path → key of each regular file; links are not followed. Blocking. Raises OSError."""
    found: dict[str, str] = {}
    for folder, folders, names in os.walk(project, followlinks=False):
        folders[:] = sorted(name for name in folders if not (name == ".git" and Path(folder) == project))
        for name in sorted(names):
            path = Path(folder, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST and len(found) < MOST:
                relative = path.relative_to(project).as_posix()
                found[relative] = _digest(scanner, engines(), relative, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def given(keys: Mapping[str, str], stored: Sequence[bytes | None]) -> bytes:
    """For a driver's stdin."""
    known: dict[str, Any] = {}
    for path, held in zip(keys, stored, strict=True):
        if held is not None:
            known[path] = json.loads(held)
    return json.dumps(known).encode()


def learned(keys: Mapping[str, str], stdout: bytes) -> dict[str, bytes]:
    """What a driver's answer says of single files, by key. Raises ValueError, AttributeError."""
    told = json.loads(stdout).get("learned") or {}
    return {keys[path]: json.dumps(what).encode() for path, what in told.items() if path in keys}


__all__ = ["KEEP_S", "KnownResults", "engines", "file_keys", "given", "learned"]
