"""Tokens: forged, expired and odd ones are refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from memory.settings import Settings, load_settings
from server.auth import check_token
from server.local_token import ADMINISTRATOR, NotAllowed, local_token, signing_key

KEY = "k" * 48
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path)


def signed(key: str = KEY, algorithm: str = "HS256", **claims) -> str:
    now = datetime.now(UTC)
    whole = {"sub": ADMINISTRATOR, "iat": now, "exp": now + timedelta(minutes=1)} | claims
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, key, algorithm)


def test_the_local_token_is_the_administrators_for_a_month(own_settings: Settings) -> None:
    key, token = signing_key(own_settings), local_token(own_settings)
    assert check_token(key, token) == ADMINISTRATOR
    claims = jwt.decode(token, key, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 30 * 24 * 3600
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert local_token(own_settings) != token


def test_the_signing_key_is_made_once_and_private(own_settings: Settings) -> None:
    assert signing_key(own_settings) == signing_key(own_settings)
    file = own_settings.secrets / "jwt.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text()) >= 43
    given = load_settings(home=own_settings.home, jwt_secret="x" * 40)
    assert signing_key(given) == "x" * 40


def test_a_key_that_was_left_empty_signs_nothing(own_settings: Settings) -> None:
    signing_key(own_settings)
    (own_settings.secrets / "jwt.key").write_text("")
    with pytest.raises(NotAllowed, match=r"jwt\.key"):
        signing_key(own_settings)


@pytest.mark.parametrize(
    "claims",
    [{"exp": LONG_AGO}, {"exp": None}, {"iat": None}, {"sub": None}, {"sub": ""}, {"sub": "eve"}],
    ids=lambda claims: str(claims)[:20],
)  # fmt: skip
def test_claims_that_are_wrong(claims: dict) -> None:
    with pytest.raises(NotAllowed):
        check_token(KEY, signed(**claims))


def test_another_key_or_algorithm() -> None:
    with pytest.raises(NotAllowed):
        check_token(KEY, signed("x" * 48))
    with pytest.raises(NotAllowed):
        check_token(KEY, signed(KEY * 2, "HS512"))
    head, body, _ = signed().split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    for forged in (f"{unsigned}.{body}.", f"{head}.{body}.", "", "x", "x.y.z", "\0", "ÿ", "a" * 100_000):
        with pytest.raises(NotAllowed):
            check_token(KEY, forged)
