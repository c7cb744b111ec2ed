"""Answers of an audit service in Redis, shared by all runs and workers."""

from __future__ import annotations

import logging
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger("softwright.audit-cache")
PREFIX = "audit:"

Answer = TypeVar("Answer", bound=BaseModel)


class AuditCache(Generic[Answer]):
    """What cannot be read or kept is asked for again: a cache that is gone costs time, never a check."""

    def __init__(self, redis: Redis, model: type[Answer]) -> None:
        self._redis = redis
        self._model = model

    async def get(self, key: str) -> Answer | None:
        try:
            stored = await self._redis.get(PREFIX + key)
            return None if stored is None else self._model.model_validate_json(stored)
        except (RedisError, OSError) as error:
            logger.warning("the kept answer of the audit cannot be read: %s", error)
        except ValidationError as error:
            logger.warning("the kept answer of the audit is of another version: %d problems", error.error_count())
        return None

    async def put(self, key: str, result: Answer, keep_s: int) -> None:
        """Forgotten after `keep_s` seconds."""
        try:
            await self._redis.set(PREFIX + key, result.model_dump_json(), ex=keep_s)
        except (RedisError, OSError) as error:
            logger.warning("the answer of the audit is not kept: %s", error)


__all__ = ["AuditCache"]
