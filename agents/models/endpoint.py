"""One attempt: a request over the wire, its answer collected, everything that can go wrong turned into a Failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import openai
from langchain_core.messages import AIMessageChunk
from langsmith import Client, tracing_context

from agents.models.attempt import OnText, Reply
from agents.models.chat import NEW_LIMIT, OPENAI_URL, Chat, Features
from agents.models.collected import Collected
from agents.models.failures import Failure, Remedy
from agents.models.openai_errors import of_exception
from memory.records.model import Ask
from memory.settings import Settings

CONNECT_TIMEOUT_S = 10.0
TRACING_END_S = 5.0
"""A LangSmith that does not answer holds nobody up for longer."""
SHORTEST_SECRET = 8
"""What is shorter is a placeholder, and hiding it would garble words."""
BYTES_A_TOKEN = 64
"""No tokenizer's tokens are that long on average: who sends more than this for each token allowed ignores the limit."""


class Endpoint:
    """Implements Attempts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = settings.openai_base_url or OPENAI_URL
        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
        self._key = key or "none"
        hidden = (key, urlsplit(self._url).password or "")
        self._secrets = tuple(secret for secret in hidden if len(secret) >= SHORTEST_SECRET)
        self._http: Any = None
        self._tracer: Client | None = None
        self._chats: dict[str, tuple[Features, Chat]] = {}
        self._making = asyncio.Lock()

    async def call(self, ask: Ask, model: str, *, max_tokens: int, on_text: OnText, about: Mapping[str, str]) -> Reply:
        features, chat = await self._chat(model)
        collected = Collected()
        try:
            async with asyncio.timeout(self._settings.model_call_timeout_s):
                with self._tracing():
                    await self._collect(chat, self._request(ask, features, max_tokens, about), collected, on_text)
        except Failure:
            raise
        except Exception as error:  # the border to a foreign server: whatever it sends, the run goes on
            failure = of_exception(error, bool(collected.pieces), self._secrets)
            raise await self._adapted(model, features, failure, ask) from None
        return _checked(collected)

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
        if self._tracer is not None:
            await asyncio.to_thread(_finish, self._tracer)

    async def _collect(self, chat: Chat, request: dict[str, Any], collected: Collected, on_text: OnText) -> None:
        most = BYTES_A_TOKEN * (request["max_tokens"] + BYTES_A_TOKEN)
        if not self._settings.model_stream:
            await on_text(collected.add_whole(await chat.ainvoke(**request)))
            return
        stream: AsyncIterator[Any] = chat.astream(**request)
        async with aclosing(stream) as chunks:  # type: ignore[type-var]  # it is an async generator
            async for chunk in chunks:
                if isinstance(chunk, AIMessageChunk) and (text := collected.add(chunk)):
                    await on_text(text)
                if collected.size > most:
                    raise Failure("it does not stop at max_tokens", Remedy.NEVER, charged=True)

    def _request(self, ask: Ask, features: Features, max_tokens: int, about: Mapping[str, str]) -> dict[str, Any]:
        config = {"metadata": dict(about), "run_name": about["key"], "tags": [f"agent:{about['agent']}"]}
        request: dict[str, Any] = {"input": list(ask.messages), "config": config, "max_tokens": max_tokens}
        if ask.tools:
            request["tools"] = list(ask.tools)
        if ask.answer_schema is not None and features.schema:
            # Not as LangChain's own argument: that would hand the answer to a parser which raises on what it dislikes.
            schema = {"name": ask.answer_schema.get("title", "answer"), "schema": ask.answer_schema}
            request["extra_body"] = {"response_format": {"type": "json_schema", "json_schema": schema}}
        return request

    async def _adapted(self, model: str, features: Features, failure: Failure, ask: Ask) -> Failure:
        """Where the endpoint does not know a part of the request, the next try goes without it."""
        if failure.refused_feature is None:
            return failure
        fewer = features.without(failure.refused_feature, ask.answer_schema is not None)
        if fewer is None:
            return failure
        self._chats[model] = (fewer, await asyncio.to_thread(self._new_chat, model, fewer))
        return Failure(failure.reason, Remedy.RETRY, refused_feature=failure.refused_feature)

    async def _chat(self, model: str) -> tuple[Features, Chat]:
        async with self._making:
            if model not in self._chats:
                of_openai = urlsplit(self._url).hostname == urlsplit(OPENAI_URL).hostname
                features = Features(max_tokens=NEW_LIMIT) if of_openai else Features()
                # In a thread, because it reads certificates from files.
                self._chats[model] = (features, await asyncio.to_thread(self._new_chat, model, features))
            return self._chats[model]

    def _new_chat(self, model: str, features: Features) -> Chat:
        timeout = openai.Timeout(self._settings.model_timeout_s, connect=CONNECT_TIMEOUT_S)
        if self._http is None:
            self._http = openai.DefaultAsyncHttpxClient(timeout=timeout)
        return Chat(
            model=model,
            base_url=self._url,
            api_key=self._key_later,
            max_retries=0,
            timeout=timeout,
            stream_usage=features.stream_usage,
            stream_chunk_timeout=None,
            use_responses_api=False,
            http_async_client=self._http,
            limit_name=features.max_tokens,
        )

    async def _key_later(self) -> str:
        """As a function, the key stands in no field of the client that could be printed."""
        return self._key

    def _tracing(self) -> Any:
        """LangSmith, on or off as set, whatever else the environment says."""
        settings = self._settings
        if not settings.langsmith_tracing:
            return tracing_context(enabled=False)
        if self._tracer is None:
            key = settings.langsmith_api_key.get_secret_value() if settings.langsmith_api_key else None
            self._tracer = Client(api_url=settings.langsmith_endpoint, api_key=key)
        return tracing_context(enabled=True, client=self._tracer, project_name=settings.langsmith_project)


def _finish(tracer: Client) -> None:
    """Sends what waits, while that goes quickly. Blocking."""
    tracer.cleanup(timeout=TRACING_END_S)
    tracer.session.close()


def _checked(collected: Collected) -> Reply:
    """Raises Failure where what came is no answer."""
    usage, calls = collected.usage, collected.tool_calls()
    if collected.refusal or collected.finish == "content_filter":
        words = collected.refusal[:200] or "its content filter stopped the answer"
        raise Failure(f"refused: {words}", Remedy.NEXT, charged=usage is None, usage=usage)
    if not collected.finish:
        reason = "the answer broke off in the middle" if collected.size else "the endpoint sent no answer"
        raise Failure(reason, Remedy.RETRY, charged=True)
    if not collected.text.strip() and not calls:
        if collected.finish == "length":
            reason = "it used up max_tokens without an answer"
            raise Failure(reason, Remedy.NEXT, charged=usage is None, usage=usage)
        raise Failure("the answer is empty", Remedy.RETRY, charged=usage is None, usage=usage)
    return Reply(collected.text, calls, collected.finish, usage, collected.size)


__all__ = ["Endpoint"]
