"""Whether two commits of an application have the same tables, and which way leads from one to the other."""

from __future__ import annotations

import asyncio

from graph.steps.common import Step
from memory.code import CodeError, CodeStore
from memory.records.serving import SchemaMove
from tools.scaffold.interface import ScaffoldError
from tools.scaffold.schema.migration import FOLDER, head_of


class TablesApart(Exception):
    """Neither commit knows the other's tables. The text is for a person."""


async def schema_move(step: Step, environment: str, commit: str) -> SchemaMove | None:
    """From what serves there to a commit; None where the tables are the same, or nothing serves.

    Raises TablesApart.
    """
    rows = (await step.deps.store.current_deployments([step.project_id]))[step.project_id]
    serving = next((row["commit"] for row in rows if row["environment"] == environment), None)
    if serving is None or serving == commit:
        return None
    return await asyncio.to_thread(move_between, step.deps.code, step.project_id, serving, commit)


def move_between(code: CodeStore, project_id: str, old: str, new: str) -> SchemaMove | None:
    """Blocking. Raises TablesApart."""
    try:
        (before, known_before), (after, known_after) = (head_of(_versions(code, project_id, c)) for c in (old, new))
    except (ScaffoldError, CodeError) as error:
        raise TablesApart(str(error)) from error
    if before == after or before is None or after is None:
        return None
    if before in known_after:
        return SchemaMove(before, after, back=False)
    if after in known_before:
        return SchemaMove(before, after, back=True)
    raise TablesApart(
        f"commit {new[:12]} has other tables (revision {after}) than what runs ({before}), "
        "and neither leads to the other"
    )


def _versions(code: CodeStore, project_id: str, commit: str) -> dict[str, str]:
    prefix = f"{FOLDER}/"
    entries = {p: e for p, e in code.entries(project_id, commit).items() if p.startswith(prefix) and p.endswith(".py")}
    contents = code.blobs(project_id, [entry.id for entry in entries.values()])
    return {p.removeprefix(prefix): c.decode("utf-8", "replace") for p, c in zip(entries, contents, strict=True)}


__all__ = ["TablesApart", "move_between", "schema_move"]
