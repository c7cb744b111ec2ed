"""Asking the API whether everything that it needs is there."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from memory.settings import Settings

TIMEOUT_S = 2.0


def is_ready(settings: Settings) -> bool:
    """Whether GET /ready of this machine's server answers 200. No proxy is asked."""
    connection = http.client.HTTPConnection(urlsplit(settings.url).hostname or "", settings.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


__all__ = ["is_ready"]
