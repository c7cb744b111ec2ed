"""Turns of a run's tool loops in PostgreSQL: one row each, written once."""

from __future__ import annotations

from memory.database import Pool
from memory.records.loop import Turn, TurnConflict

READ = "SELECT turn::text AS turn FROM loop_turns WHERE run_id = %s AND loop = %s ORDER BY n"
WRITE = """
INSERT INTO loop_turns (run_id, loop, n, answer_key, tree, turn) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING n
"""


class PostgresTurns:
    """Implements memory.records.loop.TurnStore for one run."""

    def __init__(self, pool: Pool, run_id: str) -> None:
        self._pool = pool
        self._run_id = run_id

    async def turns(self, loop: str) -> list[Turn]:
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(READ, (self._run_id, loop))).fetchall()
        return [Turn.model_validate_json(row["turn"]) for row in rows]

    async def add(self, loop: str, turn: Turn) -> None:
        values = (self._run_id, loop, turn.n, turn.key, turn.tree, turn.model_dump_json())
        async with self._pool.connection() as connection:
            row = await (await connection.execute(WRITE, values)).fetchone()
        if row is None:
            raise TurnConflict(f"turn {turn.n} of {loop} in run {self._run_id} is recorded already")


__all__ = ["PostgresTurns"]
