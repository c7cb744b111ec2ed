"""Steps of a run with their results: what has a result is not done again, whoever died."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from psycopg.types.json import Jsonb
from pydantic import BaseModel

from memory.database import Pool
from memory.outages import SERVICE_AWAY

Result = TypeVar("Result", bound=BaseModel)

BEGIN = """
INSERT INTO steps (run_id, key) VALUES (%s, %s) ON CONFLICT (run_id, key) DO UPDATE SET
    attempts = steps.attempts + (steps.output IS NULL)::integer,
    status = CASE WHEN steps.output IS NULL THEN 'running' ELSE steps.status END
RETURNING output, attempts
"""
END = """
UPDATE steps SET status = %s, ended_at = now(), output = %s
WHERE run_id = %s AND key = %s AND attempts = %s AND output IS NULL RETURNING key
"""
MOST_ATTEMPTS = 10


class StepSuperseded(Exception):
    """Another process has begun the step meanwhile: this one lost the project's lock and must not go on."""


class StepGivenUp(Exception):
    """The step was begun again and again, and each time its process died."""


class RunLedger:
    """Implements memory.records.durable.Once for one run."""

    def __init__(self, pool: Pool, run_id: str) -> None:
        self._pool = pool
        self._run_id = run_id

    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        """The stored result of the step, or what `make` gives, stored. What `make` raises marks the step failed.

        Raises StepSuperseded, StepGivenUp.
        """
        async with self._pool.connection() as connection:
            row = await (await connection.execute(BEGIN, (self._run_id, key))).fetchone()
        if row is None:
            raise LookupError(f"run {self._run_id} has gone")
        if row["output"] is not None:
            return model.model_validate(row["output"])
        try:
            result = await self._made(key, make, row["attempts"])
        except SERVICE_AWAY:
            raise  # nothing can be written now, and the step is made again
        except Exception:
            await self._end(key, row["attempts"], "failed", None)
            raise
        if not await self._end(key, row["attempts"], "succeeded", Jsonb(result.model_dump(mode="json"))):
            raise StepSuperseded(f"step {key} of run {self._run_id} was begun anew elsewhere")
        return result

    async def _made(self, key: str, make: Callable[[], Awaitable[Result]], attempt: int) -> Result:
        if attempt > MOST_ATTEMPTS:
            raise StepGivenUp(f"{key} was begun {MOST_ATTEMPTS} times and never ended; the worker's log says more")
        return await make()

    async def _end(self, key: str, attempt: int, status: str, output: Jsonb | None) -> bool:
        """False where another attempt has begun since."""
        async with self._pool.connection() as connection:
            values = (status, output, self._run_id, key, attempt)
            return await (await connection.execute(END, values)).fetchone() is not None


__all__ = ["RunLedger", "StepGivenUp", "StepSuperseded"]
