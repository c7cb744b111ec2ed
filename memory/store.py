"""Projects, runs, deployments and reports in PostgreSQL. Rows come back as dicts of their columns."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from memory.database import Pool
from memory.records.report import QaReport
from memory.records.spec import AppSpec

Row = dict[str, Any]
FINAL = ("succeeded", "failed", "cancelled")


class Store:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create_project(
        self, *, name: str, description: str, template: str, run_input: Mapping[str, Any], key: str | None = None
    ) -> tuple[Row, Row]:
        """A project and its first run, in one transaction; the same `key` gives those it made before."""
        async with self._pool.connection() as connection, connection.transaction():
            if key is not None:
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (key,))
                query = "SELECT r.* FROM idempotency_keys k JOIN runs r ON r.id = k.run_id WHERE k.key = %s"
                run = await (await connection.execute(query, (key,))).fetchone()
                if run is not None:
                    query = "SELECT * FROM projects WHERE id = %s"
                    project = await (await connection.execute(query, (run["project_id"],))).fetchone()
                    return _one(project), run
            query = "INSERT INTO projects (id, name, description, template) VALUES (%s, %s, %s, %s) RETURNING *"
            cursor = await connection.execute(query, (str(uuid.uuid4()), name, description, template))
            project = _one(await cursor.fetchone())
            query = "INSERT INTO runs (id, project_id, intent, input) VALUES (%s, %s, 'create', %s) RETURNING *"
            cursor = await connection.execute(query, (str(uuid.uuid4()), project["id"], Jsonb(dict(run_input))))
            run = _one(await cursor.fetchone())
            if key is not None:
                await connection.execute("INSERT INTO idempotency_keys VALUES (%s, %s)", (key, run["id"]))
            return project, run

    async def create_run(self, project_id: str, intent: str, run_input: Mapping[str, Any]) -> Row:
        return _one(
            await self._fetch(
                "INSERT INTO runs (id, project_id, intent, input) VALUES (%s, %s, %s, %s) RETURNING *",
                (str(uuid.uuid4()), project_id, intent, Jsonb(dict(run_input))),
            )
        )

    async def adopt_thread(self, thread_id: str, message_id: str, words: str) -> Row:
        """The run of a chat message that came through `langgraph dev`; its thread becomes the project.

        Its `error` says why it cannot be done where the thread has a project already.
        """
        run_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{thread_id}/{message_id}"))
        before = await self.run(run_id)
        if before is not None:
            return before
        known = await self.project(thread_id) is not None
        await self._fetch(
            "INSERT INTO projects (id, name, description) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            (thread_id, words[:60], words),
        )
        error = "this thread has its project already; start a new thread for another one" if known else None
        return _one(
            await self._fetch(
                "INSERT INTO runs (id, project_id, intent, status, adopted, input, error, started_at) "
                "VALUES (%s, %s, 'create', 'running', true, %s, %s, now()) RETURNING *",
                (run_id, thread_id, Jsonb({"request": words, "deploy": "dev"}), error),
            )
        )

    async def finish_adopted(self, run_id: str, error: str | None) -> None:
        """Ends a run that no worker drives."""
        await self._fetch(
            "UPDATE runs SET status = %s, error = %s, ended_at = now() WHERE id = %s AND adopted RETURNING id",
            ("failed" if error else "succeeded", error, run_id),
        )

    async def project(self, project_id: str) -> Row | None:
        return await self._fetch("SELECT * FROM projects WHERE id = %s", (project_id,))

    async def projects(self, limit: int, before: str | None) -> list[Row]:
        return await self._all(
            "SELECT * FROM projects WHERE %(before)s::text IS NULL OR (created_at, id) < "
            "(SELECT created_at, id FROM projects WHERE id = %(before)s) ORDER BY created_at DESC, id DESC LIMIT %(n)s",
            {"before": before, "n": limit},
        )

    async def delete_project(self, project_id: str) -> bool:
        return await self._fetch("DELETE FROM projects WHERE id = %s RETURNING id", (project_id,)) is not None

    async def save_spec(self, project_id: str, run_id: str, spec: AppSpec) -> None:
        missing = [part.model_dump() for part in spec.not_understood]
        await self._fetch(
            "UPDATE projects SET spec = %s, type = %s, name = %s, updated_at = now() WHERE id = %s RETURNING id",
            (Jsonb(spec.model_dump(mode="json")), spec.kind, spec.title, project_id),
        )
        await self._fetch("UPDATE runs SET not_understood = %s WHERE id = %s RETURNING id", (Jsonb(missing), run_id))

    async def spec(self, project_id: str) -> AppSpec:
        """Raises LookupError where the project has no plan yet."""
        project = await self.project(project_id)
        if project is None or project["spec"] is None:
            raise LookupError(f"project {project_id} has no plan")
        return AppSpec.model_validate(project["spec"])

    async def save_report(self, project_id: str, report: QaReport) -> None:
        await self._fetch(
            "INSERT INTO reports (project_id, commit, report) VALUES (%s, %s, %s) ON CONFLICT (project_id, commit) "
            "DO UPDATE SET report = excluded.report, created_at = now() RETURNING commit",
            (project_id, report.commit, Jsonb(report.model_dump(mode="json"))),
        )
        await self._fetch(
            "UPDATE projects SET commit = %s, test_coverage = %s, security_score = %s, updated_at = now() "
            "WHERE id = %s RETURNING id",
            (report.commit, report.coverage, report.security_score, project_id),
        )

    async def report(self, project_id: str, commit: str) -> QaReport | None:
        row = await self._fetch(
            "SELECT report FROM reports WHERE project_id = %s AND commit = %s", (project_id, commit)
        )
        return None if row is None else QaReport.model_validate(row["report"])

    async def set_project_status(self, project_id: str, status: str) -> None:
        await self._fetch(
            "UPDATE projects SET status = %s, updated_at = now() WHERE id = %s RETURNING id", (status, project_id)
        )

    async def run(self, run_id: str) -> Row | None:
        return await self._fetch("SELECT * FROM runs WHERE id = %s", (run_id,))

    async def runs(self, project_id: str, limit: int) -> list[Row]:
        return await self._all(
            "SELECT * FROM runs WHERE project_id = %s ORDER BY number DESC LIMIT %s", (project_id, limit)
        )

    async def next_run(self, project_id: str) -> Row | None:
        """The oldest run of a project that has not ended."""
        return await self._fetch(
            "SELECT * FROM runs WHERE project_id = %s AND status IN ('queued', 'running') "
            "AND NOT adopted ORDER BY number LIMIT 1",
            (project_id,),
        )

    async def start_run(self, run_id: str) -> None:
        await self._fetch(
            "UPDATE runs SET status = 'running', started_at = coalesce(started_at, now()) WHERE id = %s RETURNING id",
            (run_id,),
        )

    async def finish_run(self, run_id: str, status: str, error: str | None) -> None:
        await self._fetch(
            "UPDATE runs SET status = %s, error = %s, ended_at = now() WHERE id = %s AND status NOT IN "
            "('succeeded', 'failed', 'cancelled') RETURNING id",
            (status, error, run_id),
        )

    async def is_cancelled(self, run_id: str) -> bool:
        """Whether someone wants it to end; also where it has gone."""
        run = await self.run(run_id)
        return run is None or run["status"] == "cancelled"

    async def end_cancelled(self, run: Row, reason: str) -> None:
        """By the worker, when it has stopped working on the run."""
        await self.finish_run(run["id"], "cancelled", reason)
        await self._fetch(
            "UPDATE projects SET status = CASE WHEN commit IS NULL THEN 'failed' ELSE 'ready' END, updated_at = now() "
            "WHERE id = %s RETURNING id",
            (run["project_id"],),
        )

    async def steps(self, run_id: str) -> list[Row]:
        return await self._all("SELECT * FROM steps WHERE run_id = %s ORDER BY number", (run_id,))

    async def save_deployment(self, row: Mapping[str, Any]) -> None:
        """Keys: id, project_id, run_id, environment, commit, status, deployment_url, detail."""
        await self._fetch(
            "INSERT INTO deployments (id, project_id, run_id, environment, commit, status, deployment_url, detail, "
            "deployed_at) VALUES (%(id)s, %(project_id)s, %(run_id)s, %(environment)s, %(commit)s, %(status)s, "
            "%(deployment_url)s, %(detail)s, now()) ON CONFLICT (id) DO UPDATE SET status = excluded.status, "
            "deployment_url = excluded.deployment_url, detail = excluded.detail RETURNING id",
            row,
        )
        if row["status"] == "healthy":
            await self._fetch(
                "UPDATE deployments SET status = 'stopped' WHERE project_id = %(project_id)s AND id <> %(id)s "
                "AND environment = %(environment)s AND status = 'healthy' RETURNING id",
                row,
            )
            await self._fetch(
                "UPDATE projects SET last_deployed_at = now() WHERE id = %(project_id)s RETURNING id", row
            )

    async def deployment(self, deployment_id: str) -> Row | None:
        return await self._fetch("SELECT * FROM deployments WHERE id = %s", (deployment_id,))

    async def deployments(self, project_id: str, limit: int) -> list[Row]:
        return await self._all(
            "SELECT * FROM deployments WHERE project_id = %s ORDER BY created_at DESC LIMIT %s", (project_id, limit)
        )

    async def _fetch(self, query: Any, values: Sequence[Any] | Mapping[str, Any]) -> Row | None:
        async with self._pool.connection() as connection:
            return await (await connection.execute(query, values)).fetchone()

    async def _all(self, query: Any, values: Sequence[Any] | Mapping[str, Any]) -> list[Row]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(query, values)).fetchall()


def _one(row: Row | None) -> Row:
    if row is None:
        raise LookupError("the row has gone")
    return row


__all__ = ["FINAL", "Row", "Store"]
