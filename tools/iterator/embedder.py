"""Vectors of texts from an endpoint in the form of OpenAI. Its client is loaded with the first text: most have none."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any, Protocol

from pydantic import SecretStr

from memory.settings import Settings

CLIENT = "langchain_openai"
ANSWER_S = 20.0


class Embedder(Protocol):
    async def aembed_documents(self, texts: list[str]) -> list[list[float]]: ...


class EndpointEmbedder:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Raises whatever the client raises."""
        if self._client is None:
            self._client = await asyncio.to_thread(self._made)
        vectors: list[list[float]] = await self._client.aembed_documents(texts)
        return vectors

    def _made(self) -> Any:
        settings = self._settings
        return importlib.import_module(CLIENT).OpenAIEmbeddings(
            model=settings.embedding_model,
            openai_api_base=settings.embedding_base_url or settings.openai_base_url,
            openai_api_key=settings.openai_api_key or SecretStr("none"),
            check_embedding_ctx_length=False,  # else a tokenizer is fetched, and token ids are sent
            request_timeout=ANSWER_S,
            max_retries=1,
        )


def make_embedder(settings: Settings) -> Embedder | None:
    """None where no embedding model is set."""
    return EndpointEmbedder(settings) if settings.embedding_model else None


__all__ = ["Embedder", "make_embedder"]
