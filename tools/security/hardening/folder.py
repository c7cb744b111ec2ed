"""Hardening of any folder: tried on a copy, brought back edit by edit."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome, Finding
from tools.security.fingerprints import identified
from tools.security.folder import copy_tree, manifest_of
from tools.security.hardening.interface import Outcome, Tests
from tools.security.hardening.machine import Means, harden
from tools.security.hardening.proposing import Proposing
from tools.security.hardening.repository import FolderCommits, NotCommitted
from tools.security.interface import Scanner
from tools.security.policy import Policy, read_policy


def to_mend(findings: Sequence[Finding], policy: Policy, today: date) -> list[Finding]:
    """What closes the gate and nobody answers for."""
    return [f for f in findings if policy.closes(f) and policy.waiver_of(f, today) is None]


async def found_in(tree: Path, scanner: Scanner, manifest: Manifest) -> tuple[Finding, ...] | None:
    check = await scanner.scan(tree, manifest)
    if check.outcome is CheckOutcome.UNAVAILABLE:
        return None
    return (await asyncio.to_thread(identified, check, tree)).findings


async def harden_folder(
    folder: Path, scanner: Scanner, proposing: Proposing, tests: Tests, today: date
) -> list[Outcome]:
    """Writes to `folder` what is kept, a commit each. Raises what `harden` raises."""
    home = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="hardening-"))
    try:
        tree, before = home / "tree", home / "before"
        await asyncio.to_thread(_copy, folder, tree)
        await asyncio.to_thread(shutil.copytree, tree, before, symlinks=True)
        manifest = await asyncio.to_thread(manifest_of, tree)
        policy, _ = await asyncio.to_thread(read_policy, tree)
        found = await found_in(tree, scanner, manifest)
        if found is None:
            return []
        means = Means(proposing, lambda place: found_in(place, scanner, manifest), tests)
        outcomes = await harden(tree, to_mend(found, policy, today), found, means)
        return await asyncio.to_thread(_brought_back, folder, before, outcomes)
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _copy(folder: Path, tree: Path) -> None:
    """Without the history: it cannot be mended."""
    copy_tree(folder, tree)
    git = tree / ".git"
    if git.is_dir() and not git.is_symlink():
        shutil.rmtree(git)


def _brought_back(folder: Path, before: Path, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Edits of one file follow each other; after one that could not be committed, the later ones are left too."""
    commits, told, texts = FolderCommits(folder), [], dict[str, bytes]()
    for outcome in outcomes:
        proposal = outcome.proposal
        if not outcome.applied:
            told.append(outcome)
            continue
        old = texts.get(proposal.file) or (before / proposal.file).read_bytes()
        message = f"{proposal.title}\n\n{proposal.rule} in {proposal.file}:{proposal.line}"
        try:
            commit = commits.put(proposal.file, old, proposal.text, message)
        except (NotCommitted, OSError) as error:
            told.append(outcome.model_copy(update={"applied": False, "reason": str(error)}))
            continue
        texts[proposal.file] = proposal.text.encode()
        told.append(outcome.model_copy(update={"commit": commit}))
    return told


__all__ = ["found_in", "harden_folder", "to_mend"]
