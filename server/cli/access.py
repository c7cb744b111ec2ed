"""Where the command line gets its token from."""

from __future__ import annotations

from memory.settings import Settings
from server.cli.errors import CommandError
from server.local_token import NotAllowed, local_token


def access_token(settings: Settings) -> str:
    """An access token of the local administrator. Raises CommandError."""
    try:
        return local_token(settings)
    except NotAllowed as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{settings.secrets} cannot be read: {error.strerror}") from error


__all__ = ["access_token"]
