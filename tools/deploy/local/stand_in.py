"""Answers 503 in place of an application that does not stay up, so that its callers need not wait in vain."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

BODY = b'{"detail":"the application is down and is being started again"}'
ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Length: " + str(len(BODY)).encode() + b"\r\n\r\n" + BODY
)
HEAD_BYTES = 64 << 10
PATIENCE_S = 2.0


@contextlib.asynccontextmanager
async def standing_in(listener: socket.socket) -> AsyncIterator[None]:
    """For as long as the block lasts; the listener itself stays open."""
    server = await asyncio.start_server(_answer, sock=listener.dup(), limit=HEAD_BYTES)
    try:
        yield
    finally:
        server.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # a request that is not read turns the answer into a reset
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(PATIENCE_S):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()
            writer.write_eof()
            await reader.read(HEAD_BYTES)
    writer.close()


__all__ = ["standing_in"]
