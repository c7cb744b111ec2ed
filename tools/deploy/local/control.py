"""How a platform speaks with a keeper: one JSON object a line over a unix socket that only its owner may open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

LINE_BYTES = 8 << 20
Message = dict[str, Any]


class NoKeeper(Exception):
    """Nobody answers on the control socket, or it went away in the middle."""


@contextlib.contextmanager
def short_path(path: Path) -> Iterator[str]:
    """The same file under a name that fits into a socket address (108 bytes), however deep its folder lies."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


async def call(path: Path, message: Message, *, timeout_s: float) -> Message:
    """Ask and wait for the answer. Raises NoKeeper, TimeoutError."""
    try:
        async with asyncio.timeout(timeout_s):
            with short_path(path) as address:
                reader, writer = await asyncio.open_unix_connection(address, limit=LINE_BYTES)
            try:
                writer.write(json.dumps(message).encode() + b"\n")
                await writer.drain()
                line = await reader.readline()
            finally:
                writer.transport.abort()
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise NoKeeper(str(error)) from error
    if not line.endswith(b"\n"):
        raise NoKeeper("it ended while it was asked")
    answer: Message = json.loads(line)
    return answer


@contextlib.asynccontextmanager
async def listening(path: Path, answer: Callable[[Message], Awaitable[Message]]) -> AsyncIterator[None]:
    """Answer callers for as long as the block lasts; one whose caller has gone away is still carried out."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError):
            if line := await reader.readline():
                writer.write(json.dumps(await answer(json.loads(line))).encode() + b"\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(converse, sock=_bound(path), limit=LINE_BYTES)
    try:
        yield
    finally:
        server.close()


def _bound(path: Path) -> socket.socket:
    """A socket in place of the one that a keeper before may have left there."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path.unlink(missing_ok=True)
    with short_path(path) as address:
        sock.bind(address)
    path.chmod(0o600)
    return sock


__all__ = ["Message", "NoKeeper", "call", "listening"]
