"""What the steps of a change know of a project that was imported: its stack, and how its tests ended before."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from agents.qa import foreign as qa
from agents.qa.regression import CHECK
from graph.steps.common import Step
from memory.ledger import RunLedger
from memory.records.execution import NODE_ADDRESS_BYTES, Environment
from memory.records.imported import NAMING, Baseline, BaselineState, Stack
from memory.records.report import Check
from memory.records.spec import AppSpec
from memory.scratch import scratch_folder
from tools.importing.stack import read_stack
from tools.testing.foreign import variables_of
from tools.testing.foreign_suite import BAD, Expected, ForeignSuite
from tools.workspace.commands import Foreign as Commands

SHOWN = 20


@dataclass(frozen=True)
class Foreign:
    stack: Stack
    baseline: Baseline
    """At the commit that the change starts from."""
    overview: str

    @property
    def facts(self) -> str:
        """For a prompt: what it is made of, and how its tests are run and end."""
        stack, baseline = self.stack, self.baseline
        bad = [name for name, how in baseline.tests.items() if how in BAD][:SHOWN]
        lines = [
            f"{stack.name} {stack.version}".strip(),
            f"languages: {', '.join(f'{name} ({count} files)' for name, count in stack.languages.items())}",
            f"packages: {', '.join(stack.packages[:SHOWN])}" if stack.packages else "",
            f"needs Python {stack.requires_python}" if stack.requires_python else "",
            f"frameworks: {', '.join(stack.frameworks)}" if stack.frameworks else "",
            f"tests: {len(stack.tests)} files; {baseline.state.value}: {baseline.summary}",
            f"fail before any change: {', '.join(bad)}" if bad else "",
        ]
        return "\n".join(line for line in lines if line)

    @property
    def spec(self) -> AppSpec:
        """No template knows it: a name, and nothing that could be rendered."""
        return spec_of(self.stack)


def spec_of(stack: Stack) -> AppSpec:
    title = stack.name or "Imported project"
    name = "".join(char if char.isascii() and char.isalnum() else "_" for char in title.lower()).strip("_")[:60]
    named = name if name and name[0].isalpha() else f"project_{name}".rstrip("_")
    return AppSpec(name=named, title=title, description=f"An imported {stack.kind} project.", kind="imported")


async def is_foreign(step: Step) -> bool:
    return await step.deps.store.import_of(step.project_id) is not None


async def foreign_at(step: Step, commit: str) -> Foreign | None:
    """None for what a template made. The baseline is the import's, or made once where the project has moved on."""
    row = await step.deps.store.import_of(step.project_id)
    if row is None:
        return None
    stack, baseline = Stack.model_validate(row["stack"]), Baseline.model_validate(row["baseline"])
    if row["commit"] == commit and (baseline.naming == NAMING or not baseline.tests):
        return Foreign(stack, baseline, row["overview"])
    once = RunLedger(step.deps.pool, step.run_id)
    async with scratch_folder(step.deps.settings.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(step.deps.code.check_out, step.project_id, commit, tree)
        stack = await asyncio.to_thread(read_stack, tree)
        key = f"qa/{commit}/baseline"
        baseline = await once.once(key, lambda: step.deps.baseline.run(tree, stack), Baseline)
    return Foreign(stack, baseline, row["overview"])


def suite_of(step: Step, foreign: Foreign | None) -> ForeignSuite:
    """Knowing of nothing, every failure counts."""
    expected = Expected() if foreign is None else Expected.of(foreign.baseline)
    return ForeignSuite(step.deps.baseline.tests, read_stack, expected)


def commands_of(step: Step, foreign: Foreign) -> Commands:
    """Commands run in what the suite runs in."""

    async def installed(project: Path) -> Environment | None:
        return (await step.deps.baseline.tests.installed(project, foreign.stack)).environment

    script = foreign.stack.kind == "javascript"
    return Commands(installed, variables_of(foreign.stack), NODE_ADDRESS_BYTES if script else None)


async def known_before(step: Step) -> Foreign | None:
    """Of the commit that a change starts from, or that a rollback goes to."""
    row = await step.deps.store.modification_of(step.run_id)
    at = step.asked["to"] if step.state.get("intent") == "rollback" else row["base_commit"]
    return None if at is None else await foreign_at(step, at)


async def regression(step: Step, commit: str, foreign: Foreign) -> Check:
    row, plan = await step.deps.store.modification_of(step.run_id), await step.deps.store.plan(step.run_id)
    affected = tuple((row["impact_analysis"] or {}).get("tests", ()))
    if foreign.baseline.state is BaselineState.NO_TESTS:
        affected = ()
    input = qa.ForeignInput(
        step.project_id, plan, row["base_commit"], commit, foreign.stack, foreign.baseline, affected
    )
    async with scratch_folder(step.deps.settings.workspaces) as scratch:
        trees = qa.Trees(scratch / "changed", scratch / "before")
        made = await qa.run(input, trees, step.deps.code, suite_of(step, foreign), suite_of(step, None))
    return made.model_copy(update={"name": CHECK})


__all__ = ["Foreign", "commands_of", "foreign_at", "is_foreign", "known_before", "regression", "spec_of", "suite_of"]
