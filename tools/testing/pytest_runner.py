"""Runs a project's pytest suite with coverage in the sandbox."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from memory.records.execution import (
    Command,
    Completed,
    Confinement,
    Environment,
    EnvironmentProvider,
    ExecutionCancelled,
    Executor,
    InstallFailed,
    Limits,
    SandboxError,
)
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome
from memory.untrusted_files import UntrustedFileError, read_untrusted, relative_parts, remove_tree
from tools.testing.coverage_report import parse_coverage
from tools.testing.interface import TESTS_CHECK, ReportUnreadable, SuiteRunner, Witness
from tools.testing.junit import parse_junit
from tools.testing.requests_report import parse_requests
from tools.testing.verdict import SuiteRun, to_check

logger = logging.getLogger("softwright.tests")
REPORTS = ".softwright-reports"
LOCK_BYTES = 5 << 20
REPORT_BYTES = 20 << 20
SUITE_LIMITS = Limits(wall_s=300.0, cpu_s=300, memory_bytes=2 << 30, processes=128)

Parsed = TypeVar("Parsed")


class PytestRunner(SuiteRunner):
    def __init__(
        self,
        executor: Executor,
        environments: EnvironmentProvider,
        *,
        limits: Limits = SUITE_LIMITS,
        given: Environment | None = None,
        scratch: Path | None = None,
    ) -> None:
        """`given`: what suites run in, whatever the lock file says. `scratch`: the folder for the copies that they run
        in; the system's temporary folder without one."""
        self._executor = executor
        self._environments = environments
        self._limits = limits
        self._given = given
        self._scratch = scratch

    async def run(self, project: Path, manifest: Manifest) -> Check:
        """Builds the environment that the application will be served in meanwhile: it is what comes next."""
        serving = asyncio.create_task(self._prepare_serving(project, manifest))
        try:
            check = await self._tested(project, manifest)
            if check.outcome is CheckOutcome.PASSED:
                await serving
            return check
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    async def _prepare_serving(self, project: Path, manifest: Manifest) -> None:
        try:
            await self._environment(project, manifest.lock)
        except (SandboxError, UntrustedFileError, OSError) as error:
            logger.info("the environment to serve in is not ready yet, a deploy will say why: %s", error)

    async def _environment(self, project: Path, lock: str) -> Environment:
        if self._given is not None:
            return self._given
        return await self._environments.provide(await asyncio.to_thread(read_untrusted, project, lock, LOCK_BYTES))

    async def _tested(self, project: Path, manifest: Manifest) -> Check:
        started = time.monotonic()
        try:
            environment = await self._environment(project, manifest.test_lock)
            witness = Witness(f"softwright_{secrets.token_hex(8)}", secrets.token_hex(8))
            command = suite_command(manifest, environment, witness)
            run = await self._run_in_copy(project, command, environment, witness)
        except ExecutionCancelled:
            raise
        except InstallFailed as error:
            return _not_made(f"the test environment could not be installed: {error}", started)
        except (SandboxError, UntrustedFileError, OSError, shutil.Error) as error:
            return _not_made(f"the tests could not be run: {error}", started)
        shown = (*command.argv[:2], "<driver>", command.argv[3], "<plugin>")
        return to_check(run, shown, time.monotonic() - started)

    async def _run_in_copy(
        self, project: Path, command: Command, environment: Environment, witness: Witness
    ) -> SuiteRun:
        """The suite may write where it likes in its copy: what scanners and Ops read stays the commit's tree."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="suite-", dir=self._scratch))
        try:
            workspace = folder / "project"
            await asyncio.to_thread(copy_tree, project, workspace)
            confinement = Confinement(workspace=workspace, environment=environment, limits=self._limits)
            completed = await self._executor.run(command, confinement)
            return await asyncio.to_thread(read_reports, completed, workspace, witness)
        finally:
            await asyncio.to_thread(remove_tree, folder)


def suite_command(manifest: Manifest, environment: Environment, witness: Witness) -> Command:
    """Raises UntrustedFileError where the manifest names paths that leave the project."""
    for path in (manifest.tests, *manifest.packages):
        relative_parts(path)
    driver = files("tools.testing").joinpath("pytest_driver.py").read_text()
    plugin = files("tools.testing").joinpath("requests_plugin.py").read_text()
    order = {
        "reports": REPORTS,
        "packages": list(manifest.packages),
        "tests": manifest.tests,
        "witness": [witness.name, witness.reason],
    }
    return Command(
        argv=(str(environment.bin / "python"), "-c", driver, json.dumps(order), plugin),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    )


def copy_tree(project: Path, workspace: Path) -> None:
    shutil.copytree(project, workspace, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    # A committed folder of that name would be taken for the run's own report.
    own = workspace / REPORTS
    if own.is_symlink() or own.is_file():
        own.unlink()
    elif own.exists():
        shutil.rmtree(own)


def read_reports(completed: Completed, workspace: Path, witness: Witness) -> SuiteRun:
    suite, suite_problem = _read(workspace, "junit.xml", lambda content: parse_junit(content, witness))
    coverage, coverage_problem = _read(workspace, "coverage.json", parse_coverage)
    requests, requests_problem = _read(workspace, "requests.json", parse_requests)
    return SuiteRun(completed, suite, suite_problem, coverage, coverage_problem, requests, requests_problem)


def _read(workspace: Path, name: str, parse: Callable[[bytes], Parsed]) -> tuple[Parsed | None, str]:
    try:
        return parse(read_untrusted(workspace, f"{REPORTS}/{name}", REPORT_BYTES)), ""
    except (UntrustedFileError, ReportUnreadable) as error:
        return None, str(error)


def _not_made(reason: str, started: float) -> Check:
    return Check(
        name=TESTS_CHECK,
        outcome=CheckOutcome.UNAVAILABLE,
        summary=reason,
        duration_s=round(time.monotonic() - started, 3),
    )


__all__ = ["PytestRunner"]
