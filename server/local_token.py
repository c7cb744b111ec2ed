"""The local administrator's token, made with the standard library: the command line loads this at each call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from memory.private_files import private_folder, write_private
from memory.services.folders import file_lock
from memory.settings import Settings

ALGORITHM = "HS256"
KEY_BYTES = 48
LIFETIME_S = 30 * 24 * 3600
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
    """An access token for whoever may read the secrets' folder: a JWT of RFC 7519, signed with HMAC."""
    now = int(time.time())
    claims = {"sub": ADMINISTRATOR, "iat": now, "exp": now + LIFETIME_S, "jti": secrets.token_hex(8)}
    signed = f"{_part({'alg': ALGORITHM, 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.digest(signing_key(settings).encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{_text(signature)}"


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


__all__ = ["ADMINISTRATOR", "ALGORITHM", "NotAllowed", "local_token", "signing_key"]
