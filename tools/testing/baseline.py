"""How the suite of an imported project ends as it came: test by test, twice, so that those that vary are named."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from memory.records.execution import (
    Command,
    Completed,
    Confinement,
    Ending,
    Environment,
    EnvironmentProvider,
    ExecutionCancelled,
    Executor,
    InstallFailed,
    Limits,
    Resolver,
    SandboxError,
)
from memory.records.imported import Baseline, BaselineState, Stack, TestOutcome
from memory.untrusted_files import UntrustedFileError, read_untrusted, remove_tree
from tools.testing.baseline_driver import USAGE_ERROR
from tools.testing.junit import test_name
from tools.testing.pytest_runner import REPORT_BYTES, REPORTS, copy_tree
from tools.testing.verdict import excerpt

GROUPS = ("dev", "test", "tests", "testing")
AGAIN_WITHIN_S = 120.0
"""A suite that takes longer is not run a second time."""
LIMITS = Limits(wall_s=600.0, cpu_s=900, memory_bytes=4 << 30, processes=256, open_files=1024)


class BaselineRunner:
    def __init__(
        self,
        executor: Executor,
        environments: EnvironmentProvider,
        resolver: Resolver,
        *,
        limits: Limits = LIMITS,
        scratch: Path | None = None,
    ) -> None:
        self._executor = executor
        self._environments = environments
        self._resolver = resolver
        self._limits = limits
        self._scratch = scratch

    async def run(self, project: Path, stack: Stack) -> Baseline:
        """Raises only ExecutionCancelled: whatever goes wrong is the baseline."""
        if stack.kind != "python":
            reason = f"a {stack.kind} project: its tests are not run by this version"
            return Baseline(state=BaselineState.NOT_RUN, summary=reason)
        if not stack.tests:
            return Baseline(state=BaselineState.NO_TESTS, summary="no test file was found")
        try:
            environment, groups, left_out = await self._installed(stack)
            return await self._twice(project, stack, environment, groups, left_out)
        except ExecutionCancelled:
            raise
        except InstallFailed as error:
            return Baseline(state=BaselineState.NOT_INSTALLED, summary=f"the dependencies: {error}"[:2000])
        except (SandboxError, UntrustedFileError, OSError, shutil.Error) as error:
            return Baseline(state=BaselineState.NOT_RUN, summary=f"the tests could not be run: {error}"[:2000])

    async def _installed(self, stack: Stack) -> tuple[Environment, tuple[str, ...], str]:
        """With the groups for tests; where these cannot be had, with pytest alone, and that is said."""
        declared = {row.group for row in stack.dependencies}
        groups = tuple(name for name in GROUPS if name in declared)
        try:
            return await self._environment(stack, ("", *groups)), groups, ""
        except InstallFailed as error:
            if not groups:
                raise
            environment = await self._environment(stack, ("",))
            return environment, (), f"; without {', '.join(groups)}: {error}"[:600]

    async def _environment(self, stack: Stack, groups: tuple[str, ...]) -> Environment:
        wanted = [row.required or row.name for row in stack.dependencies if row.group in groups]
        pins = {row.name: row.pinned for row in stack.dependencies if row.pinned and row.group in groups}
        own = re.sub(r"[-_.]+", "-", stack.name).lower()
        wanted = [word for word in wanted if not re.match(rf"{re.escape(own)}\b(?!-)", word.lower()) or not own]
        lock = await self._resolver.resolve([*wanted, "pytest"], pins)
        return await self._environments.provide(lock)

    async def _twice(
        self, project: Path, stack: Stack, environment: Environment, groups: tuple[str, ...], left_out: str
    ) -> Baseline:
        began = time.monotonic()
        plain = False
        first = await self._once(project, stack, environment, plain=plain)
        if first.done.exit_code == USAGE_ERROR and not first.tests:
            plain = True
            first = await self._once(project, stack, environment, plain=plain)
        took = time.monotonic() - began
        second = first
        if first.tests and took < AGAIN_WITHIN_S:
            second = await self._once(project, stack, environment, plain=plain)
        flaky = sorted(name for name, how in first.tests.items() if second.tests.get(name, how) is not how)
        ran = bool(first.tests)
        baseline = Baseline(
            state=BaselineState.RAN if ran else BaselineState.NOT_RUN,
            summary="",
            tests=first.tests,
            flaky=tuple(flaky),
            runs=1 if second is first else 2,
            exit_code=first.done.exit_code,
            duration_s=round(first.done.duration_s, 2),
            groups=groups,
            output=excerpt(first.done.stdout, first.done.stderr),
        )
        return baseline.model_copy(update={"summary": _summary(baseline, first) + left_out})

    async def _once(self, project: Path, stack: Stack, environment: Environment, *, plain: bool) -> Run:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="baseline-", dir=self._scratch))
        try:
            workspace = folder / "project"
            await asyncio.to_thread(copy_tree, project, workspace)
            confinement = Confinement(workspace=workspace, environment=environment, limits=self._limits)
            done = await self._executor.run(_command(stack, environment, plain=plain), confinement)
            tests, problem = await asyncio.to_thread(_read, workspace)
            return Run(done, tests, problem)
        finally:
            await asyncio.to_thread(remove_tree, folder)


@dataclass(frozen=True)
class Run:
    done: Completed
    tests: dict[str, TestOutcome]
    problem: str


def _command(stack: Stack, environment: Environment, *, plain: bool) -> Command:
    source = any(package.startswith("src/") for package in stack.packages)
    path = ["src", "."] if source else ["."]
    order = {
        "reports": REPORTS,
        "path": path,
        "name": re.sub(r"[^A-Za-z0-9._-]", "", stack.name) or "project",
        "version": re.sub(r"[^A-Za-z0-9.+!]", "", stack.version) or "0.0.0",
        "plain": plain,
        "tests": [],
    }
    driver = files("tools.testing").joinpath("baseline_driver.py").read_text()
    variables = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ":".join(f"/work/{p}" for p in path)}
    return Command(argv=(str(environment.bin / "python"), "-c", driver, json.dumps(order)), env=variables)


def _read(workspace: Path) -> tuple[dict[str, TestOutcome], str]:
    try:
        root = fromstring(read_untrusted(workspace, f"{REPORTS}/junit.xml", REPORT_BYTES), forbid_dtd=True)
    except (UntrustedFileError, ParseError, DefusedXmlException, ValueError) as error:
        return {}, str(error)
    found: dict[str, TestOutcome] = {}
    for case in root.iter("testcase"):
        kinds: Mapping[str, TestOutcome] = {
            "error": TestOutcome.ERROR,
            "failure": TestOutcome.FAILED,
            "skipped": TestOutcome.SKIPPED,
        }
        outcome = next((how for tag, how in kinds.items() if case.find(tag) is not None), TestOutcome.PASSED)
        name = test_name(case)
        if found.get(name) not in (TestOutcome.ERROR, TestOutcome.FAILED):
            found[name] = outcome
    return found, ""


def _summary(baseline: Baseline, run: Run) -> str:
    if run.done.ending is not Ending.EXITED:
        return f"the test run was stopped: {run.done.reason or run.done.ending.value}"
    if not baseline.tests:
        return f"pytest ended with code {run.done.exit_code} and named no test ({run.problem or 'none collected'})"
    counts = [f"{number} {how.value}" for how in TestOutcome if (number := baseline.count(how))]
    return ", ".join(counts) + (f"; {len(baseline.flaky)} vary from run to run" if baseline.flaky else "")


__all__ = ["BaselineRunner"]
