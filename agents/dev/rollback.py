"""The way back, as a commit of its own: one change taken out, or the tree of an earlier commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from memory.code import CodeStore
from memory.three_way import Conflict, three_way


@dataclass(frozen=True)
class RollbackInput:
    project_id: str
    main: str
    target: str
    """The commit to go back to."""
    since: str | None
    """The commit that is taken out: what people did after it stays. None: the target's tree as it was."""
    workspace: Path
    at: datetime
    title: str


@dataclass(frozen=True)
class RolledBack:
    commit: str
    conflicts: tuple[Conflict, ...]


async def roll_back(input: RollbackInput, code: CodeStore) -> RolledBack:
    """On `main`; no ref is moved."""
    return await asyncio.to_thread(_roll_back, input, code)


def _roll_back(input: RollbackInput, code: CodeStore) -> RolledBack:
    project, conflicts = input.project_id, tuple[Conflict, ...]()
    tree = input.target
    if input.since is not None and input.since != input.main:
        base, ours, theirs = (code.contents(project, c) for c in (input.since, input.main, input.target))
        merged = three_way(base, ours, theirs)
        conflicts = merged.conflicts
        code.check_out(project, input.main, input.workspace)
        _apply(input.workspace, merged.write, merged.delete)
        tree = code.write_tree(project, input.workspace)
    else:
        code.check_out(project, tree, input.workspace)
        tree = code.write_tree(project, input.workspace)
    return RolledBack(code.commit_tree(project, tree, input.title, input.at, [input.main]), conflicts)


def _apply(folder: Path, write: Mapping[str, bytes], delete: frozenset[str]) -> None:
    for path in delete:
        (folder / path).unlink(missing_ok=True)
    for path, content in write.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


__all__ = ["RollbackInput", "RolledBack", "roll_back"]
