"""What is known of code: facts of files by blob, and of each codebase its files and past changes. Compressed JSON."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memory.repositories.base import Repository

COPY_FACTS = "COPY new_facts (blob, language, version, facts) FROM STDIN"


@dataclass(frozen=True)
class StoredIndex:
    commit: str
    """Empty for a folder that is no git repository."""
    files: dict[str, str]
    """Path → blob."""
    history: list[Any]


class CodeIndexes(Repository):
    """`version`: of the facts' form; those of another are not found."""

    async def index(self, scope: str) -> StoredIndex | None:
        row = await self._one("code_index", scope=scope)
        return None if row is None else StoredIndex(row["commit"], unpacked(row["files"]), unpacked(row["history"]))

    async def save_index(self, scope: str, index: StoredIndex) -> None:
        packed_ = {"files": packed(index.files), "history": packed(index.history)}
        await self._one("save_code_index", scope=scope, commit=index.commit, **packed_)

    async def forget_index(self, scope: str) -> None:
        await self._one("forget_code_index", scope=scope)

    async def facts(self, blobs: Sequence[str], version: int) -> dict[tuple[str, str], bytes]:
        """(blob, language) → packed facts."""
        rows = await self._all("code_facts", blobs=list(blobs), version=version)
        return {(row["blob"], row["language"]): row["facts"] for row in rows}

    async def save_facts(self, facts: Mapping[tuple[str, str], bytes], version: int) -> None:
        """Those that another process wrote meanwhile are left as they are."""
        if not facts:
            return
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("CREATE TEMP TABLE new_facts (LIKE code_facts) ON COMMIT DROP")
            async with connection.cursor() as cursor, cursor.copy(COPY_FACTS) as copy:
                for row in _rows(facts, version):
                    await copy.write_row(row)
            await connection.execute("INSERT INTO code_facts SELECT * FROM new_facts ON CONFLICT DO NOTHING")


def _rows(facts: Mapping[tuple[str, str], bytes], version: int) -> Iterable[tuple[str, str, int, bytes]]:
    return ((blob, language, version, data) for (blob, language), data in facts.items())


def packed(value: Any) -> bytes:
    return zlib.compress(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), 1
    )


def unpacked(data: bytes) -> Any:
    return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))


__all__ = ["CodeIndexes", "StoredIndex", "packed", "unpacked"]
