"""Changes of projects that exist."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from memory.records.report import QaReport
from memory.records.spec import AppSpec
from memory.repositories.base import Position, Row, present
from memory.repositories.runs import Runs

JSON = ("impact_analysis", "affected_files", "touched_files", "modified_files", "prediction", "test_results")
PLAIN = ("status", "error", "base_commit", "base_scaffold", "commit", "scaffold", "branch", "migration")


class Modifications(Runs):
    async def create_modification(
        self,
        project_id: str,
        run_input: Mapping[str, Any],
        user: str,
        *,
        key: str | None = None,
        fingerprint: str = "",
    ) -> tuple[Row, Row]:
        """A modification and its run, in one transaction; the same `key` gives those it made before.

        `rolls_back` in the input: ids of the modifications that it takes back, to the commit `to`.
        Raises LookupError where the project has gone, KeyReused.
        """
        async with self._pool.connection() as connection, connection.transaction():
            before = await self._made_before(connection, key, fingerprint)
            if before is not None:
                return present(await self._one("modification_of_run", connection, run_id=before["id"])), before
            taken = run_input.get("rolls_back")
            run = await self._insert(connection, project_id, "modify" if taken is None else "rollback", run_input)
            values: dict[str, Any] = {
                "project_id": project_id,
                "request": str(run_input["request"]),
                "requested_by": user,
            }
            values["rolls_back"] = None if taken is None else Jsonb(taken)
            row = present(
                await self._one("insert_modification", connection, id=str(uuid.uuid4()), run_id=run["id"], **values)
            )
            await self._remember(connection, key, fingerprint, run)
            return row, run

    async def open_modification(self, run: Row, user: str) -> None:
        """The modification of a run that was begun otherwise; nothing happens where it has one."""
        if await self._one("modification_of_run", run_id=run["id"]) is not None:
            return
        taken = run["input"].get("rolls_back")
        values = {"project_id": run["project_id"], "request": str(run["input"]["request"]), "requested_by": user}
        values["rolls_back"] = None if taken is None else Jsonb(taken)
        await self._one("insert_modification", id=str(uuid.uuid4()), run_id=run["id"], **values)

    async def modification(self, modification_id: str) -> Row | None:
        """With `run_status` and `run_error`."""
        return await self._one("modification", id=modification_id)

    async def modification_of(self, run_id: str) -> Row:
        """Raises LookupError."""
        return present(await self._one("modification_of_run", run_id=run_id))

    async def modifications(self, project_id: str, limit: int, before: Position | None = None) -> list[Row]:
        return await self._page("modifications", limit, before, project_id=project_id)

    async def update_modification(self, run_id: str, **values: Any) -> None:
        """Columns by name; what is left out stays as it is."""
        unknown = values.keys() - {*JSON, *PLAIN}
        if unknown:
            raise ValueError(f"modifications have no {', '.join(sorted(unknown))}")
        columns = {name: values.get(name) for name in PLAIN}
        columns |= {name: Jsonb(values[name]) if values.get(name) is not None else None for name in JSON}
        await self._one("update_modification", run_id=run_id, **columns)

    async def keep_base(self, run_id: str) -> None:
        await self._one("keep_base", run_id=run_id)

    async def apply_modification(self, project_id: str, run_id: str, spec: AppSpec | None, report: QaReport) -> None:
        """The project stands at the changed commit from now on. No spec: an imported one."""
        scores = {
            "coverage": report.coverage,
            "security_score": report.security_score,
            "performance_score": report.performance_score,
        }
        document = None if spec is None else Jsonb(spec.model_dump(mode="json"))
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("take_change", connection, id=project_id, commit=report.commit, spec=document, **scores)
            await self._one("apply_modification", connection, run_id=run_id)

    async def undo_modification(self, run_id: str, status: str, error: str | None) -> None:
        """The project stands where it stood before the modification."""
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("put_back", connection, run_id=run_id)
            await self._one("undo_modification", connection, run_id=run_id, status=status, error=error)

    async def applied_modifications(self, project_id: str) -> list[Row]:
        """Newest first, without rollbacks and what they took back."""
        return await self._all("applied_modifications", project_id=project_id)

    async def scaffold_at(self, project_id: str, commits: Sequence[str]) -> str | None:
        """What the template had given at the first of these commits, newest first; None where nothing ever changed."""
        row = await self._one("modification_with_commit", project_id=project_id, commits=list(commits))
        if row is not None:
            return str(row["scaffold"])
        first = await self._one("first_modification", project_id=project_id)
        return None if first is None else str(first["base_scaffold"])

    async def mark_rolled_back(self, ids: Sequence[str]) -> None:
        await self._one("mark_rolled_back", ids=list(ids))

    async def settle_project(self, project_id: str) -> None:
        """After a run that came to nothing: what was there before it is still there."""
        await self._one("settle_project", id=project_id)


__all__ = ["Modifications"]
