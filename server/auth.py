"""The local administrator's tokens."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import jwt

from memory.private_files import private_folder, write_private
from memory.services.folders import file_lock
from memory.settings import Settings

ALGORITHM = "HS256"
KEY_BYTES = 48
LIFETIME = timedelta(days=30)
ADMINISTRATOR = "admin"


class NotAllowed(Exception):
    """The token is missing, wrong or has expired."""


def signing_key(settings: Settings) -> str:
    """JWT_SECRET, or a key of our own that is made once (0600). Blocking. Raises NotAllowed."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value()
    path = settings.secrets / "jwt.key"
    private_folder(settings.secrets)
    with file_lock(settings.secrets / "jwt.lock", 10.0):
        if not path.exists():
            write_private(path, secrets.token_urlsafe(KEY_BYTES).encode())
    key = path.read_text().strip()
    if len(key) < KEY_BYTES:
        raise NotAllowed(f"{path} holds no signing key; remove it, and a new one is made (old tokens end)")
    return key


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
    if claims["sub"] != ADMINISTRATOR:
        raise NotAllowed("the token is of a user that is not known here")
    return ADMINISTRATOR


__all__ = ["ADMINISTRATOR", "NotAllowed", "check_token", "local_token", "signing_key"]
