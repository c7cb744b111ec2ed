"""Files by what they mean: pieces of them as vectors of an embedding endpoint, kept by blob. Off unless one is set."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from memory.repositories.code_vectors import CodeVectors
from memory.settings import Settings
from tools.iterator.embedder import Embedder, make_embedder
from tools.iterator.interface import Source
from tools.iterator.roles import Role, role_of

PIECE_LINES, PIECE_LENGTH = 40, 1600
"""Of a piece: lines, and characters at most."""
MOST_PIECES = 20
"""Of a file."""
FILES_AT_ONCE = 16
"""Files whose pieces go to the endpoint, and into the store, together."""
LONGEST_REQUEST = 2000
PATIENCE_S = 60.0
"""For the new files of a codebase; the rest is made at the next request."""
REST_S = 60.0
"""For which an endpoint that failed is not asked again."""
NEAREST = 200


class MeaningError(Exception):
    """The endpoint gave no vectors; the message is for a person."""


class Meaning:
    """Of one process and event loop."""

    def __init__(self, store: CodeVectors, embedder: Embedder, model: str) -> None:
        self._store, self._embedder, self._model = store, embedder, model
        self._rests_until, self._reason = 0.0, ""

    async def likeness(self, source: Source, requests: Sequence[str]) -> list[dict[str, float]]:
        """For each request: path → likeness, of the nearest files. Raises MeaningError."""
        if time.monotonic() < self._rests_until:
            raise MeaningError(self._reason)
        files = {path: blob for path, blob in (await asyncio.to_thread(source.files)).items() if _is_source(path)}
        await self._embed(source, files)
        found = []
        for request in requests:
            (vector,) = await self._vectors([request[:LONGEST_REQUEST]])
            near = await self._store.nearest(list(set(files.values())), self._model, vector, NEAREST)
            found.append({path: near[blob] for path, blob in files.items() if blob in near})
        return found

    async def _embed(self, source: Source, files: Mapping[str, str]) -> None:
        missing = set(await self._store.missing(list(files.values()), self._model))
        wanted = iter({blob: path for path, blob in files.items() if blob in missing}.items())
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and (part := {path: blob for blob, path in islice(wanted, FILES_AT_ONCE)}):
            pieces = await asyncio.to_thread(_pieces, source, part)
            texts = [text for blob in pieces for text in pieces[blob]]
            vectors = iter(await self._vectors(texts))
            made = {blob: list(islice(vectors, len(pieces[blob]))) for blob in pieces}
            await self._store.save(made, self._model)

    async def _vectors(self, texts: list[str]) -> list[list[float]]:
        try:
            vectors = await self._embedder.aembed_documents(texts)
        except Exception as error:  # the border to a foreign server: whatever it sends, words are left
            raise self._failed(type(error).__name__) from error
        if len(vectors) != len(texts) or not all(vectors):
            raise self._failed(f"{len(vectors)} vectors for {len(texts)} texts")
        return vectors

    def _failed(self, how: str) -> MeaningError:
        self._reason = f"the embedding endpoint failed ({how}): words and history alone are used"
        self._rests_until = time.monotonic() + REST_S
        return MeaningError(self._reason)


def make_meaning(settings: Settings, store: CodeVectors) -> Meaning | None:
    """None where no embedding model is set."""
    embedder = make_embedder(settings)
    if embedder is None or settings.embedding_model is None:
        return None
    return Meaning(store, embedder, settings.embedding_model)


def _is_source(path: str) -> bool:
    return role_of(path) is Role.SOURCE


def _pieces(source: Source, part: Mapping[str, str]) -> dict[str, list[str]]:
    return {part[path]: list(pieces_of(path, data.decode("utf-8", "replace"))) for path, data in source.contents(part)}


def pieces_of(path: str, text: str) -> Iterator[str]:
    """Some lines each, after the path; one at least."""
    lines = text.split("\n")
    for start in range(0, min(len(lines), MOST_PIECES * PIECE_LINES), PIECE_LINES):
        piece = "\n".join(lines[start : start + PIECE_LINES]).strip()
        if piece or start == 0:
            yield f"{path}\n{piece}"[:PIECE_LENGTH]


__all__ = ["Meaning", "MeaningError", "make_meaning", "pieces_of"]
