"""Looking for weaknesses in a project: its code, its secrets, its dependencies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from memory.records.manifest import Manifest
from memory.records.report import Check

VULNERABILITIES_CHECK = "vulnerabilities"
SECRETS_CHECK = "secrets"
DEPENDENCIES_CHECK = "dependencies"


class ScannerOutputError(Exception):
    """A scanner's output is not what its format says; the message says what is wrong."""


class Scanner(ABC):
    name: str
    """Of the check that it makes."""

    @abstractmethod
    async def scan(self, project: Path, manifest: Manifest) -> Check:
        """Never PASSED unless everything was looked at. Raises only ExecutionCancelled."""


class AuditOutcome(StrEnum):
    CLEAN = "clean"
    """Every pin was answered for and none has an advisory."""
    VULNERABLE = "vulnerable"
    INCOMPLETE = "incomplete"
    """Some pins were not answered for, and those that were have no advisory."""
    UNAVAILABLE = "unavailable"
    """No pin was answered for."""


class AuditRecord(BaseModel):
    model_config = ConfigDict(frozen=True)


class Advisory(AuditRecord):
    package: str
    version: str
    id: str
    aliases: tuple[str, ...] = ()
    fixed_in: tuple[str, ...] = ()
    description: str = ""


class AuditResult(AuditRecord):
    outcome: AuditOutcome
    reason: str
    """One sentence with the figures."""
    pins: int
    answered: int
    """How many of them the source answered for."""
    not_answered: tuple[str, ...] = ()
    """`name version: why`, or a line that is no pin."""
    advisories: tuple[Advisory, ...] = ()
    source: str
    answered_at: datetime
    exit_code: int | None = None


class AuditCache(Protocol):
    """Keeps answers of the audit service; the caller chooses where."""

    async def get(self, key: str) -> AuditResult | None: ...

    async def put(self, key: str, result: AuditResult, keep_s: int) -> None: ...


__all__ = [
    "DEPENDENCIES_CHECK",
    "SECRETS_CHECK",
    "VULNERABILITIES_CHECK",
    "Advisory",
    "AuditCache",
    "AuditOutcome",
    "AuditResult",
    "Scanner",
    "ScannerOutputError",
]
