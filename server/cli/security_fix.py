"""`softwright security PATH --fix`: edits by machine, each kept only if the folder's own tests end as they did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from memory.records.execution import Executor, Limits, SandboxError
from memory.records.imported import BaselineState, TestOutcome
from memory.records.manifest import MANIFEST_NAME
from memory.records.report import CheckOutcome
from memory.settings import load_settings
from server.cli.errors import FAILED, CommandError
from server.cli.screen import result, say
from tools.importing.stack import read_stack
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.sandbox.npm import NpmEnvironments
from tools.sandbox.resolving import UvResolver
from tools.security.code_scanner import CodeScanner
from tools.security.folder import manifest_of
from tools.security.hardening.folder import harden_folder
from tools.security.hardening.interface import Outcome, Tests
from tools.security.hardening.proposing import Proposing
from tools.security.interface import ScannerOutputError
from tools.security.interpreter import running_environment
from tools.testing.baseline import BaselineRunner
from tools.testing.pytest_runner import PytestRunner

Passed = Callable[[Path], Awaitable[tuple[frozenset[str] | None, str]]]
"""The tests that passed, or None and why there is nothing to go by."""


def fix(folder: Path, limits: Limits) -> list[Outcome]:
    """Raises CommandError."""
    try:
        return asyncio.run(_fixed(folder, limits))
    except (SandboxError, ScannerOutputError) as error:
        raise CommandError(f"nothing was mended: {error}", FAILED) from error


async def _fixed(folder: Path, limits: Limits) -> list[Outcome]:
    sandbox, environment = BubblewrapSandbox(), running_environment()
    scanner = CodeScanner(sandbox, environment, limits=limits)
    tests = as_good_as_before(_runner(folder, sandbox))
    return await harden_folder(folder, scanner, Proposing(sandbox, environment), tests, datetime.now(UTC).date())


def _runner(folder: Path, sandbox: Executor) -> Passed:
    """The suite by the project's manifest; without one, as far as the folder tells how it is run."""
    environments = UvEnvironments(load_settings().environments, sandbox)
    if (folder / MANIFEST_NAME).is_file():
        suite = PytestRunner(sandbox, environments)

        async def by_manifest(tree: Path) -> tuple[frozenset[str] | None, str]:
            check = await suite.run(tree, manifest_of(tree))
            return (frozenset(), "") if check.outcome is CheckOutcome.PASSED else (None, check.summary)

        return by_manifest
    home = load_settings().environments
    scripts = NpmEnvironments(home / "npm", sandbox)
    baseline = BaselineRunner(sandbox, environments, UvResolver(home, sandbox), scripts)

    async def as_imported(tree: Path) -> tuple[frozenset[str] | None, str]:
        made = await baseline.run(tree, await asyncio.to_thread(read_stack, tree))
        passed = {name for name, end in made.tests.items() if end is TestOutcome.PASSED and name not in made.flaky}
        ran = made.state is BaselineState.RAN and passed
        return (frozenset(passed), "") if ran else (None, f"{made.state.value}: {made.summary}")

    return as_imported


def as_good_as_before(passed: Passed) -> Tests:
    """What passed when it was asked first, before any edit, has to pass ever after."""
    known: list[frozenset[str]] = []

    async def tests(tree: Path) -> str:
        found, reason = await passed(tree)
        if found is None:
            return f"the tests do not pass with it: {reason}" if known else f"no test could prove it ({reason})"
        known.append(found)
        red = sorted(known[0] - found)
        return f"it turns tests red: {', '.join(red[:5])}" if red else ""

    return tests


def show(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        proposal = outcome.proposal
        place = f"{proposal.file}:{proposal.line} {proposal.rule}"
        if outcome.applied:
            result(f"mended: {place}: {proposal.title}" + (f" ({outcome.commit[:10]})" if outcome.commit else ""))
        else:
            result(f"to be done: {place}: {proposal.title}. {outcome.reason}\n{proposal.diff}")
    if not outcomes:
        say("nothing here can be mended by machine")


__all__ = ["as_good_as_before", "fix", "show"]
