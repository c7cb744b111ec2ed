"""Making a thing once, although the process that makes it may die at any moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from pydantic import BaseModel

Result = TypeVar("Result", bound=BaseModel)


class Once(Protocol):
    """Gives the stored result of `key`; where there is none, makes it, stores it, then gives it."""

    async def once(self, key: str, make: Callable[[], Awaitable[Result]], model: type[Result]) -> Result:
        """What `make` raises goes through and nothing is stored."""
        ...


__all__ = ["Once"]
