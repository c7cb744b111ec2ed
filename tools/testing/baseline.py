"""How the suite of an imported project ends as it came: test by test, twice, so that those that vary are named."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from memory.records.execution import (
    Ending,
    EnvironmentProvider,
    ExecutionCancelled,
    Executor,
    InstallFailed,
    Limits,
    Resolver,
    SandboxError,
    ScriptPackages,
)
from memory.records.imported import NAMING, Baseline, BaselineState, Stack, TestOutcome
from memory.untrusted_files import UntrustedFileError
from tools.testing.foreign import LIMITS, ForeignTests, Installed, Run, invocation_of
from tools.testing.verdict import excerpt

AGAIN_WITHIN_S = 120.0
"""A suite that takes longer is not run a second time."""


class BaselineRunner:
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
        self.tests = ForeignTests(executor, environments, resolver, scripts, limits=limits, scratch=scratch)

    async def run(self, project: Path, stack: Stack) -> Baseline:
        """Raises only ExecutionCancelled: whatever goes wrong is the baseline."""
        if not stack.tests:
            return Baseline(state=BaselineState.NO_TESTS, summary="no test file was found")
        if (reason := _out_of_reach(stack)) is not None:
            return Baseline(state=BaselineState.NOT_RUN, summary=reason)
        try:
            return await self._twice(project, stack, await self.tests.installed(project, stack))
        except ExecutionCancelled:
            raise
        except InstallFailed as error:
            return Baseline(state=BaselineState.NOT_INSTALLED, summary=f"the dependencies: {error}"[:2000])
        except (SandboxError, UntrustedFileError, OSError, shutil.Error) as error:
            return Baseline(state=BaselineState.NOT_RUN, summary=f"the tests could not be run: {error}"[:2000])

    async def _twice(self, project: Path, stack: Stack, installed: Installed) -> Baseline:
        began = time.monotonic()
        second = first = await self.tests.run(project, stack, installed)
        if first.tests and time.monotonic() - began < AGAIN_WITHIN_S:
            second = await self.tests.run(project, stack, installed)
        flaky = sorted(name for name, how in first.tests.items() if second.tests.get(name, how) is not how)
        baseline = Baseline(
            state=BaselineState.RAN if first.tests else BaselineState.NOT_RUN,
            summary="",
            tests=dict(first.tests),
            flaky=tuple(flaky),
            runs=1 if second is first else 2,
            exit_code=first.done.exit_code,
            duration_s=round(first.done.duration_s, 2),
            groups=installed.groups,
            output=excerpt(first.done.stdout, first.done.stderr),
            naming=NAMING,
        )
        return baseline.model_copy(update={"summary": _summary(baseline, first) + installed.left_out})


def _out_of_reach(stack: Stack) -> str | None:
    """Why the tests are not run; None where they are."""
    if stack.kind == "python":
        return None
    if stack.kind != "javascript":
        return f"a {stack.kind} project: its tests are not run by this version"
    if invocation_of(stack) is None:
        return f"its tests are run by `{stack.test_command[:200]}`: known are vitest, jest, mocha and node's own runner"
    return None


def _summary(baseline: Baseline, run: Run) -> str:
    if run.done.ending is not Ending.EXITED:
        return f"the test run was stopped: {run.done.reason or run.done.ending.value}"
    if not baseline.tests:
        return f"the run ended with code {run.done.exit_code} and named no test ({run.problem or 'none collected'})"
    counts = [f"{number} {how.value}" for how in TestOutcome if (number := baseline.count(how))]
    return ", ".join(counts) + (f"; {len(baseline.flaky)} vary from run to run" if baseline.flaky else "")


__all__ = ["BaselineRunner"]
