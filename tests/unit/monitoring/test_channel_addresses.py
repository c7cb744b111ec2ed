"""Addresses of channels are secrets: what is shown of them, and of what apprise says about them."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from tools.monitoring.channels import channel_id, checked, deliver, shown, without_tokens
from tools.monitoring.interface import ChannelRefused, NotDelivered

SECRETS = ("s3cret-pass", "T1JJ3T3L2", "TIiajkdnlazkcOXrIdevi7FQ", "hookpath99", "Bearer-abcdef", "topsecretuser")
ADDRESSES = (
    "mailto://topsecretuser:s3cret-pass@mail.example.com?to=ops@example.com",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    "json://topsecretuser:s3cret-pass@hooks.example.com:8080/hookpath99?+Authorization=Bearer-abcdef",
    "tgram://123456789:TIiajkdnlazkcOXrIdevi7FQ/12315544",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_secret_is_shown(address: str) -> None:
    visible = shown(checked(address)) + channel_id(address)
    assert not [secret for secret in SECRETS if secret in visible]
    assert visible.startswith(address.partition("://")[0])


@pytest.mark.parametrize("address", ["", "nonsense", "ftp://host", "slack://", "dbus://", "syslog://", "json://"])
def test_what_is_no_channel_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(ChannelRefused) as caught:
        checked(address)
    assert "channels" in str(caught.value)


def test_errors_hold_no_part_of_the_address() -> None:
    said = "POST http://topsecretuser:s3cret-pass@hooks.example.com:8080/hookpath99 gave 401 (Bearer-abcdef)"
    cleaned = without_tokens(said, ADDRESSES[2])
    assert not [secret for secret in SECRETS if secret in cleaned]
    assert "hooks.example.com" in cleaned


class Hook(http.server.BaseHTTPRequestHandler):
    seen: list[tuple[str | None, bytes]]
    status = 200

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.seen.append((self.headers.get("Idempotency-Key"), self.rfile.read(length)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[http.server.HTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.seen, server.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_webhook_gets_the_message_and_its_key(hook: http.server.HTTPServer) -> None:
    deliver(f"json://127.0.0.1:{hook.server_port}/hookpath99?x=y", "Title", "Body", "k1")
    ((key, body),) = hook.seen
    assert key == "k1"
    assert b"Title" in body
    assert b"ref k1" in body


def test_a_refusal_is_told_with_its_reason(hook: http.server.HTTPServer) -> None:
    hook.status = 500
    with pytest.raises(NotDelivered) as caught:
        deliver(f"json://127.0.0.1:{hook.server_port}/hookpath99", "Title", "Body", "k1")
    assert "hookpath99" not in str(caught.value)
    assert "500" in str(caught.value)
