"""Whether the embedded services still answer, asked on connections that stay open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import psycopg
import redis

from memory.services.ensure import Services
from memory.settings import Settings

TIMEOUT_S = 5.0


class ServiceWatch:
    """External services are not watched: they are not ours to start."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._services = services
        self._postgres: psycopg.Connection[tuple[object, ...]] | None = None
        self._redis = redis.Redis.from_url(
            services.redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        self._checks: dict[str, Callable[[], None]] = {}
        if settings.database_url is None:
            self._checks["PostgreSQL"] = self._ask_postgres
        if settings.redis_url is None:
            self._checks["Redis"] = self._ask_redis

    def silent(self) -> list[str]:
        """Names of the services that do not answer."""
        return [name for name, check in self._checks.items() if not _answers(check)]

    def close(self) -> None:
        self._redis.close()
        self._close_postgres()

    def _ask_postgres(self) -> None:
        try:
            if self._postgres is None:
                url = self._services.database_url
                self._postgres = psycopg.connect(url, autocommit=True, connect_timeout=int(TIMEOUT_S))
            self._postgres.execute("SELECT 1")
        except psycopg.Error:
            self._close_postgres()
            raise

    def _close_postgres(self) -> None:
        if self._postgres is not None:
            with suppress(psycopg.Error):
                self._postgres.close()
            self._postgres = None

    def _ask_redis(self) -> None:
        self._redis.ping()


def _answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except (psycopg.Error, redis.RedisError, OSError):
        return False
    return True


__all__ = ["ServiceWatch"]
