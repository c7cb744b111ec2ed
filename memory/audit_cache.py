"""Answers of advisory services and package registries in PostgreSQL, shared by all runs and workers."""

from __future__ import annotations

import logging
from typing import Generic, TypeVar

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout
from pydantic import BaseModel, ValidationError

from memory.database import Pool
from memory.repositories.base import Repository

logger = logging.getLogger("softwright.audit-cache")
AWAY = (psycopg.Error, PoolTimeout, OSError)

Answer = TypeVar("Answer", bound=BaseModel)


class AuditCache(Repository, Generic[Answer]):
    """What cannot be read or kept is asked for again: a cache that is gone costs time, never a check."""

    def __init__(self, pool: Pool, model: type[Answer]) -> None:
        super().__init__(pool)
        self._model = model

    async def get(self, key: str) -> Answer | None:
        try:
            row = await self._one("audit_answer", key=key)
            return None if row is None else self._model.model_validate(row["answer"])
        except AWAY as error:
            logger.warning("the kept answer of the audit cannot be read: %s", error)
        except ValidationError as error:
            logger.warning("the kept answer of the audit is of another version: %d problems", error.error_count())
        return None

    async def put(self, key: str, result: Answer, keep_s: int) -> None:
        """Forgotten after `keep_s` seconds."""
        try:
            answer = Jsonb(result.model_dump(mode="json"))
            await self._one("keep_audit_answer", key=key, answer=answer, keep_s=keep_s)
        except AWAY as error:
            logger.warning("the answer of the audit is not kept: %s", error)


__all__ = ["AuditCache"]
