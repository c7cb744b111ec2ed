"""What scanners found in single files, in Redis, shared by all runs and workers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger("softwright.scan-cache")
PREFIX = "scan:"


class ScanCache:
    """A cache that is gone costs time, never a check."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        if not keys:
            return []
        try:
            held = await self._redis.mget([PREFIX + key for key in keys])
        except (RedisError, OSError) as error:
            logger.warning("what is known of files cannot be read: %s", error)
            return [None] * len(keys)
        return [value.encode() if isinstance(value, str) else value for value in held]

    async def put_many(self, found: Mapping[str, bytes], keep_s: int) -> None:
        """Forgotten after `keep_s` seconds."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key, value in found.items():
                    pipeline.set(PREFIX + key, value, ex=keep_s)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            logger.warning("what was found in files is not kept: %s", error)


__all__ = ["ScanCache"]
