"""An import's steps: Dev takes the code in as it is, QA finds out what it is and how its own tests end."""

from __future__ import annotations

import asyncio
from pathlib import Path

from graph.steps.common import Step, StepResult, failed
from memory.code import MAIN, CodeError
from memory.repositories.code_index import CodeIndexes
from memory.scratch import scratch_folder
from memory.uploads import Uploads
from tools.importing.archive import unpack
from tools.importing.git_source import address_of, clone
from tools.importing.interface import ImportRefused
from tools.importing.overview import overview
from tools.importing.stack import read_stack
from tools.iterator.index import Index
from tools.iterator.interface import IteratorError
from tools.iterator.sources import GitSource


async def take_in(step: Step) -> StepResult:
    """A repeated step finds the code that it took in before it died."""
    deps, project = step.deps, step.project_id
    await asyncio.to_thread(deps.code.create, project)
    commit = await asyncio.to_thread(deps.code.resolve, project, MAIN)
    try:
        if commit is None:
            async with scratch_folder(deps.settings.workspaces) as scratch:
                commit = await _taken(step, scratch)
        await asyncio.to_thread(deps.code.entries, project, commit)
    except (ImportRefused, CodeError, OSError) as error:
        return failed(f"the import was refused: {error}")
    return StepResult(update={"commit": commit, "rounds": 1}, evidence={"commit": commit})


async def _taken(step: Step, scratch: Path) -> str:
    deps, upload = step.deps, Uploads(step.deps.settings.uploads).path(step.asked["upload"])
    if step.asked["kind"] == "archive":
        root = await asyncio.to_thread(unpack, upload, scratch / "tree")
        message = f"Import {step.asked['source']}"
        commit = await asyncio.to_thread(deps.code.commit, step.project_id, root, message, step.run["created_at"])
        await asyncio.to_thread(deps.code.set_ref, step.project_id, MAIN, commit)
        return commit
    address = address_of(await asyncio.to_thread(upload.read_text), deps.settings.import_protocols)
    await clone(address, scratch / "clone", home=scratch)
    return await asyncio.to_thread(deps.code.adopt, step.project_id, scratch / "clone")


async def find_baseline(step: Step) -> StepResult:
    """Whatever its tests say, the import has succeeded: that is where changes start from."""
    deps, commit = step.deps, step.state["commit"]
    async with scratch_folder(deps.settings.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(deps.code.check_out, step.project_id, commit, tree)
        stack = await asyncio.to_thread(read_stack, tree)
        baseline = await deps.baseline.run(tree, stack)
    if (problem := await _indexed(step, commit)) is not None:
        stack = stack.model_copy(update={"notes": (*stack.notes, problem)})
    text = overview(stack, baseline)
    await deps.store.save_import(step.project_id, commit, step.asked["source"], stack, baseline, text)
    await asyncio.to_thread(Uploads(deps.settings.uploads).forget, step.asked["upload"])
    evidence = {"state": baseline.state.value, "summary": baseline.summary, "notes": list(stack.notes)}
    return StepResult(update={"qa_passed": True, "error": ""}, evidence=evidence)


async def _indexed(step: Step, commit: str) -> str | None:
    folder = step.deps.settings.repositories / f"{step.project_id}.git"
    try:
        source = await asyncio.to_thread(GitSource, folder, commit, step.project_id)
        await Index(CodeIndexes(step.deps.pool)).at(source)
    except IteratorError as error:
        return f"not indexed: {error}"
    return None


__all__ = ["find_baseline", "take_in"]
