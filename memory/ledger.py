"""Steps of a run with their results: what has a result is not done again, whoever died."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from psycopg.types.json import Jsonb
from pydantic import BaseModel

from memory.database import Pool

Result = TypeVar("Result", bound=BaseModel)

BEGIN = """
INSERT INTO steps (run_id, key) VALUES (%s, %s) ON CONFLICT (run_id, key) DO UPDATE SET
    attempts = steps.attempts + (steps.output IS NULL)::integer,
    status = CASE WHEN steps.output IS NULL THEN 'running' ELSE steps.status END
RETURNING output
"""
END = "UPDATE steps SET status = %s, ended_at = now(), output = %s WHERE run_id = %s AND key = %s"


class RunLedger:
    """Implements memory.records.durable.Once for one run."""

    def __init__(self, pool: Pool, run_id: str) -> None:
        self._pool = pool
        self._run_id = run_id

    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        """The stored result of the step, or what `make` gives, stored. What `make` raises marks the step failed."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(BEGIN, (self._run_id, key))).fetchone()
        if row is not None and row["output"] is not None:
            return model.model_validate(row["output"])
        try:
            result = await make()
        except Exception:
            await self._end(key, "failed", None)
            raise
        await self._end(key, "succeeded", Jsonb(result.model_dump(mode="json")))
        return result

    async def _end(self, key: str, status: str, output: Jsonb | None) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(END, (status, output, self._run_id, key))


__all__ = ["RunLedger"]
