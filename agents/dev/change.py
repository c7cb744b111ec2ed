"""Dev changes an application without a model: the template renders it anew, and people's edits are merged into that."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agents.qa.frozen import altered_paths
from agents.testgen.outdated import is_generated, outdated
from memory.code import SCAFFOLD, CodeStore
from memory.records.loop import Changed
from memory.records.plan import Plan
from memory.three_way import Conflict, Merged, three_way
from memory.untrusted_files import remove_tree
from tools.scaffold.interface import Rendered, Scaffold, ScaffoldError

VERSIONS = "migrations/versions/"


@dataclass(frozen=True)
class ChangeInput:
    project_id: str
    plan: Plan
    """With its change."""
    template: str
    base: str
    """The commit that people work on."""
    workspace: Path
    """An empty place; it need not exist."""
    at: datetime
    """The commits' time: the run's, so that a repeated step gives the same ones."""


@dataclass(frozen=True)
class Changes:
    commit: str
    """On `base`; where there are conflicts, with git's marks in the files: for a look only."""
    scaffold: str
    """What the template gives now: the base of the next merge."""
    scaffold_before: str
    files: dict[str, Changed]
    migration: str | None
    conflicts: tuple[Conflict, ...] = ()


async def write_change(input: ChangeInput, scaffold: Scaffold, code: CodeStore) -> Changes:
    """Moves no ref. Raises ScaffoldError where the template cannot do it."""
    return await asyncio.to_thread(_change, input, scaffold, code)


def _change(input: ChangeInput, scaffold: Scaffold, code: CodeStore) -> Changes:
    change = input.plan.change
    old_scaffold = code.resolve(input.project_id, SCAFFOLD)
    if change is None or old_scaffold is None:
        raise ScaffoldError("nothing is known of what the template gave, so nothing can be rendered anew")
    ours = code.contents(input.project_id, input.base)
    versions = {
        path.removeprefix(VERSIONS): content.decode("utf-8", "replace")
        for path, content in ours.items()
        if path.startswith(VERSIONS) and path.endswith(".py")
    }
    rendered = scaffold.render_change(change, input.plan.spec, input.template, versions, input.workspace / "new")
    new_tree = code.write_tree(input.project_id, input.workspace / "new")
    title = "; ".join(change.says)[:200] or "The template as it is now"
    new_scaffold = code.commit_tree(input.project_id, new_tree, f"Template: {title}", input.at, [old_scaffold])
    merged = three_way(
        _moved(code.contents(input.project_id, old_scaffold), rendered),
        _moved(ours, rendered),
        code.contents(input.project_id, new_tree),
    )
    commit = _commit(input, code, merged, rendered, title)
    return Changes(
        commit=commit,
        scaffold=new_scaffold,
        scaffold_before=old_scaffold,
        files=code.diff(input.project_id, input.base, commit),
        migration=rendered.migration,
        conflicts=merged.conflicts,
    )


def _moved(files: dict[str, bytes], rendered: Rendered) -> dict[str, bytes]:
    """Edits of a file that gets another name go with it."""
    return {rendered.moved.get(path, path): content for path, content in files.items()}


def _commit(input: ChangeInput, code: CodeStore, merged: Merged, rendered: Rendered, title: str) -> str:
    folder = input.workspace / "merged"
    code.check_out(input.project_id, input.base, folder)
    for old, new in rendered.moved.items():
        if (folder / old).is_file():
            (folder / new).parent.mkdir(parents=True, exist_ok=True)
            (folder / old).rename(folder / new)
    for path in merged.delete:
        (folder / path).unlink(missing_ok=True)
    for path, content in merged.write.items():
        target = folder / path
        if target.is_dir():
            remove_tree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    _drop_outdated(input, folder, [*merged.write, *merged.delete])
    tree = code.write_tree(input.project_id, folder)
    lines = "\n".join(f"- {line}" for line in input.plan.change.says) if input.plan.change else ""
    return code.commit_tree(input.project_id, tree, f"{title}\n\n{lines}".strip(), input.at, [input.base])


def _drop_outdated(input: ChangeInput, folder: Path, changed: list[str]) -> None:
    """Generated tests of what the change is about go with it; QA generates others where too little is reached."""
    change = input.plan.change
    found = [path for path in (folder / "tests").rglob("*.py") if is_generated(path.name) and path.is_file()]
    if change is None or not found:
        return
    texts = {path.relative_to(folder).as_posix(): path.read_text(errors="replace") for path in found}
    for path, text in outdated(texts, altered_paths(change, input.plan.spec), changed).items():
        if text:
            (folder / path).write_text(text)
        else:
            (folder / path).unlink()


__all__ = ["ChangeInput", "Changes", "write_change"]
