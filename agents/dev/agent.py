"""Dev writes the application that the plan asks for, as one commit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from memory.code import MAIN, SCAFFOLD, CodeStore
from memory.records.spec import AppSpec
from tools.scaffold.interface import Scaffold


@dataclass(frozen=True)
class DevInput:
    project_id: str
    spec: AppSpec
    template: str
    workspace: Path
    """An empty place for the tree; it need not exist."""
    at: datetime
    """The commit's time: the run's, so that a repeated step gives the same commit."""


@dataclass(frozen=True)
class DevDeps:
    scaffold: Scaffold
    code: CodeStore


@dataclass(frozen=True)
class DevOutput:
    commit: str
    files: tuple[str, ...]


async def run(input: DevInput, deps: DevDeps) -> DevOutput:
    """Idempotent. Raises ScaffoldError where the template cannot do the plan."""
    return await asyncio.to_thread(_written, input, deps)


def _written(input: DevInput, deps: DevDeps) -> DevOutput:
    files = deps.scaffold.render(input.spec, input.template, input.workspace)
    deps.code.create(input.project_id)
    message = f"Start {input.spec.title}\n\n{input.spec.description}"
    commit = deps.code.commit(input.project_id, input.workspace, message, input.at)
    for ref in (SCAFFOLD, MAIN):
        deps.code.set_ref(input.project_id, ref, commit)
    return DevOutput(commit, files)


__all__ = ["DevDeps", "DevInput", "DevOutput", "run"]
