"""The health probe against servers that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator

import pytest

from tools.deploy.local.health import probe, wait_healthy


@contextlib.asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[str]:
    """One answer a connection, the last one again and again; an empty one is never given."""
    left = list(answers)
    address = f"\0test-{secrets.token_hex(8)}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = left.pop(0) if len(left) > 1 else left[0]
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            if not words:
                await reader.read()
            writer.write(words)
            await writer.drain()
        writer.close()
        answered.release()

    answered = asyncio.Semaphore(0)
    server = await asyncio.start_unix_server(answer, address)
    try:
        yield address
    finally:
        async with asyncio.timeout(5):
            await answered.acquire()
        server.close()


@pytest.mark.parametrize(
    ("answer", "healthy", "status", "words"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True, 200, ""),
        (b"HTTP/1.1 204\r\n\r\n", True, 204, ""),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False, 503, "answered 503"),
        (b"HTTP/1.1 302 Found\r\n\r\n", False, 302, "answered 302"),
        (b"SSH-2.0-OpenSSH\r\n", False, None, "not HTTP"),
        (b"HTTP/1.1 200 OK", False, None, "failed"),
        (b"x" * 100_000, False, None, "failed"),
        (b"", False, None, "no answer"),
    ],
)
async def test_only_a_2xx_is_healthy(answer: bytes, healthy: bool, status: int | None, words: str) -> None:
    async with answering(answer) as address:
        seen = await probe(address, "/health", timeout_s=0.5)
    assert (seen.healthy, seen.status_code) == (healthy, status)
    assert words in seen.error


async def test_nobody_there_is_not_healthy() -> None:
    seen = await probe("\0test-nobody-listens-here", "/health", timeout_s=1)
    assert not seen.healthy
    assert "refused" in seen.error


async def test_waiting_goes_on_until_it_is_healthy() -> None:
    down = b"HTTP/1.1 503 No\r\n\r\n"
    async with answering(down, down, b"HTTP/1.1 200 OK\r\n\r\n") as address:
        seen = await wait_healthy(address, "/health", within_s=10)
    assert seen.healthy
