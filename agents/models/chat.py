"""LangChain's client of OpenAI's chat protocol, with what other endpoints need."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import openai
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, model_validator

from agents.models.pieces import Pieces
from agents.models.raw_stream import RawCompletions, Serialised, compact

OPENAI_URL = "https://api.openai.com/v1"
NEW_LIMIT, OLD_LIMIT = "max_completion_tokens", "max_tokens"


@dataclass(frozen=True)
class Features:
    """What an endpoint takes of one model. Dropped one by one as it refuses them."""

    schema: bool = True
    stream_usage: bool = True
    max_tokens: str = OLD_LIMIT
    """Name of the limit: OpenAI's models know the new one, Ollama and others heed only the old one."""
    limit_changed: bool = False

    def without(self, feature: str, asked_schema: bool) -> Features | None:
        """None where nothing is left to drop."""
        if feature == "schema" and self.schema and asked_schema:
            return dataclasses.replace(self, schema=False)
        if feature == "stream_usage" and self.stream_usage:
            return dataclasses.replace(self, stream_usage=False)
        if feature == "max_tokens" and not self.limit_changed:
            other = NEW_LIMIT if self.max_tokens == OLD_LIMIT else OLD_LIMIT
            return dataclasses.replace(self, max_tokens=other, limit_changed=True)
        return None


class Chat(ChatOpenAI):
    limit_name: str = OLD_LIMIT
    _pieces: Pieces = PrivateAttr(default_factory=Pieces)

    @model_validator(mode="after")
    def _streams_raw(self) -> Self:
        self.async_client = RawCompletions(self.root_async_client)
        return self

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        payload: dict[str, Any] = {}

        def converted(new: Sequence[BaseMessage]) -> list[bytes]:
            payload.update(super(Chat, self)._get_request_payload(list(new), stop=stop, **kwargs))
            return [compact(message) for message in payload["messages"]]

        pieces = self._pieces.of(self._convert_input(input_).to_messages(), converted)
        if NEW_LIMIT in payload and self.limit_name != NEW_LIMIT:
            payload[self.limit_name] = payload.pop(NEW_LIMIT)
        if payload.get("stream"):
            return {**payload, "messages": Serialised(pieces)}
        return _as_it_is({**payload, "messages": [json.loads(piece) for piece in pieces]})

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        delta = _repaired(chunk)
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        if made is not None and (refusal := delta.get("refusal")):
            made.message.additional_kwargs["refusal"] = str(refusal)
        return made

    def _create_chat_result(
        self, response: dict[str, Any] | openai.BaseModel, generation_info: dict[str, Any] | None = None
    ) -> ChatResult:
        """Hands the tool calls on as they came: LangChain drops those whose arguments are JSON but no object."""
        body = response.model_dump(warnings=False) if isinstance(response, openai.BaseModel) else response
        if not isinstance(body, dict) or not body.get("choices"):
            return super()._create_chat_result(body, generation_info)
        if not _is_usage(body.get("usage")):
            body["usage"] = None
        message = body["choices"][0]["message"]
        calls, message["tool_calls"] = message.get("tool_calls") or [], None
        made = super()._create_chat_result(body, generation_info)
        made.generations[0].message.additional_kwargs.update(raw_calls=calls, refusal=message.get("refusal"))
        return made


def _as_it_is(payload: dict[str, Any]) -> dict[str, Any]:
    """Conversation and tools as the body's raw part: the client walks through all else by type, 3 ms a message."""
    raw = {name: payload[name] for name in ("messages", "tools") if name in payload}
    payload["extra_body"] = {**(payload.get("extra_body") or {}), **raw}
    return {**{name: value for name, value in payload.items() if name != "tools"}, "messages": []}


def _repaired(chunk: dict[str, Any]) -> dict[str, Any]:
    """Takes out what LangChain would fall over or leave out; returns the first choice's delta."""
    if not _is_usage(chunk.get("usage")):
        chunk["usage"] = None
    choices = chunk.get("choices") or []
    delta: dict[str, Any] = choices[0].setdefault("delta", {}) or {} if choices else {}
    for call in delta.get("tool_calls") or []:
        call["function"] = call.get("function") or {}
        call.setdefault("index", None)
    return delta


def _is_usage(usage: Any) -> bool:
    fields = ("prompt_tokens", "completion_tokens")
    return isinstance(usage, dict) and all(type(usage.get(name)) is int for name in fields)


__all__ = ["NEW_LIMIT", "OLD_LIMIT", "OPENAI_URL", "Chat", "Features"]
