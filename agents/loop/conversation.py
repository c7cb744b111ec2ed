"""The messages that a request carries: always the same ones for the same turns, within a number of tokens.

What is old is shortened in leaps, not turn by turn, so that the start of the prompt stays the same over many requests
and a provider's cache of it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from memory.records.loop import ToolOutcome, Turn
from memory.records.model import ToolCall

KEPT_WHOLE = 3
"""Latest turns that are never shortened."""
LOW = 0.6
"""Share of the limit to which it is brought down."""
SHORT = 160
"""Characters of a text that stay of an old turn."""
MESSAGE_TOKENS = 8


def tokens_of(text: str) -> int:
    """An estimate on the high side for code: two tokens for seven bytes."""
    return len(text.encode("utf-8", "replace")) * 2 // 7 + 1


@dataclass(frozen=True)
class Part:
    """A turn's messages and their size."""

    messages: tuple[BaseMessage, ...]
    tokens: int


class Conversation:
    def __init__(self, system: str, task: str, limit: int) -> None:
        self._system = SystemMessage(system)
        self._task = task
        self._limit = limit
        self._whole: list[Part] = []
        self._short: list[Part] = []
        self._gone = 0
        """Turns before this one are left out."""
        self._cut = 0
        """Turns before this one are shortened."""
        self.tokens = tokens_of(system) + tokens_of(task) + 2 * MESSAGE_TOKENS

    def messages(self) -> list[BaseMessage]:
        first = self._task
        if self._gone:
            first += (
                f"\n\n(Your first {self._gone} answers are left out here to save room; their work is in the files.)"
            )
        parts = [*self._short[self._gone : self._cut], *self._whole[self._cut :]]
        return [self._system, HumanMessage(first), *(message for part in parts for message in part.messages)]

    def add(self, turn: Turn) -> None:
        whole = _part(turn, short=False)
        self._whole.append(whole)
        self._short.append(_part(turn, short=True))
        self.tokens += whole.tokens
        if self.tokens > self._limit:
            self._shorten(int(self._limit * LOW))

    def _shorten(self, goal: int) -> None:
        last = len(self._whole) - KEPT_WHOLE
        while self.tokens > goal and self._cut < last:
            self.tokens += self._short[self._cut].tokens - self._whole[self._cut].tokens
            self._cut += 1
        while self.tokens > goal and self._gone < self._cut:
            self.tokens -= self._short[self._gone].tokens
            self._gone += 1
        # Only where the limit itself is still passed may the latest turns lose something.
        while self.tokens > self._limit and self._cut < len(self._whole) - 1:
            self.tokens += self._short[self._cut].tokens - self._whole[self._cut].tokens
            self._cut += 1


def _part(turn: Turn, *, short: bool) -> Part:
    calls = turn.answer.tool_calls
    tool_calls = [
        {"name": call.name, "args": _arguments(call, short=short), "id": call.id, "type": "tool_call"} for call in calls
    ]
    text = turn.answer.text or ("" if calls else "(empty)")
    messages: list[BaseMessage] = [AIMessage(_shortened(text) if short else text, tool_calls=tool_calls)]
    messages += [ToolMessage(told(result, short=short), tool_call_id=result.call_id) for result in turn.results]
    messages += [HumanMessage(turn.remark)] if turn.remark else []
    sizes = [tokens_of(str(message.content)) + MESSAGE_TOKENS for message in messages]
    return Part(tuple(messages), sum(sizes) + sum(tokens_of(str(call["args"])) for call in tool_calls))


def _arguments(call: ToolCall, *, short: bool) -> dict[str, Any]:
    """What was no JSON goes back as a string within JSON: some servers refuse a history with broken arguments."""
    if call.arguments is None:
        return {"not_json": call.raw[:SHORT]}
    return {key: _shortened_value(value) for key, value in call.arguments.items()} if short else call.arguments


def _shortened_value(value: Any) -> Any:
    if isinstance(value, str):
        return _shortened(value)
    if isinstance(value, list):
        return [_shortened_value(inner) for inner in value[:8]]
    return {k: _shortened_value(v) for k, v in value.items()} if isinstance(value, dict) else value


def _shortened(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]} (+{len(text) - SHORT} characters, not shown again)"


def told(result: ToolOutcome, *, short: bool = False) -> str:
    """What the model is told of a result: our words, then the data within a fence that the data cannot close."""
    head = f"{'ok' if result.ok else 'error'}: {result.status}"
    if not result.data:
        return head
    if short:
        return f"{head} (what it showed is left out; call again if needed)"
    mark = fence_of(result.data)
    return f"{head}\n<data {mark}>\n{result.data}\n</data {mark}>"


def fence_of(data: str) -> str:
    """A word that is not in the data; the same for the same data."""
    mark = hashlib.sha256(data.encode("utf-8", "replace")).hexdigest()[:8]
    while mark in data:
        mark = hashlib.sha256(mark.encode()).hexdigest()[:8]
    return mark


def total(turns: Sequence[Turn]) -> tuple[int, int]:
    """Prompt and completion tokens of all answers."""
    usages = [turn.answer.usage for turn in turns]
    return sum(usage.prompt_tokens for usage in usages), sum(usage.completion_tokens for usage in usages)


__all__ = ["Conversation", "fence_of", "tokens_of", "told", "total"]
