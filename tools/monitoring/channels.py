"""Where messages go: apprise addresses. They are secrets: shown are kind and, where it is none, the host."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, unquote, urlsplit

import apprise

from tools.monitoring.interface import ChannelRefused, NotDelivered, Sender

OF_THIS_MACHINE = frozenset({"dbus", "qt", "glib", "kde", "gnome", "macosx", "windows", "syslog"})
"""Would show something on the server's own desktop."""
WITH_HOST = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"})
"""Their host is a host; in other addresses a token may stand there."""
WEBHOOKS = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})
KEY_HEADER = "Idempotency-Key"
TOKEN = re.compile(r"[^A-Za-z0-9_.~%+-]+")
SHORTEST_TOKEN = 5
MOST_THREADS = 64
PATIENCE_S = 30.0


def channel_id(url: str) -> str:
    return f"channel-{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def shown(url: str) -> str:
    """An address for people: enough to know which one it is, not enough to use it."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("?")[0].rpartition("@")[2].partition("/")[0] if scheme.lower() in WITH_HOST else "****"
    return f"{scheme.lower()}://{host}" + ("/****" if scheme.lower() in WITH_HOST else "")


def checked(url: str) -> str:
    """The same address. Raises ChannelRefused; its text does not quote the address."""
    scheme = url.partition("://")[0].lower()
    if scheme in OF_THIS_MACHINE:
        raise ChannelRefused(f"channels: {scheme}:// is the server's own desktop; choose one that reaches people")
    with _heard() as said:
        plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        known = "" if said else f"; {scheme}:// is unknown" if "://" in url else "; it has no scheme"
        raise ChannelRefused(
            f"channels: an address is none that apprise takes{known}. Examples: mailto://user:password@host, "
            "slack://token_a/token_b/token_c, json://host/path (a webhook)"
        )
    return url


class AppriseSender(Sender):
    """Each message in a thread: apprise blocks."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="apprise")

    async def send(self, url: str, title: str, body: str, key: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.get_running_loop().run_in_executor(self._threads, deliver, url, title, body, key)
        except TimeoutError:
            raise NotDelivered(f"{shown(url)}: no answer within {PATIENCE_S:g} s") from None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def deliver(url: str, title: str, body: str, key: str) -> None:
    """Blocking, some seconds at most where nobody answers. Raises NotDelivered, ChannelRefused."""
    target = apprise.Apprise()
    if not target.add(_with_key(url, key)):
        raise ChannelRefused(f"{shown(url)}: apprise takes this address no more; set the channels again")
    with _heard() as said:
        delivered = target.notify(title=title, body=f"{body}\n\nref {key}", body_format=apprise.NotifyFormat.TEXT)
    if not delivered:
        reason = without_tokens("; ".join(said), url) or "it refused the message, or did not answer"
        raise NotDelivered(f"{shown(url)}: {reason}"[:500])


def without_tokens(text: str, url: str) -> str:
    """A message of apprise's with every part of the address taken out that could be a secret."""
    visible = shown(url).partition("://")[2].partition("/")[0]
    parts = set(TOKEN.split(url)) | set(TOKEN.split(unquote(url)))
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_TOKEN and part not in visible:
            text = text.replace(part, "****")
    return text


def _with_key(url: str, key: str) -> str:
    """Webhooks get the key as a header, so that they can tell a repeated message."""
    if urlsplit(url).scheme.lower() not in WEBHOOKS:
        return url
    return f"{url}{'&' if '?' in url else '?'}{quote('+' + KEY_HEADER)}={key}"


class _Ears(logging.Handler):
    """What apprise says about this message: other threads speak of other channels. It carries the context along."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if _LISTENER.get() is self:
            self.lines.append(record.getMessage())


_LISTENER: ContextVar[_Ears | None] = ContextVar("listener", default=None)


@contextmanager
def _heard() -> Iterator[list[str]]:
    ears = _Ears()
    logger = logging.getLogger("apprise")
    logger.propagate = False  # its lines may hold addresses, and would go to our log
    logger.addHandler(ears)
    token = _LISTENER.set(ears)
    try:
        yield ears.lines
    finally:
        _LISTENER.reset(token)
        logger.removeHandler(ears)


__all__ = ["AppriseSender", "channel_id", "checked", "deliver", "shown", "without_tokens"]
