"""The edits for findings, made in the sandbox: the code is read there, and nothing of it is run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from memory.records.execution import Command, Confinement, Environment, Executor, Limits
from memory.records.report import Finding
from tools.security.hardening.interface import Proposal
from tools.security.interface import ScannerOutputError
from tools.security.interpreter import driver_argv, with_our_code

LIMITS = Limits(wall_s=60.0, cpu_s=60, output_bytes=32 << 20)


class Proposing:
    def __init__(self, executor: Executor, environment: Environment, *, limits: Limits = LIMITS) -> None:
        self._executor = executor
        self._environment = with_our_code(environment)
        self._limits = limits

    async def proposals(self, tree: Path, findings: Sequence[Finding]) -> list[Proposal]:
        """Raises SandboxError, ScannerOutputError, ExecutionCancelled."""
        if not findings:
            return []
        given = json.dumps([finding.model_dump(mode="json") for finding in findings]).encode()
        argv = driver_argv(self._environment, "tools.security.hardening.driver")
        confinement = Confinement(
            workspace=tree, environment=self._environment, limits=self._limits, read_only_workspace=True
        )
        done = await self._executor.run(Command(argv=argv, stdin=given), confinement)
        if not done.ok:
            last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise ScannerOutputError(f"no edits could be made ({done.reason or last[:300]})")
        try:
            return [Proposal.model_validate(entry) for entry in json.loads(done.stdout)["proposals"]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ScannerOutputError(f"the edits are malformed ({type(error).__name__})") from error


__all__ = ["Proposing"]
