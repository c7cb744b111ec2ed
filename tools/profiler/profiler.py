"""Measures the application of a folder in the sandbox: under a load, over its suite, its bundles."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from memory.records.execution import (
    Command,
    Completed,
    Confinement,
    Ending,
    Environment,
    Executor,
    Limits,
    SandboxError,
)
from memory.records.manifest import Manifest
from memory.records.performance import PerformanceReport
from memory.untrusted_files import UntrustedFileError, read_untrusted, remove_tree
from tools.profiler.bundles import bundle_findings, bundles_of
from tools.profiler.command import LIMITS, REPORTS, load_command, our_mounts, suite_command, variables_of
from tools.profiler.comparing import compare
from tools.profiler.finding_apps import find_target, python_files
from tools.profiler.interface import Load, ProfilerError, RawReport, Sources
from tools.profiler.judging import report_of
from tools.profiler.suites import suite_figures

REPORT_BYTES = 20 << 20
WORDS = 1200
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "venv", "__pycache__", "node_modules", ".mypy_cache", REPORTS)


class Profiler:
    def __init__(
        self,
        executor: Executor,
        *,
        limits: Limits = LIMITS,
        load: Load = Load(),  # noqa: B008 - frozen
        scratch: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._executor = executor
        self._limits = limits
        self._load = load
        self._scratch = scratch
        self._now = now

    async def measure(
        self,
        project: Path,
        manifest: Manifest,
        environment: Environment,
        *,
        app: str = "",
        suite: Environment | None = None,
    ) -> PerformanceReport:
        """`suite`: an environment with pytest, where the test suite is to be profiled too.

        What cannot be measured is the report's outcome. Raises ExecutionCancelled.
        """
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="profile-", dir=self._scratch))
        try:
            tree = folder / "project"
            await asyncio.to_thread(shutil.copytree, project, tree, symlinks=True, ignore=LEFT_OUT)
            return await self._measured(tree, manifest, environment, app, suite)
        except (ProfilerError, SandboxError, UntrustedFileError, OSError) as error:
            return PerformanceReport(outcome="unavailable", summary=str(error)[:WORDS], made_at=self._now())
        finally:
            await asyncio.to_thread(remove_tree, folder)

    async def _measured(
        self, tree: Path, manifest: Manifest, environment: Environment, app: str, suite: Environment | None
    ) -> PerformanceReport:
        target = await asyncio.to_thread(find_target, tree, manifest, app)
        target = replace(target, variables={**variables_of(manifest), **target.variables})
        files = await asyncio.to_thread(python_files, tree)
        done = await self._run(tree, environment, load_command(target, environment, self._load))
        raw = await asyncio.to_thread(_read, tree, done)
        report = await asyncio.to_thread(report_of, raw, Sources(tree), files, self._now())
        told: dict[str, Any] = {}
        if suite is not None:
            tested = await self._run(tree, suite, suite_command(target, manifest, suite))
            told = await asyncio.to_thread(suite_figures, tree, tested)
        bundles = await asyncio.to_thread(bundles_of, tree)
        evidence = {**report.evidence, "limits_active": list(done.limits_active), "run_s": round(done.duration_s, 2)}
        found = (*report.findings, *bundle_findings(bundles))
        update = {"suite": told, "bundles": bundles, "evidence": {**evidence, "app": target.asgi}, "findings": found}
        return report.model_copy(update=update)

    async def _run(self, tree: Path, environment: Environment, command: Command) -> Completed:
        within = Confinement(workspace=tree, environment=environment, mounts=our_mounts(), limits=self._limits)
        return await self._executor.run(command, within)

    async def measure_both(
        self, before: Path, after: Path, manifest: Manifest, environment: Environment, *, app: str = ""
    ) -> PerformanceReport:
        """The report of `after`, compared with `before`, which is measured in the same minutes."""
        first = await self.measure(before, manifest, environment, app=app)
        second = await self.measure(after, manifest, environment, app=app)
        return second.model_copy(update={"compared": compare(first, second)})


def _read(tree: Path, done: Completed) -> RawReport:
    """Raises ProfilerError where the run left nothing that can be believed."""
    try:
        return RawReport.model_validate_json(read_untrusted(tree, f"{REPORTS}/load.json", REPORT_BYTES))
    except (UntrustedFileError, ValidationError) as error:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        how = done.reason if done.ending is not Ending.EXITED else f"ended with code {done.exit_code}: {said[:WORDS]}"
        raise ProfilerError(f"the application could not be measured: {how or error}") from error


__all__ = ["Profiler"]
