"""Typed events of a project in a Redis stream: written by the worker, replayed from any id."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

LENGTH = 10_000
"""Events kept for a project, about."""
REMEMBERED_S = 7 * 86_400
"""How long a repeated event is known as one."""
ONCE_A_RUN = ("run_finished",)
BLOCK_MS = 2_000
ADD = """
local before = redis.call('GET', KEYS[2])
if before then return before end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[1])
redis.call('SET', KEYS[2], id, 'EX', ARGV[3])
return id
"""


def make_redis(url: str, *, attempts: int = 20) -> Redis:
    """A client that waits for a Redis that is being restarted: half a minute with 20 attempts, 3 seconds with 6."""
    retry: Any = Retry(ExponentialBackoff(cap=2.0, base=0.05), attempts)
    return Redis.from_url(
        url, decode_responses=True, retry=retry, retry_on_error=[RedisConnectionError, RedisTimeoutError, OSError]
    )


class Events:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(ADD)

    async def emit(
        self, kind: str, project_id: str, run_id: str | None, *, key: str | None = None, **fields: Any
    ) -> str:
        """Returns the event's id, its place in the stream.

        A repeated step tells again what it told before: within a run one `key` of a kind is one event, the first.
        """
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {"type": kind, "project_id": project_id, "run_id": run_id, "timestamp": stamp, **fields}
        # without a key of its own an event is still one, where its answer is lost and the client asks again
        same = key if key is not None else kind if kind in ONCE_A_RUN else uuid.uuid4().hex
        keys = [_stream(project_id), f"event:{project_id}:{run_id}:{kind}:{same}"]
        return str(await self._add(keys, [json.dumps(body), LENGTH, REMEMBERED_S]))

    async def follow(self, project_id: str, last_id: str) -> AsyncIterator[dict[str, Any] | None]:
        """Events after `last_id` (`0`: all), then those to come; None after each stretch of silence."""
        while True:
            answer: Any = await self._redis.xread({_stream(project_id): last_id}, count=200, block=BLOCK_MS)
            if not answer:
                yield None
            for _, entries in answer or ():
                for entry_id, values in entries:
                    last_id = entry_id
                    yield {"id": entry_id, **json.loads(values["event"])}
            await asyncio.sleep(0)

    async def last_id(self, project_id: str) -> str:
        """Of the newest event; `0` where there is none."""
        newest: Any = await self._redis.xrevrange(_stream(project_id), count=1)
        return str(newest[0][0]) if newest else "0"

    async def forget(self, project_id: str) -> None:
        await self._redis.delete(_stream(project_id))


def _stream(project_id: str) -> str:
    return f"events:{project_id}"


__all__ = ["Events", "make_redis"]
