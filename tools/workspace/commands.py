"""Commands and test suites on copies of the workspace, in the sandbox."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from memory.records.execution import (
    Command,
    Completed,
    Confinement,
    Ending,
    Environment,
    EnvironmentProvider,
    Executor,
    Limits,
)
from memory.records.manifest import MANIFEST_NAME, UNKNOWN, Manifest
from memory.records.report import Check, CheckOutcome
from memory.untrusted_files import remove_tree
from tools.workspace.copies import TakenBack, copy_out, take_back
from tools.workspace.excerpts import failures_of, output_of
from tools.workspace.interface import Suite, ToolResult, WorkspaceError
from tools.workspace.jail import shown
from tools.workspace.workspace import FILE_BYTES, Workspace

COMMAND_LIMITS = Limits(wall_s=60.0, cpu_s=60, memory_bytes=2 << 30)
LOCK_BYTES = 5 << 20


@dataclass(frozen=True)
class Means:
    """What commands run with. Without `environments`, with what the sandbox has of itself."""

    executor: Executor
    suite: Suite
    environments: EnvironmentProvider | None = None
    limits: Limits = field(default_factory=lambda: COMMAND_LIMITS)
    scratch: Path | None = None
    """Where copies are made; the system's temporary folder without one."""
    foreign: Foreign | None = None
    """Of a project that has no manifest and no lock file of ours."""


@dataclass(frozen=True)
class Foreign:
    installed: Callable[[Path], Awaitable[Environment | None]]
    """Of the project in that folder. Raises SandboxError. None: what the sandbox has of itself."""
    variables: Mapping[str, str]
    address_bytes: int | None = None
    """See Limits."""


class Commands:
    def __init__(self, workspace: Workspace, means: Means) -> None:
        self._workspace = workspace
        self._means = means

    async def run(self, command: str) -> ToolResult:
        """A shell command at the project's root. Raises SandboxError, WorkspaceError."""
        environment = await self._environment()
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="command-", dir=self._means.scratch))
        try:
            copy = folder / "project"
            marks = await asyncio.to_thread(copy_out, self._workspace, copy)
            foreign, limits = self._means.foreign, self._means.limits
            limits = limits if foreign is None else replace(limits, address_bytes=foreign.address_bytes)
            within = Confinement(workspace=copy, environment=environment, limits=limits)
            more = {} if foreign is None else foreign.variables
            asked = Command(("sh", "-c", command), env={"PYTHONDONTWRITEBYTECODE": "1", **more})
            completed = await self._means.executor.run(asked, within)
            taken = await asyncio.to_thread(take_back, self._workspace, copy, marks)
        finally:
            await asyncio.to_thread(remove_tree, folder)
        return _told(completed, taken)

    async def test(self) -> ToolResult:
        """The project's own suite, as QA runs it. Raises WorkspaceError."""
        manifest = await asyncio.to_thread(self._manifest)
        check = await self._means.suite.run(self._workspace.jail.root, manifest)
        return tests_told(check)

    async def _environment(self) -> Environment | None:
        """The one of the test lock file, as the suite has it."""
        if self._means.foreign is not None:
            return await self._means.foreign.installed(self._workspace.jail.root)
        if self._means.environments is None:
            return None
        manifest = await asyncio.to_thread(self._manifest)
        lock = await asyncio.to_thread(self._workspace.jail.read, manifest.test_lock, LOCK_BYTES)
        return await self._means.environments.provide(lock)

    def _manifest(self) -> Manifest:
        if self._means.foreign is not None:
            return UNKNOWN
        try:
            return Manifest.model_validate(json.loads(self._workspace.jail.read(MANIFEST_NAME, FILE_BYTES)))
        except ValueError as error:
            raise WorkspaceError(f"{MANIFEST_NAME} cannot be read: {error}") from error


def _told(completed: Completed, taken: TakenBack) -> ToolResult:
    parts = [f"exit code {completed.exit_code}"]
    if completed.ending is not Ending.EXITED:
        parts.append(f"stopped: {completed.reason or completed.ending.value}")
    if taken.touched:
        parts.append(f"{len(taken.touched)} file(s) changed")
    if taken.refused:
        parts.append("some changes were NOT taken over, see the end")
    lines = [output_of(completed)]
    lines += [f"changed: {', '.join(map(shown, taken.touched[:40]))}"] if taken.touched else []
    lines += [f"not taken over: {reason}" for reason in taken.refused[:20]]
    data = "\n".join(line for line in lines if line)
    return ToolResult(completed.ok and not taken.refused, "; ".join(parts), data, taken.touched)


def tests_told(check: Check) -> ToolResult:
    return ToolResult(
        check.outcome is CheckOutcome.PASSED, f"tests {check.outcome.value}: {check.summary}", failures_of(check)
    )


__all__ = ["COMMAND_LIMITS", "Commands", "Foreign", "Means", "tests_told"]
