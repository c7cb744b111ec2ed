"""Pieces of files as vectors, by blob and the model that made them: after a commit only what changed is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memory.repositories.base import Repository

COPY_VECTORS = "COPY new_vectors (blob, model, piece, vector) FROM STDIN"
Vector = Sequence[float]


class CodeVectors(Repository):
    async def missing(self, blobs: Sequence[str], model: str) -> list[str]:
        """In the given order."""
        rows = await self._all("embedded_blobs", blobs=list(blobs), model=model)
        known = {row["blob"] for row in rows}
        return [blob for blob in dict.fromkeys(blobs) if blob not in known]

    async def save(self, vectors: Mapping[str, Sequence[Vector]], model: str) -> None:
        """All pieces of each blob; those that another process wrote meanwhile are left as they are."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("CREATE TEMP TABLE new_vectors (LIKE code_vectors) ON COMMIT DROP")
            async with connection.cursor() as cursor, cursor.copy(COPY_VECTORS) as copy:
                for blob, pieces in vectors.items():
                    for number, vector in enumerate(pieces):
                        await copy.write_row((blob, model, number, _written(vector)))
            await connection.execute("INSERT INTO code_vectors SELECT * FROM new_vectors ON CONFLICT DO NOTHING")

    async def nearest(self, blobs: Sequence[str], model: str, vector: Vector, most: int) -> dict[str, float]:
        """Blob → likeness (cosine) of its best piece, best first."""
        rows = await self._all("nearest_blobs", blobs=list(blobs), model=model, vector=_written(vector), most=most)
        return {row["blob"]: float(row["likeness"]) for row in rows}


def _written(vector: Vector) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector) + "]"


__all__ = ["CodeVectors", "Vector"]
