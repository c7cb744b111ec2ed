"""All security checks over any folder, side by side, as one answer."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.records.manifest import MANIFEST_NAME, Manifest
from memory.records.report import Check, CheckOutcome, Finding
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.interface import DEPENDENCIES_CHECK, Scanner
from tools.security.score import security_score

MANIFEST_BYTES = 1 << 20
LARGE_BYTES = 8 << 20
INSTALLED = frozenset(
    {"node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox"}
)


@dataclass(frozen=True)
class FolderScan:
    checks: tuple[Check, ...]
    score: float | None

    @property
    def findings(self) -> list[Finding]:
        return [finding for check in self.checks for finding in check.findings]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the gate is closed: what was found, and what could not be looked at. Dependencies that no service
        answers for do not close it: that is told, and production asks for a waiver."""
        return tuple(
            f"{check.name} {check.outcome.value}: {check.summary}"
            for check in self.checks
            if check.outcome is CheckOutcome.FAILED
            or (check.outcome is not CheckOutcome.PASSED and check.name != DEPENDENCIES_CHECK)
        )

    @property
    def gate_open(self) -> bool:
        return not self.reasons

    def as_json(self) -> dict[str, Any]:
        """Shape fixed for scripts and CI."""
        return {
            "findings": [finding.model_dump(mode="json") for finding in self.findings],
            "checks": [
                {"name": check.name, "outcome": check.outcome.value, "summary": check.summary} for check in self.checks
            ],
            "score": self.score,
        }


async def scan_folder(folder: Path, scanners: Sequence[Scanner]) -> FolderScan:
    """Looks at a copy: what is scanned cannot change meanwhile, and the sandbox's user owns no file of the folder."""
    home = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="security-"))
    try:
        copy = home / "tree"
        await asyncio.to_thread(copy_tree, folder, copy)
        manifest = await asyncio.to_thread(manifest_of, copy)
        checks = await asyncio.gather(*(_guarded(scanner, copy, manifest) for scanner in scanners))
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)
    return FolderScan(tuple(checks), security_score(checks))


def copy_tree(source: Path, target: Path) -> None:
    """Regular files and links, without what was installed. A file too large to be scanned becomes a hole of its size,
    so that it is still named."""
    target.mkdir(parents=True)
    for folder, folders, names in os.walk(source, followlinks=False):
        folders[:] = [name for name in folders if name not in INSTALLED]
        there = target / Path(folder).relative_to(source)
        there.mkdir(exist_ok=True)
        for name in [*names, *(name for name in folders if Path(folder, name).is_symlink())]:
            path = Path(folder, name)
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                (there / name).symlink_to(path.readlink())
            elif stat.S_ISREG(status.st_mode) and status.st_size > LARGE_BYTES and ".git" not in path.parts:
                (there / name).touch()
                os.truncate(there / name, status.st_size)
            elif stat.S_ISREG(status.st_mode):
                shutil.copyfile(path, there / name)


async def _guarded(scanner: Scanner, folder: Path, manifest: Manifest) -> Check:
    try:
        return await scanner.scan(folder, manifest)
    except Exception as error:  # the border to the scanners: one that broke was not made, and the others go on
        summary = f"the check broke: {type(error).__name__}: {error}"
        return Check(name=scanner.name, outcome=CheckOutcome.UNAVAILABLE, summary=summary)


def manifest_of(folder: Path) -> Manifest:
    """The folder's own, or what can be told of any folder: no packages that have to be there."""
    try:
        return Manifest.model_validate(json.loads(read_untrusted(folder, MANIFEST_NAME, MANIFEST_BYTES)))
    except (UntrustedFileError, ValueError):
        return Manifest(template="none", template_version="0", asgi="", packages=())


__all__ = ["FolderScan", "manifest_of", "scan_folder"]
