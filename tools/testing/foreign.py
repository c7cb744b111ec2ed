"""One run of a foreign project's own suite, in the sandbox: by its settings, and as it came."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from memory.records.execution import (
    NODE_ADDRESS_BYTES,
    Command,
    Completed,
    Confinement,
    Ending,
    Environment,
    EnvironmentProvider,
    Executor,
    InstallFailed,
    Limits,
    Resolver,
    ScriptPackages,
)
from memory.records.imported import Stack, TestOutcome
from memory.untrusted_files import remove_tree
from tools.testing import foreign_node as node
from tools.testing.baseline_driver import USAGE_ERROR
from tools.testing.foreign_report import cases_of, of_files
from tools.testing.interface import FailedTest
from tools.testing.pytest_runner import REPORTS, copy_tree
from tools.testing.script_runner import Invocation, Runner, invocation

GROUPS = ("dev", "test", "tests", "testing")
LIMITS = Limits(wall_s=600.0, cpu_s=900, memory_bytes=4 << 30, processes=256, open_files=1024)


@dataclass(frozen=True)
class Installed:
    """What the suite runs in."""

    environment: Environment | None
    """None: what the machine has of itself."""
    groups: tuple[str, ...] = ()
    left_out: str = ""
    """Why groups for tests are not there; empty where they are."""


@dataclass(frozen=True)
class Run:
    done: Completed
    tests: Mapping[str, TestOutcome]
    failing: tuple[FailedTest, ...]
    problem: str
    """Why no test is named."""


class ForeignTests:
    def __init__(
        self,
        executor: Executor,
        environments: EnvironmentProvider,
        resolver: Resolver,
        scripts: ScriptPackages,
        *,
        limits: Limits = LIMITS,
        scratch: Path | None = None,
    ) -> None:
        self._executor = executor
        self._environments = environments
        self._resolver = resolver
        self._scripts = scripts
        self._limits = limits
        self._scratch = scratch

    async def installed(self, project: Path, stack: Stack) -> Installed:
        """With the groups for tests; where these cannot be had, pytest alone. Raises InstallFailed, SandboxError."""
        if stack.kind == "javascript":
            return await self._packages(project, stack)
        if stack.kind != "python":
            return Installed(None)
        declared = {row.group for row in stack.dependencies}
        groups = tuple(name for name in GROUPS if name in declared)
        try:
            return Installed(await self._environment(stack, ("", *groups)), groups)
        except InstallFailed as error:
            if not groups:
                raise
            environment = await self._environment(stack, ("",))
            return Installed(environment, (), f"; without {', '.join(groups)}: {error}"[:600])

    async def _packages(self, project: Path, stack: Stack) -> Installed:
        """Raises InstallFailed, SandboxError."""
        if not stack.dependencies and len(stack.manifests) < 2 and not stack.locks:
            return Installed(None)
        try:
            return Installed(await self._scripts.provide(project), ("dev",))
        except InstallFailed as error:
            asked = invocation_of(stack)
            needed = asked is None or asked.runner is not Runner.NODE or asked.options or asked.before
            if needed or any(row.group == "" for row in stack.dependencies):
                raise
            return Installed(None, (), f"; without dev: {error}"[:600])

    async def _environment(self, stack: Stack, groups: tuple[str, ...]) -> Environment:
        wanted = [row.required or row.name for row in stack.dependencies if row.group in groups]
        pins = {row.name: row.pinned for row in stack.dependencies if row.pinned and row.group in groups}
        own = re.sub(r"[-_.]+", "-", stack.name).lower()
        wanted = [word for word in wanted if not re.match(rf"{re.escape(own)}\b(?!-)", word.lower()) or not own]
        lock = await self._resolver.resolve([*wanted, "pytest"], pins)
        return await self._environments.provide(lock)

    async def run(self, project: Path, stack: Stack, installed: Installed, tests: Sequence[str] = ()) -> Run:
        """`tests`: files to run alone; the whole suite without any. Options that are not known here are left out.

        Raises SandboxError, UntrustedFileError, OSError.
        """
        if stack.kind == "javascript":
            return await self._by_scripts(project, stack, installed, tests)
        run = await self._once(project, _pytest(stack, installed.environment, tests, plain=False), installed)
        if run.done.exit_code == USAGE_ERROR and not run.tests:
            run = await self._once(project, _pytest(stack, installed.environment, tests, plain=True), installed)
        return run

    async def _by_scripts(self, project: Path, stack: Stack, installed: Installed, tests: Sequence[str]) -> Run:
        asked = invocation_of(stack) or Invocation(Runner.NODE)
        known = (*stack.tests, *tests)
        run = await self._once(project, node.command(asked, stack.tests, tests), installed)
        if not run.tests and asked.line and run.done.ending is Ending.EXITED:
            run = await self._once(project, node.command(asked.bare, stack.tests, tests), installed)
        found, failing, problem = of_files((dict(run.tests), run.failing, run.problem), known, tests)
        if not found and run.done.exit_code >= node.TOLD:
            problem = run.done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return Run(run.done, found, failing, problem)

    async def _once(self, project: Path, command: Command, installed: Installed) -> Run:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="suite-", dir=self._scratch))
        try:
            workspace = folder / "project"
            await asyncio.to_thread(copy_tree, project, workspace)
            script = command.argv[0] == "sh"
            limits = replace(self._limits, address_bytes=NODE_ADDRESS_BYTES if script else None)
            within = Confinement(workspace=workspace, environment=installed.environment, limits=limits)
            done = await self._executor.run(command, within)
            found, failing, problem = await asyncio.to_thread(cases_of, workspace)
            return Run(done, found, failing, problem)
        finally:
            await asyncio.to_thread(remove_tree, folder)


def invocation_of(stack: Stack) -> Invocation | None:
    return invocation(stack.scripts, [row.name for row in stack.dependencies], stack.tests)


def paths_of(stack: Stack) -> list[str]:
    """Folders that a Python project is imported from."""
    return ["src", "."] if any(package.startswith("src/") for package in stack.packages) else ["."]


def variables_of(stack: Stack) -> dict[str, str]:
    if stack.kind != "python":
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ":".join(f"/work/{path}" for path in paths_of(stack))}


def _pytest(stack: Stack, environment: Environment | None, tests: Sequence[str], *, plain: bool) -> Command:
    order = {
        "reports": REPORTS,
        "path": paths_of(stack),
        "name": re.sub(r"[^A-Za-z0-9._-]", "", stack.name) or "project",
        "version": re.sub(r"[^A-Za-z0-9.+!]", "", stack.version) or "0.0.0",
        "plain": plain,
        "tests": list(tests),
    }
    driver = files("tools.testing").joinpath("baseline_driver.py").read_text()
    python = "python3" if environment is None else str(environment.bin / "python")
    return Command(argv=(python, "-c", driver, json.dumps(order)), env=variables_of(stack))


__all__ = ["LIMITS", "ForeignTests", "Installed", "Run", "invocation_of", "variables_of"]
