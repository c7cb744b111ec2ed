"""What PostgreSQL and Redis raise while they are away: the work is done again when they are back."""

from __future__ import annotations

import psycopg
import redis

SERVICE_AWAY = (psycopg.OperationalError, redis.ConnectionError, redis.TimeoutError)


def service_of(error: BaseException) -> str:
    """Name of the service that an error of SERVICE_AWAY comes from."""
    return "PostgreSQL" if isinstance(error, psycopg.Error) else "Redis"


__all__ = ["SERVICE_AWAY", "service_of"]
