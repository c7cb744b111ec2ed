"""Running a scanner inside the sandbox, over a project that it can read and not write."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memory.records.execution import (
    Command,
    Completed,
    Confinement,
    Ending,
    Environment,
    ExecutionCancelled,
    Executor,
    Limits,
    SandboxError,
)
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome, Finding
from memory.untrusted_files import UntrustedFileError
from tools.security.gate import outcome_of
from tools.security.interface import Scanner, ScannerOutputError
from tools.security.known import KEEP_S, KnownResults, file_keys, given, learned

SCANNER_LIMITS = Limits(wall_s=60.0, cpu_s=60, output_bytes=16 << 20)
ERROR_CHARS = 500
NAMES_SHOWN = 100


@dataclass(frozen=True)
class ScanResult:
    findings: tuple[Finding, ...]
    scanned: int
    """Files."""
    not_scanned: tuple[str, ...]
    """`file: why`"""
    facts: dict[str, Any]
    """What else goes into the evidence."""


class SandboxedScanner(Scanner):
    def __init__(
        self,
        executor: Executor,
        environment: Environment,
        *,
        limits: Limits = SCANNER_LIMITS,
        known: KnownResults | None = None,
    ) -> None:
        """`environment`: holds the scanner, such as tools.security.interpreter.running_environment(). `known`: for a
        scanner whose driver takes what is known of files on stdin."""
        self._executor = executor
        self._environment = environment
        self._limits = limits
        self._known = known

    @abstractmethod
    def command(self, manifest: Manifest, environment: Environment) -> Command: ...

    @abstractmethod
    def read(self, completed: Completed, project: Path, manifest: Manifest) -> ScanResult:
        """Raises ScannerOutputError, UntrustedFileError."""

    async def scan(self, project: Path, manifest: Manifest) -> Check:
        started = time.monotonic()
        confinement = Confinement(
            workspace=project, environment=self._environment, limits=self._limits, read_only_workspace=True
        )
        try:
            command = await asyncio.to_thread(self.command, manifest, self._environment)
            keys = await asyncio.to_thread(file_keys, project, self.name) if self._known else {}
            if self._known is not None:
                stored = await self._known.get_many(list(keys.values()))
                command = replace(command, stdin=given(keys, stored))
            completed = await self._executor.run(command, confinement)
        except ExecutionCancelled:
            raise
        except (SandboxError, UntrustedFileError, OSError) as error:
            return self._not_made(f"the scanner could not be run: {error}", started, {})
        evidence = _run_evidence(completed)
        if not completed.ok:
            return self._not_made(f"the scanner {_how_it_ended(completed)}", started, evidence)
        try:
            result = await asyncio.to_thread(self.read, completed, project, manifest)
            found = learned(keys, completed.stdout) if self._known is not None else {}
        except (ScannerOutputError, UntrustedFileError, OSError, ValueError, AttributeError) as error:
            return self._not_made(f"the scanner's answer cannot be used: {error}", started, evidence)
        if self._known is not None:
            await self._known.put_many(found, KEEP_S)
        return self._check(result, evidence, started)

    def _check(self, result: ScanResult, evidence: dict[str, Any], started: float) -> Check:
        words = f"{len(result.findings)} findings in {result.scanned} files"
        left = (
            f", {len(result.not_scanned)} not scanned: {'; '.join(result.not_scanned[:3])}"
            if result.not_scanned
            else ""
        )
        return Check(
            name=self.name,
            outcome=outcome_of(result.findings, result.not_scanned),
            summary=words + left,
            findings=result.findings,
            evidence={
                **evidence,
                **result.facts,
                "scanned": result.scanned,
                "not_scanned": list(result.not_scanned[:NAMES_SHOWN]),
                "not_scanned_count": len(result.not_scanned),
            },
            duration_s=round(time.monotonic() - started, 3),
        )

    def _not_made(self, reason: str, started: float, evidence: dict[str, Any]) -> Check:
        return Check(
            name=self.name,
            outcome=CheckOutcome.UNAVAILABLE,
            summary=reason,
            evidence=evidence,
            duration_s=round(time.monotonic() - started, 3),
        )


def _run_evidence(completed: Completed) -> dict[str, Any]:
    return {
        "exit_code": completed.exit_code,
        "ending": completed.ending.value,
        "limits_active": list(completed.limits_active),
        "run_s": round(completed.duration_s, 3),
    }


def _how_it_ended(completed: Completed) -> str:
    if completed.ending is not Ending.EXITED:
        return f"was stopped: {completed.reason or completed.ending.value}"
    # The last line only: a traceback's frames could show a line of the scanned code, secrets and all.
    last = completed.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"ended with code {completed.exit_code}: {last[:ERROR_CHARS]}"


__all__ = ["SCANNER_LIMITS", "SandboxedScanner", "ScanResult"]
