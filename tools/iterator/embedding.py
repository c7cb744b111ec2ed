"""The client of an embedding endpoint in OpenAI's form."""

from __future__ import annotations

from langchain_openai import OpenAIEmbeddings
from pydantic import SecretStr

from memory.settings import Settings


def make_embedder(settings: Settings, model: str, timeout_s: float) -> OpenAIEmbeddings:
    return OpenAIEmbeddings(
        model=model,
        openai_api_base=settings.embedding_base_url or settings.openai_base_url,
        openai_api_key=settings.openai_api_key or SecretStr("none"),
        check_embedding_ctx_length=False,  # else a tokenizer is fetched, and token ids are sent
        request_timeout=timeout_s,
        max_retries=1,
    )


__all__ = ["make_embedder"]
