"""OpenAI's client for a stream, without its walk through every message and every piece by type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from openai import AsyncStream
from openai.resources.chat.completions import AsyncCompletions

JSON_TYPE = {"Content-Type": "application/json"}


class Serialised(list[dict[str, Any]]):
    """Messages of a request that are JSON already; as a list it is empty."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        super().__init__()
        self.json = b"[" + b",".join(pieces) + b"]"


class RawCompletions(AsyncCompletions):
    """Pieces of a stream come as the endpoint's own JSON; what is not streamed goes the usual way."""

    async def create(self, **payload: Any) -> Any:
        messages = payload.get("messages")
        if not (payload.get("stream") and isinstance(messages, Serialised)):
            return await super().create(**payload)
        rest = {**payload, **(payload.get("extra_body") or {})}
        for name in ("messages", "extra_body"):
            rest.pop(name, None)
        return await self._client.post(
            "/chat/completions",
            cast_to=object,
            content=b'{"messages":' + messages.json + b"," + compact(rest)[1:],
            options={"headers": JSON_TYPE},
            stream=True,
            stream_cls=AsyncStream[object],
        )


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


__all__ = ["RawCompletions", "Serialised", "compact"]
