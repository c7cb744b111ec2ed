"""The conversation of a project: what people said, what was answered, and the runs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from memory.repositories.base import Row, present
from memory.repositories.runs import Runs

ASSISTANT = "assistant"


class Messages(Runs):
    async def say(
        self, run_id: str, text: str, *, key: str = "report", evidence: Sequence[Mapping[str, Any]] = ()
    ) -> bool:
        """An answer. False where it was said before: a run says one of each key."""
        values = {"run_id": run_id, "key": key, "role": ASSISTANT, "text": text}
        facts = Jsonb([dict(fact) for fact in evidence])
        return await self._one("add_to_conversation", **values, evidence=facts) is not None

    async def messages(self, project_id: str, limit: int, after: int = 0) -> list[Row]:
        """In the order in which they were said, with `intent` and `status` of their run."""
        return await self._all("conversation", project_id=project_id, limit=limit, after=after)

    async def latest_messages(self, project_id: str, limit: int, before: int | None = None) -> list[Row]:
        """Newest first."""
        return await self._all("conversation_newest_first", project_id=project_id, limit=limit, before=before)

    async def waiting_run(self, project_id: str) -> Row | None:
        """The run that waits for a person's decision."""
        return await self._one("waiting_run", project_id=project_id)

    async def unfinished_runs(self, project_id: str) -> list[Row]:
        """Oldest first; questions are none."""
        return await self._all("unfinished_runs", project_id=project_id)

    async def become(self, run_id: str, intent: str, run_input: Mapping[str, Any]) -> Row:
        """A run whose intent was still to be named now has it; what it became before stays. Raises LookupError."""
        row = await self._one("become", id=run_id, intent=intent, input=Jsonb(dict(run_input)))
        return present(row or await self.run(run_id))

    async def decide_in_words(
        self, run: Row, answer: Mapping[str, Any], words: str, *, key: str | None = None, fingerprint: str = ""
    ) -> Row | None:
        """As `decide`, with the message that said it on record. The same `key` gives the run that it decided before.

        None where nothing waits any more. Raises KeyReused.
        """
        asked = run["waiting"]["interrupt_id"]
        decision = {"interrupt_id": asked, "answer": dict(answer)}
        async with self._pool.connection() as connection, connection.transaction():
            before = await self._made_before(connection, key, fingerprint)
            if before is not None:
                return before
            decided = await self._one("decide", connection, id=run["id"], decision=Jsonb(decision))
            if decided is None:
                return None
            await self._said(connection, run["id"], f"decision/{asked}", words)
            await self._remember(connection, key, fingerprint, decided)
            return decided


__all__ = ["Messages"]
