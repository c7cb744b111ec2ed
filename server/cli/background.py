"""A running server for verbs that need one."""

from __future__ import annotations

import socket
import sys

from memory.settings import Settings
from server.supervision.control import start_detached
from server.supervision.state import running_server

PORTS_TRIED = 20


def ensure_server(settings: Settings) -> str:
    """Address of the server of this home; one is started in the background where none runs.

    Raises StartFailed, ServiceError.
    """
    state = running_server(settings)
    if state is not None and state.ready:
        return state.url
    return start_detached(settings, [sys.executable, "-m", "server.cli", "up"])


def with_free_port(settings: Settings) -> Settings:
    """The settings, with the next free port where nobody asked for the one that is taken."""
    if "port" in settings.model_fields_set:
        return settings
    ports = range(settings.port, settings.port + PORTS_TRIED)
    return settings.model_copy(update={"port": next((p for p in ports if _is_free(settings.host, p)), settings.port)})


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return True
    except OSError:
        return False


__all__ = ["ensure_server", "with_free_port"]
