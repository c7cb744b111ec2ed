"""Where the command line gets its token from."""

from __future__ import annotations

from memory.settings import Settings
from server.auth import local_token


def access_token(settings: Settings) -> str:
    """An access token of the local administrator."""
    return local_token(settings)


__all__ = ["access_token"]
