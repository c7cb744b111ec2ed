"""The local administrator's tokens."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta

import jwt

from memory.services.folders import file_lock
from memory.settings import Settings

ALGORITHM = "HS256"
LIFETIME = timedelta(days=30)
ADMINISTRATOR = "admin"


class NotAllowed(Exception):
    """The token is missing, wrong or has expired."""


def signing_key(settings: Settings) -> str:
    """JWT_SECRET, or a key of our own that is made once (0600)."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value()
    path = settings.secrets / "jwt.key"
    settings.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file_lock(settings.secrets / "jwt.lock", 10.0):
        if not path.exists():
            fresh = path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            fresh.rename(path)
    return path.read_text()


def local_token(settings: Settings) -> str:
    """An access token for whoever may read the secrets' folder."""
    now = datetime.now(UTC)
    claims = {"sub": ADMINISTRATOR, "iat": now, "exp": now + LIFETIME, "jti": secrets.token_hex(8)}
    return jwt.encode(claims, signing_key(settings), ALGORITHM)


def check_token(key: str, token: str) -> str:
    """The user that a token names. Raises NotAllowed."""
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": ["exp", "iat", "sub"]})
    except jwt.InvalidTokenError as error:
        raise NotAllowed(f"the token is not valid: {error}") from error
    return str(claims["sub"])


__all__ = ["ADMINISTRATOR", "NotAllowed", "check_token", "local_token", "signing_key"]
