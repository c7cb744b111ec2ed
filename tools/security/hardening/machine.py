"""One edit after the other: kept where its finding has gone, none has come and the tests are as good as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from memory.records.report import Finding
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.hardening.guards import mended
from tools.security.hardening.interface import Outcome, Proposal, Scan, Tests
from tools.security.hardening.proposing import Proposing

MOST = 30
"""Edits that are tried in one go: each costs a scan and a run of the tests."""
FILE_BYTES = 1 << 20
BY_HAND = "it changes what the program does for those who use it: decide, and apply it by hand"


@dataclass(frozen=True)
class Means:
    proposing: Proposing
    scan: Scan
    tests: Tests


async def harden(tree: Path, findings: Sequence[Finding], before: Sequence[Finding], means: Means) -> list[Outcome]:
    """Changes files of `tree` for each edit that is kept, and leaves it as it was for the others.

    `findings`: to be mended, of all that were found `before`.
    Raises SandboxError, ScannerOutputError, ExecutionCancelled.
    """
    outcomes: list[Outcome] = []
    proposals: dict[str, Proposal] | None = None
    untested: str | None = None
    current, waiting = tuple(before), list(findings)
    while waiting and len(outcomes) < MOST:
        if proposals is None:
            proposals = {p.fingerprint: p for p in await means.proposing.proposals(tree, waiting)}
        proposal = next((proposals[f.fingerprint] for f in waiting if f.fingerprint in proposals), None)
        if proposal is None:
            break
        waiting = [finding for finding in waiting if finding.fingerprint != proposal.fingerprint]
        if not proposal.safe:
            outcomes.append(Outcome(proposal=proposal, applied=False, reason=BY_HAND))
            continue
        if untested is None:
            untested = await means.tests(tree)
        reason, found = (untested, None) if untested else await _tried(tree, proposal, current, means)
        outcomes.append(Outcome(proposal=proposal, applied=not reason, reason=reason))
        if not reason and found is not None:
            left = {finding.fingerprint for finding in waiting}
            current, waiting = found, [finding for finding in found if finding.fingerprint in left]
            proposals = None  # lines have moved
    return outcomes


async def _tried(
    tree: Path, proposal: Proposal, before: tuple[Finding, ...], means: Means
) -> tuple[str, tuple[Finding, ...] | None]:
    """(why it was taken back, what was found with it)"""
    try:
        old = await asyncio.to_thread(read_untrusted, tree, proposal.file, FILE_BYTES)
    except UntrustedFileError as error:
        return str(error), None
    place = tree / proposal.file
    kept = False
    try:
        await asyncio.to_thread(place.write_text, proposal.text, encoding="utf-8", newline="")
        after = await means.scan(tree)
        reason = "it could not be looked at anew" if after is None else mended(proposal.fingerprint, before, after)
        reason = reason or await means.tests(tree)
        kept = not reason
        return reason, after
    finally:
        if not kept:
            await asyncio.to_thread(place.write_bytes, old)


__all__ = ["MOST", "Means", "harden"]
