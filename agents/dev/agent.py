"""Dev writes the application that the plan asks for: the skeleton from a template, the rest with a model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agents.dev.delta import DeltaInput, system_text, task_text
from agents.dev.foreign import ForeignInput, prompts
from agents.loop.loop import run_loop
from agents.loop.records import LoopDeps, LoopOutcome, LoopTask
from memory.code import MAIN, SCAFFOLD, CodeStore
from memory.records.model import Role
from memory.records.plan import Plan
from memory.records.report import QaReport
from tools.scaffold.interface import Scaffold

LARGEST_SHOWN = 200_000
"""Bytes of a file that the model may be shown."""


@dataclass(frozen=True)
class SkeletonInput:
    project_id: str
    plan: Plan
    template: str
    workspace: Path
    """An empty place for the tree; it need not exist."""
    at: datetime
    """The commits' time: the run's, so that a repeated step gives the same ones."""
    tests: Mapping[str, str]
    """Acceptance tests of what the template does not do: path → source."""


@dataclass(frozen=True)
class Skeleton:
    commit: str
    """What the template gave."""
    with_tests: str
    """The same with the acceptance tests, which fail until the delta is written."""
    files: tuple[str, ...]


@dataclass(frozen=True)
class DeltaTask:
    project_id: str
    plan: Plan
    base: str
    """The commit to work on."""
    round: int
    at: datetime
    report: QaReport | None = None
    """QA's on `base`; None in the first round."""
    deployed: bool = False
    """Its tables are in use: they change by new migrations only."""
    moves: int = 0
    """Times that people pushed meanwhile: the work on another base is another loop."""
    foreign: str | None = None
    """Facts about a project that was imported; None for what a template began."""


@dataclass(frozen=True)
class Delta:
    commit: str
    outcome: LoopOutcome


async def write_skeleton(input: SkeletonInput, scaffold: Scaffold, code: CodeStore) -> Skeleton:
    """Idempotent. Raises ScaffoldError where the template cannot do the plan."""
    return await asyncio.to_thread(_skeleton, input, scaffold, code)


def _skeleton(input: SkeletonInput, scaffold: Scaffold, code: CodeStore) -> Skeleton:
    spec = input.plan.spec
    files = scaffold.render(spec, input.template, input.workspace)
    code.create(input.project_id)
    commit = code.commit(input.project_id, input.workspace, f"Start {spec.title}\n\n{spec.description}", input.at)
    for ref in (SCAFFOLD, MAIN):
        code.set_ref(input.project_id, ref, commit)
    if not input.tests:
        return Skeleton(commit, commit, files)
    titles = [task.title for task in input.plan.tasks]
    added = AddedTests(input.project_id, commit, input.tests, titles, input.at)
    return Skeleton(commit, _add_tests(added, input.workspace, code), files)


@dataclass(frozen=True)
class AddedTests:
    project_id: str
    base: str
    files: Mapping[str, str]
    titles: Sequence[str]
    at: datetime


async def add_tests(input: AddedTests, workspace: Path, code: CodeStore) -> str:
    """The commit of the tests on `base`; `workspace` is an empty place, which need not exist."""

    def added() -> str:
        code.check_out(input.project_id, input.base, workspace)
        return _add_tests(input, workspace, code)

    return await asyncio.to_thread(added) if input.files else input.base


def _add_tests(input: AddedTests, tree: Path, code: CodeStore) -> str:
    for path, source in input.files.items():
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source)
    message = "Tests of what was asked\n\n" + "\n".join(input.titles)
    written = code.write_tree(input.project_id, tree)
    return code.commit_tree(input.project_id, written, message, input.at, [input.base])


async def write_delta(task: DeltaTask, deps: LoopDeps, code: CodeStore) -> Delta:
    """What the loop reached, as a commit on `base`. No ref is moved: whether it is right is for QA to say.

    Durable: the turns that were recorded are not made again. Raises what `run_loop` raises.
    """
    system, text = await asyncio.to_thread(_prompt, task, code)
    prefix = f"dev/{task.round}" + (f"/onto/{task.moves}" if task.moves else "")
    loop = LoopTask(prefix=prefix, role=Role.DEV, system=system, task=text, base=task.base)
    outcome = await run_loop(loop, deps)
    subject = "Mend what QA found" if task.report else "; ".join(t.title for t in task.plan.tasks)[:200] or "Changes"
    message = f"{subject}\n\n{outcome.summary}".strip()
    commit = await asyncio.to_thread(code.commit_tree, task.project_id, outcome.tree, message, task.at, [task.base])
    return Delta(commit, outcome)


def _prompt(task: DeltaTask, code: CodeStore) -> tuple[str, str]:
    files = texts_of(code, task.project_id, task.base)
    if task.foreign is not None:
        return prompts(ForeignInput(task.plan, task.foreign, files, task.report))
    input = DeltaInput(task.plan, files, task.report, deployed=task.deployed)
    return system_text(deployed=task.deployed), task_text(input)


def texts_of(code: CodeStore, project_id: str, commit: str) -> dict[str, str]:
    """Path → text of a commit's files; what is no text or too large is left out."""
    entries = code.entries(project_id, commit)
    contents = code.blobs(project_id, [entry.id for entry in entries.values()])
    found = {}
    for path, content in zip(entries, contents, strict=True):
        if len(content) <= LARGEST_SHOWN and b"\0" not in content:
            found[path] = content.decode("utf-8", "replace")
    return found


__all__ = [
    "AddedTests",
    "Delta",
    "DeltaTask",
    "Skeleton",
    "SkeletonInput",
    "add_tests",
    "texts_of",
    "write_delta",
    "write_skeleton",
]
