"""Runs and their steps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from memory.records.plan import RESOLVE, Plan, Task
from memory.repositories.base import Position, Repository, Row, present

FINAL = ("succeeded", "failed", "cancelled")


class KeyReused(Exception):
    """The idempotency key was used for another request before."""


class Runs(Repository):
    async def create_project(
        self,
        *,
        name: str,
        description: str,
        template: str,
        run_input: Mapping[str, Any],
        owner_id: str = "admin",
        intent: str = "create",
        key: str | None = None,
        fingerprint: str = "",
    ) -> tuple[Row, Row]:
        """A project and its first run, in one transaction; the same `key` gives those it made before.

        Raises KeyReused.
        """
        async with self._pool.connection() as connection, connection.transaction():
            before = await self._made_before(connection, key, fingerprint)
            if before is not None:
                return present(await self._one("project", connection, id=before["project_id"])), before
            about = {"name": name, "description": description, "template": template, "owner_id": owner_id}
            project = present(await self._one("insert_project", connection, id=str(uuid.uuid4()), **about))
            run = await self._insert(connection, project["id"], intent, run_input)
            await self._remember(connection, key, fingerprint, run)
            return project, run

    async def create_run(
        self,
        project_id: str,
        intent: str,
        run_input: Mapping[str, Any],
        *,
        key: str | None = None,
        fingerprint: str = "",
    ) -> Row:
        """Raises LookupError where the project has gone, KeyReused."""
        async with self._pool.connection() as connection, connection.transaction():
            before = await self._made_before(connection, key, fingerprint)
            if before is not None:
                return before
            run = await self._insert(connection, project_id, intent, run_input)
            await self._remember(connection, key, fingerprint, run)
            return run

    async def run(self, run_id: str) -> Row | None:
        return await self._one("run", id=run_id)

    async def runs(self, project_id: str, limit: int, before: Position | None = None) -> list[Row]:
        return await self._page("runs", limit, before, project_id=project_id)

    async def next_run(self, project_id: str, *, aside: bool = False) -> Row | None:
        """The oldest run of a project that has not ended. `aside`: the oldest of those that leave it as it is."""
        return await self._one("next_aside" if aside else "next_run", project_id=project_id)

    async def start_run(self, run_id: str) -> bool:
        """False where it has ended already."""
        return await self._one("start_run", id=run_id) is not None

    async def finish_run(self, run_id: str, status: str, error: str | None) -> None:
        await self._one("finish_run", id=run_id, status=status, error=error)

    async def cancel_run(self, run_id: str, reason: str) -> Row | None:
        """The run: cancelled, or `running` until its worker has heard of it. None where it has ended, or is adopted."""
        async with self._pool.connection() as connection, connection.transaction():
            run = await self._one("request_cancel", connection, id=run_id, reason=reason)
            if run is not None and run["status"] == "cancelled":
                await self._settle(connection, run)
            return run

    async def end_cancelled(self, run: Row, reason: str) -> None:
        """By the worker, when it has stopped working on the run."""
        async with self._pool.connection() as connection, connection.transaction():
            await self._one("finish_run", connection, id=run["id"], status="cancelled", error=reason)
            await self._settle(connection, run)

    async def is_cancelled(self, run_id: str) -> bool:
        """Whether someone wants it to end; also where it has gone."""
        return bool(present(await self._one("is_cancelled", id=run_id))["cancelled"])

    async def save_plan(self, run_id: str, plan: Plan) -> None:
        """Together with what of the request it leaves out."""
        missing = [part.model_dump() for part in plan.spec.not_understood]
        await self._one("save_plan", id=run_id, plan=Jsonb(plan.model_dump(mode="json")), parts=Jsonb(missing))

    async def plan(self, run_id: str) -> Plan:
        """Raises LookupError where the run has none yet."""
        run = await self.run(run_id)
        if run is None or run["plan"] is None:
            raise LookupError(f"run {run_id} has no plan")
        return Plan.model_validate(run["plan"])

    async def tasks_built(self, project_id: str) -> tuple[Task, ...]:
        """Of all plans that were carried out, in their order."""
        rows = await self._all("plans_built", project_id=project_id)
        tasks = [task for row in rows for task in Plan.model_validate(row["plan"]).tasks]
        return tuple(task for task in tasks if task.id != RESOLVE)

    async def wait_for(self, run_id: str, waiting: Mapping[str, Any]) -> bool:
        """The run waits for a person. False where it was cancelled meanwhile."""
        return await self._one("wait_for", id=run_id, waiting=Jsonb(dict(waiting))) is not None

    async def decide(self, run_id: str, decision: Mapping[str, Any]) -> Row | None:
        """The run goes on with the decision. None where nothing waits, or someone decided before."""
        return await self._one("decide", id=run_id, decision=Jsonb(dict(decision)))

    async def steps(self, run_id: str) -> list[Row]:
        return await self._all("steps", run_id=run_id)

    async def steps_of(self, run_ids: Sequence[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {run_id: [] for run_id in run_ids}
        for row in await self._all("steps_of_runs", run_ids=list(run_ids)):
            found[row["run_id"]].append(row)
        return found

    async def _made_before(self, connection: AsyncConnection[Row], key: str | None, fingerprint: str) -> Row | None:
        if key is None:
            return None
        await self._one("lock_key", connection, key=key)
        run = await self._one("run_of_key", connection, key=key)
        if run is not None and run.pop("fingerprint") not in ("", fingerprint):
            raise KeyReused
        return run

    async def _insert(
        self, connection: AsyncConnection[Row], project_id: str, intent: str, run_input: Mapping[str, Any]
    ) -> Row:
        values = {"project_id": project_id, "intent": intent, "input": Jsonb(dict(run_input))}
        run = present(await self._one("insert_run", connection, id=str(uuid.uuid4()), **values))
        if words := str(run_input.get("request") or ""):
            await self._said(connection, run["id"], "request", words)
        return run

    async def _said(self, connection: AsyncConnection[Row], run_id: str, key: str, words: str) -> None:
        """What a person said, in the project's conversation."""
        values = {"run_id": run_id, "key": key, "role": "user", "text": words, "evidence": Jsonb([])}
        await self._one("add_to_conversation", connection, **values)

    async def _remember(self, connection: AsyncConnection[Row], key: str | None, fingerprint: str, run: Row) -> None:
        if key is not None:
            await self._one("insert_key", connection, key=key, run_id=run["id"], fingerprint=fingerprint)

    async def _settle(self, connection: AsyncConnection[Row], run: Row) -> None:
        await self._one("cancel_steps", connection, run_id=run["id"])
        await self._one("settle_project", connection, id=run["project_id"])


__all__ = ["FINAL", "KeyReused", "Runs"]
