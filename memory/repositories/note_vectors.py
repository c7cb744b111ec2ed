"""Notes of a project as vectors of the model that made them. A project has hundreds: they are compared one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memory.repositories.base import Repository


class NoteVectors(Repository):
    async def missing(self, project_id: str, keys: Sequence[str], model: str) -> list[str]:
        """In the given order."""
        rows = await self._all("embedded_notes", project_id=project_id, model=model)
        known = {row["key"] for row in rows}
        return [key for key in keys if key not in known]

    async def save(self, project_id: str, vectors: Mapping[str, Sequence[float]], model: str) -> None:
        async with self._pool.connection() as connection, connection.transaction():
            for key, vector in vectors.items():
                values = {"project_id": project_id, "model": model, "key": key, "vector": written(vector)}
                await self._one("save_note_vector", connection, **values)

    async def alike(self, project_id: str, vector: Sequence[float], model: str) -> dict[str, float]:
        """Key → likeness (cosine) of each note that has a vector."""
        rows = await self._all("notes_alike", project_id=project_id, model=model, vector=written(vector))
        return {row["key"]: float(row["likeness"]) for row in rows}


def written(vector: Sequence[float]) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector) + "]"


__all__ = ["NoteVectors"]
