"""Where the command line gets its token from."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from memory.settings import Settings


class TokenSource(Protocol):
    def __call__(self, settings: Settings) -> str:
        """An access token of the local administrator, for whoever may read the secrets' folder."""
        ...


def access_token(settings: Settings) -> str:
    """An access token of the local administrator."""
    return cast("TokenSource", importlib.import_module("server.auth").local_token)(settings)


__all__ = ["access_token"]
