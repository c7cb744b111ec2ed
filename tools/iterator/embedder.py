"""Vectors of texts for who has few of them; the client of the endpoint is loaded with the first text."""

from __future__ import annotations

import asyncio
import importlib

from memory.settings import Settings
from tools.iterator.meaning import ANSWER_S, CLIENT, Embedder


class EndpointEmbedder:
    def __init__(self, settings: Settings, model: str) -> None:
        self._settings, self._model = settings, model
        self._client: Embedder | None = None

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Raises whatever the client raises."""
        if self._client is None:
            self._client = await asyncio.to_thread(self._made)
        return await self._client.aembed_documents(texts)

    def _made(self) -> Embedder:
        made: Embedder = importlib.import_module(CLIENT).make_embedder(self._settings, self._model, ANSWER_S)
        return made


def make_embedder(settings: Settings) -> Embedder | None:
    """None where no embedding model is set."""
    return EndpointEmbedder(settings, settings.embedding_model) if settings.embedding_model else None


__all__ = ["make_embedder"]
