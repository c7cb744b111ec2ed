"""All packages that a project pins, whatever file they stand in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from memory.records.manifest import Manifest
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.lock_file import Lock, parse_lock
from tools.security.packages.npm_lock import NAMES, LockUnreadable
from tools.security.packages.records import PYPI, Package
from tools.security.packages.script_locks import parse_script_lock

LOCK_BYTES = 32 << 20
PLAIN = "requirements.txt"
NAMED = re.compile(r"^line (\d+): ([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[<>=!~;,]|$)")
HASH = re.compile(r"--hash=(\S+)")


def python_lock(project: Path, manifest: Manifest) -> str | None:
    """The lock file, else requirements.txt; None without both."""
    return next((name for name in dict.fromkeys((manifest.lock, PLAIN)) if _there(project, name)), None)


def npm_lock(project: Path) -> str | None:
    return next((name for name in NAMES if _there(project, name)), None)


def python_packages(content: bytes, file: str, licences: dict[str, str] | None = None) -> tuple[Package, ...]:
    """Pins, and names without a version: these are installed too."""
    text = content.decode("utf-8", "replace")
    lock, digests = parse_lock(text), _digests(text)
    known = licences or {}
    pinned = [
        Package(PYPI, p.name, p.version, file, p.line, known.get(p.name, ""), digests.get(p.line, ()))
        for p in lock.pins
    ]
    return (*pinned, *_unpinned(lock, file))


def npm_packages(project: Path, file: str) -> tuple[Package, ...]:
    """None where the lock file cannot be read."""
    try:
        return parse_script_lock(read_untrusted(project, file, LOCK_BYTES), file)
    except (UntrustedFileError, LockUnreadable):
        return ()


def project_packages(project: Path, manifest: Manifest, licences: dict[str, str] | None = None) -> tuple[Package, ...]:
    """Of both ecosystems. What cannot be read is left out: the audit says so. Blocking."""
    lock, script = python_lock(project, manifest), npm_lock(project)
    found: tuple[Package, ...] = ()
    if lock is not None:
        try:
            found = python_packages(read_untrusted(project, lock, LOCK_BYTES), lock, licences)
        except UntrustedFileError:
            found = ()
    return found + (npm_packages(project, script) if script is not None else ())


def with_licences(packages: tuple[Package, ...], licences: dict[str, str]) -> tuple[Package, ...]:
    return tuple(replace(p, licence=licences.get(p.name, p.licence)) if p.ecosystem == PYPI else p for p in packages)


def _unpinned(lock: Lock, file: str) -> list[Package]:
    matches = [match for line in lock.other if (match := NAMED.match(line))]
    return [Package(PYPI, match[2], "", file, int(match[1])) for match in matches]


def _digests(text: str) -> dict[int, tuple[str, ...]]:
    """First line of a pin → its hashes, which stand on the lines that it is continued on."""
    found: dict[int, list[str]] = {}
    start, goes_on = 0, False
    for number, line in enumerate(text.splitlines(), 1):
        start = start if goes_on else number
        found.setdefault(start, []).extend(HASH.findall(line))
        goes_on = line.rstrip().endswith("\\")
    return {number: tuple(digests) for number, digests in found.items() if digests}


def _there(project: Path, name: str) -> bool:
    path = project / name
    return path.is_file() and not path.is_symlink()


__all__ = ["npm_lock", "npm_packages", "project_packages", "python_lock", "python_packages", "with_licences"]
