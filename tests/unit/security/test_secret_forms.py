"""Secrets by their issuers' forms and by their names; values are made here, none was ever issued."""

from __future__ import annotations

import random

import pytest

from tools.security.flow.secret_words import is_secret
from tools.security.secret_forms import FORMS, MARKS, by_form, forms_of
from tools.security.secret_rules import found_in_text

HEX, LETTERS = "0123456789abcdef", "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"


def made(count: int, letters: str = LETTERS) -> str:
    """Always the same, and random enough."""
    return "".join(random.Random(count).choices(letters, k=count))


UUID = "-".join(made(count, HEX) for count in (8, 4, 4, 4, 12))
ISSUED = {
    "Alibaba Key": "LTAI" + made(20),
    "Amazon Marketplace Token": "amzn.mws." + UUID,
    "Clojars Token": "CLOJARS_" + made(60, HEX),
    "Grafana Token": "glsa_" + made(32) + "_" + made(8, HEX),
    "Flutterwave Key": "FLWSECK_TEST-" + made(32, "abcdefgh0123456789") + "-X",
    "Plaid Token": "access-production-" + UUID,
    "Pulumi Token": "pul-" + made(40, HEX),
    "Shippo Token": "shippo_live_" + made(40, HEX),
    "Supabase Token": "sbp_" + made(40, HEX),
    "OAuth Secret": "https://a.b/oauth?client_id=1&client_secret=" + made(32),
    "Slack Webhook": "hooks.slack.com/services/" + made(40),
    "Command's Password": "sshpass -p 'Blah!7' ssh a",
}


@pytest.mark.parametrize("kind", ISSUED)
def test_a_form_is_known_anywhere(kind: str) -> None:
    line = f"  see {ISSUED[kind]} there"
    assert kind in {found.kind for found in by_form(1, line)}
    assert kind in {found.kind for found in found_in_text("notes.txt", line)}


def test_no_form_is_left_out_for_its_mark() -> None:
    """A line is looked at for a form only where one of its marks stands in it."""
    assert set(dict(MARKS)) == {kind for kind, _ in FORMS}
    for kind, text in ISSUED.items():
        assert kind in {form[0] for form in forms_of(text)}, kind
    assert forms_of("an ordinary line = of_code(1)") == ()


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        ("main.go", f'adafruit_api_token := "{made(32)}"', True),
        ("app.rb", f"config.secret_key = '{made(40)}'", True),
        ("notes.txt", f"JENKINS_TOKEN={made(24)}", True),
        ("Main.java", f'String apiKey = "{UUID}";', True),
        ("main.go", "token := strings.TrimPrefix(header, prefix)", False),
        ("main.go", 'secretName := "app-secret-of-2024"', False),
        ("main.go", f'cacheKey := "{made(32)}"', False),
        ("main.go", 'apiKey := "your-api-key-1234-goes-here-5678"', False),
        ("main.go", f'password := os.Getenv("{made(20)}")', False),
        ("Main.java", 'String tokenUrl = "https://login.site.com/v2/a1b2c3d4"', False),
        ("go.sum", f'token = "{made(32)}"', False),
    ],
)
def test_a_random_text_under_a_secrets_name(file: str, line: str, found: bool) -> None:
    assert bool(list(found_in_text(file, line))) is found


def test_a_line_of_a_file_is_no_secret() -> None:
    assert is_secret("kaiKoh7Ieng2")
    assert not is_secret("sandbox:x:65534:65534:sandbox:/tmp:/usr/sbin/nologin\n")
