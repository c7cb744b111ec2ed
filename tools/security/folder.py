"""All security checks over any folder, side by side, as one answer."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memory.records.manifest import MANIFEST_NAME, UNKNOWN, Manifest
from memory.records.report import Check, CheckOutcome, Comparison, Finding, Waived
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.fingerprints import compared, identified
from tools.security.interface import DEPENDENCIES_CHECK, SECRETS_CHECK, Scanner
from tools.security.judging import judged
from tools.security.policy import read_policy
from tools.security.revision import commits_of, resolved, write_revision
from tools.security.score import security_score

MANIFEST_BYTES = 1 << 20
LARGE_BYTES = 8 << 20
HISTORIC = re.compile(r" in commit ([0-9a-f]{12})")
INSTALLED = frozenset(
    {"node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox"}
)


@dataclass(frozen=True)
class FolderScan:
    checks: tuple[Check, ...]
    score: float | None
    waived: tuple[Waived, ...] = ()
    comparison: Comparison | None = None
    """With the commit that was asked for."""

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
            "waived": [entry.model_dump(mode="json") for entry in self.waived],
            "comparison": None if self.comparison is None else self.comparison.model_dump(mode="json"),
        }


async def scan_folder(folder: Path, scanners: Sequence[Scanner], against: str | None = None) -> FolderScan:
    """Looks at a copy: what is scanned cannot change meanwhile, and the sandbox's user owns no file of the folder.

    `against`: a commit; what it has already does not close the gate, unless the folder's policy says so.
    Raises RevisionError.
    """
    base = await asyncio.to_thread(resolved, folder, against) if against is not None else None
    home = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="security-"))
    try:
        copy, old = home / "tree", home / "before"
        await asyncio.to_thread(copy_tree, folder, copy)
        made = await _scanned(copy, scanners)
        before = None
        if base is not None:
            await asyncio.to_thread(write_revision, folder, base, old, LARGE_BYTES)
            known = await asyncio.to_thread(commits_of, folder, base)
            before = with_history(await _scanned(old, scanners), made, known)
        policy, about = await asyncio.to_thread(read_policy, copy)
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)
    only_new = before is not None and policy.gate.scope != "all"
    judgement = judged(made, policy, datetime.now(UTC).date(), before, only_new=only_new)
    checks = (*judgement.checks, *([about] if about else []))
    comparison = _comparison(base, before, made) if base is not None and before is not None else None
    return FolderScan(checks, security_score(checks), judgement.waived, comparison)


async def _scanned(tree: Path, scanners: Sequence[Scanner]) -> list[Check]:
    manifest = await asyncio.to_thread(manifest_of, tree)
    checks = await asyncio.gather(*(_guarded(scanner, tree, manifest) for scanner in scanners))
    return [await asyncio.to_thread(identified, check, tree) for check in checks]


def with_history(before: Sequence[Check], after: Sequence[Check], known: frozenset[str]) -> list[Check]:
    """What was found in the history up to then was there before; the commit's own tree has no history to look at."""
    short = {commit[:12] for commit in known}
    old = [f for check in after for f in check.findings if any(sha in short for sha in HISTORIC.findall(f.why))]
    return [
        check.model_copy(update={"findings": (*check.findings, *old)}) if check.name == SECRETS_CHECK else check
        for check in before
    ]


def _comparison(base: str, before: Sequence[Check], after: Sequence[Check]) -> Comparison:
    old, new = ([finding for check in checks for finding in check.findings] for checks in (before, after))
    difference = compared(old, new)
    return Comparison(base=base, new=difference.new, fixed=difference.fixed, unchanged=difference.unchanged)


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
        return UNKNOWN


__all__ = ["FolderScan", "manifest_of", "scan_folder"]
