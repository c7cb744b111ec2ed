"""What a machine can mend of a finding, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from memory.records.report import Finding

Tests = Callable[[Path], Awaitable[str]]
"""Runs the suite of a tree; gives nothing where it is as good as when it was asked first, before any edit."""
Scan = Callable[[Path], Awaitable[tuple[Finding, ...] | None]]
"""The findings of a tree, with their fingerprints; None where it could not be looked at wholly."""


class HardeningRecord(BaseModel):
    model_config = ConfigDict(frozen=True)


class Proposal(HardeningRecord):
    """One edit for one finding."""

    fingerprint: str
    file: str
    line: int
    rule: str
    title: str
    """What it does, in the imperative, for a commit."""
    text: str
    """The whole file afterwards."""
    diff: str
    safe: bool
    """False: it changes what the program does for someone, so a person has to say yes."""


class Outcome(HardeningRecord):
    proposal: Proposal
    applied: bool
    reason: str = ""
    """Why it was not applied."""
    commit: str | None = None


__all__ = ["Outcome", "Proposal", "Scan", "Tests"]
