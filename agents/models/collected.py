"""An answer as it comes in, piece by piece, from endpoints that differ in how they cut it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk

from memory.records.model import ToolCall, Usage


@dataclass
class _Call:
    id: str
    index: int | None
    name: str
    raw: str


@dataclass
class Collected:
    pieces: list[str] = field(default_factory=list)
    calls: list[_Call] = field(default_factory=list)
    finish: str = ""
    refusal: str = ""
    usage: Usage | None = None
    size: int = 0
    """Bytes of text and arguments so far."""

    def add(self, chunk: AIMessageChunk) -> str:
        """Returns the text that is new in it."""
        text = storable(str(chunk.text))
        self.pieces.append(text)
        self.size += len(text.encode())
        for piece in chunk.tool_call_chunks:
            self._add_call(piece)
        self._about(chunk)
        return text

    def add_whole(self, message: AIMessage) -> str:
        """An answer that was not streamed."""
        text = storable(str(message.text))
        self.pieces.append(text)
        for call in message.additional_kwargs.get("raw_calls") or ():
            function = call.get("function") or {}
            raw = function.get("arguments") or ""
            raw = raw if isinstance(raw, str) else json.dumps(raw)
            self.calls.append(_Call(call.get("id") or "", None, function.get("name") or "", raw))
        self.size = len(text.encode()) + sum(len(call.raw.encode("utf-8", "replace")) for call in self.calls)
        self._about(message)
        return text

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def tool_calls(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(
                id=storable(call.id) or f"call_{uuid.uuid4().hex[:12]}",
                name=storable(call.name),
                arguments=parsed(call.raw),
                raw=storable(call.raw),
            )
            for call in self.calls
        )

    def _about(self, message: AIMessage) -> None:
        self.finish = str(message.response_metadata.get("finish_reason") or self.finish)
        self.refusal += str(message.additional_kwargs.get("refusal") or "")
        if message.usage_metadata is not None:
            self.usage = sane_usage(message.usage_metadata)

    def _add_call(self, piece: ToolCallChunk) -> None:
        call = self._same_call(piece)
        if call is None:
            call = _Call(piece.get("id") or "", piece.get("index"), "", "")
            self.calls.append(call)
        name, arguments = piece.get("name") or "", piece.get("args") or ""
        if name != call.name:  # some endpoints repeat the whole name in every piece
            call.name += name
        call.raw += arguments
        self.size += len(arguments.encode("utf-8", "replace"))

    def _same_call(self, piece: ToolCallChunk) -> _Call | None:
        id_, index = piece.get("id") or "", piece.get("index")
        if id_:  # some endpoints number every call 0: what has an id of its own is a call of its own
            same = [call for call in self.calls if call.id == id_]
        elif index is not None:
            same = [call for call in self.calls if call.index == index]
        else:
            same = [] if piece.get("name") else self.calls
        return same[-1] if same else None


def parsed(raw: str) -> dict[str, Any] | None:
    """Arguments of a tool call; None where they are no JSON object that can be kept."""
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw, strict=False)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return _storable_value(value) if isinstance(value, dict) else None


def storable(text: str) -> str:
    """Without what PostgreSQL's jsonb does not take: NUL and half characters."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def sane_usage(given: UsageMetadata | None) -> Usage | None:
    """None where the endpoint said nothing that can be true: every call has a prompt."""
    if given is None:
        return None
    prompt, completion = given["input_tokens"], given["output_tokens"]
    return Usage(prompt_tokens=prompt, completion_tokens=completion) if prompt > 0 and completion >= 0 else None


def _storable_value(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable_value(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): _storable_value(item) for key, item in value.items()}
    return value


__all__ = ["Collected", "parsed", "sane_usage", "storable"]
