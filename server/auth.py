"""Whose token it is that a request brings."""

from __future__ import annotations

import jwt

from server.local_token import ADMINISTRATOR, ALGORITHM, NotAllowed


def check_token(key: str, token: str) -> str:
    """The user that a token names. Raises NotAllowed."""
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": ["exp", "iat", "sub"]})
    except jwt.InvalidTokenError as error:
        raise NotAllowed(f"the token is not valid: {error}") from error
    if claims["sub"] != ADMINISTRATOR:
        raise NotAllowed("the token is of a user that is not known here")
    return ADMINISTRATOR


__all__ = ["check_token"]
