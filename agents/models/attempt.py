"""One attempt at a model, as the gateway sees it: without the client that makes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from memory.records.model import Ask, ToolCall, Usage

OnText = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Reply:
    text: str
    tool_calls: tuple[ToolCall, ...]
    finish: str
    usage: Usage | None
    """None where the endpoint did not say."""
    size: int
    """Bytes of the answer."""


class Attempts(Protocol):
    """Every model of the settings' endpoint. Belongs to one event loop."""

    async def call(self, ask: Ask, model: str, *, max_tokens: int, on_text: OnText, about: Mapping[str, str]) -> Reply:
        """`about`: metadata for tracing. Raises Failure, and nothing else."""
        ...

    async def aclose(self) -> None: ...


__all__ = ["Attempts", "OnText", "Reply"]
