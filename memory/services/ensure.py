"""Both services at once: what `up`, the worker, the API and `langgraph dev` call first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from memory.services.postgres import ensure_postgres, stop_postgres
from memory.services.redis import ensure_redis, stop_redis
from memory.settings import Settings


@dataclass(frozen=True)
class Services:
    database_url: str
    """For psycopg."""
    redis_url: str
    """For redis-py."""

    @property
    def broker_url(self) -> str:
        """For Celery, which names unix sockets otherwise."""
        if not self.redis_url.startswith("unix://"):
            return self.redis_url
        path, _, query = self.redis_url.removeprefix("unix://").partition("?")
        number = query.removeprefix("db=") or "0"
        return f"redis+socket://{path}?virtual_host={number}"


def ensure_services(settings: Settings) -> Services:
    """PostgreSQL and Redis that answer; embedded ones are started where none run. Blocking.

    Raises ServiceError.
    """
    with ThreadPoolExecutor(2) as pool:
        database_url = pool.submit(ensure_postgres, settings)
        redis_url = pool.submit(ensure_redis, settings)
        return Services(database_url.result(), redis_url.result())


def stop_services(settings: Settings) -> bool:
    """Ends the embedded servers, Redis first, and waits; False where none ran. External ones are left alone."""
    redis_ran = stop_redis(settings)
    postgres_ran = stop_postgres(settings)
    if settings.sockets != settings.run:
        with suppress(OSError):
            settings.sockets.rmdir()
    return postgres_ran or redis_ran


__all__ = ["Services", "ensure_services", "stop_services"]
