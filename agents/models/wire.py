"""What is asked, in one canonical form: to know a call again, and to know how long its prompt can be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from agents.models.pieces import Pieces
from memory.records.model import Ask

MESSAGE_OVERHEAD = 16
"""Tokens that a chat template puts around a message, at most."""
TOOLS_OVERHEAD = 512
"""Tokens of what templates tell a model about tools, without the tools' own text."""


class Canonical:
    """Of one run's requests: a message is brought into the form once."""

    def __init__(self) -> None:
        self._pieces = Pieces()

    def of(self, ask: Ask) -> bytes:
        """Without what may differ between two sendings of it (the model, limits, ids that LangChain gives)."""
        messages = b", ".join(self._pieces.of(ask.messages, _written))
        parts = (_json(ask.answer_schema), b"[" + messages + b"]", _json(ask.role.value), _json(list(ask.tools)))
        return b'{"answer_schema": %b, "messages": %b, "role": %b, "tools": %b}' % parts


def _written(messages: Sequence[BaseMessage]) -> list[bytes]:
    return [_json(_message(message)) for message in messages]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "surrogatepass")


def fingerprint(request: bytes) -> str:
    return hashlib.sha256(request).hexdigest()


def most_prompt_tokens(ask: Ask, request: bytes) -> int:
    """More tokens than any tokenizer makes of it: none makes more than one of a byte, and templates add a little."""
    return len(request) + MESSAGE_OVERHEAD * len(ask.messages) + (TOOLS_OVERHEAD if ask.tools else 0)


def likely_prompt_tokens(request: bytes) -> int:
    """Four bytes a token, as in English and code."""
    return len(request) // 4


def _message(message: BaseMessage) -> dict[str, Any]:
    body: dict[str, Any] = {"type": message.type, "content": message.content}
    if message.name:
        body["name"] = message.name
    if isinstance(message, ToolMessage):
        body["tool_call_id"] = message.tool_call_id
    if isinstance(message, AIMessage):
        calls = [*message.tool_calls, *message.invalid_tool_calls]
        body["calls"] = [{"id": call["id"], "name": call["name"], "args": call["args"]} for call in calls]
    return body


__all__ = ["Canonical", "fingerprint", "likely_prompt_tokens", "most_prompt_tokens"]
