"""What a process of ours sees of the environment. Light to import: the command line waits for it."""

from __future__ import annotations

import os

from memory.settings import REPOSITORY, Settings


def child_environment(settings: Settings) -> dict[str, str]:
    """Ours, with what the command line may have changed; our own code is found from any folder."""
    return {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        "SOFTWRIGHT_HOME": str(settings.home),
        "SOFTWRIGHT_HOST": settings.host,
        "SOFTWRIGHT_PORT": str(settings.port),
    }


__all__ = ["child_environment"]
