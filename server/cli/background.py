"""A running server for verbs that need one."""

from __future__ import annotations

import sys

from memory.settings import Settings
from server.supervision.control import start_detached
from server.supervision.state import running_server


def ensure_server(settings: Settings) -> str:
    """Address of the server of this home; one is started in the background where none runs.

    Raises StartFailed, ServiceError.
    """
    state = running_server(settings)
    if state is not None and state.ready:
        return state.url
    return start_detached(settings, [sys.executable, "-m", "server.cli", "up"])


__all__ = ["ensure_server"]
