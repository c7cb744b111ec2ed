"""Asking an application for its health over a unix socket that nobody else knows."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from datetime import UTC, datetime

from memory.records.serving import HealthProbe

HEAD_BYTES = 16 << 10
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n")
RETRY_S = 0.02


async def probe(address: str, path: str, *, timeout_s: float) -> HealthProbe:
    """One GET. Healthy is a status of 200 to 299; never raises for what the application does."""
    began = time.perf_counter()
    status, error = None, ""
    try:
        async with asyncio.timeout(timeout_s):
            status = await _status(address, path)
    except TimeoutError:
        error = f"no answer to GET {path} within {timeout_s:.1f} s"
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as failure:
        error = f"GET {path} failed: {failure}"
    healthy = status is not None and 200 <= status < 300
    if status is not None and not healthy:
        error = f"GET {path} answered {status}"
    latency = (time.perf_counter() - began) * 1000 if status is not None else None
    return HealthProbe(healthy, status, latency, error, datetime.now(UTC))


async def wait_healthy(address: str, path: str, *, within_s: float) -> HealthProbe:
    """Probe until healthy, or until the time is over; answers the last probe."""
    deadline = time.monotonic() + within_s
    while True:
        # the socket listens before the app does, so the first probe waits in its queue and needs no polling
        result = await probe(address, path, timeout_s=max(deadline - time.monotonic(), 0.05))
        if result.healthy or time.monotonic() + RETRY_S >= deadline:
            return result
        await asyncio.sleep(RETRY_S)


async def _status(address: str, path: str) -> int:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, address)
        reader, writer = await asyncio.open_unix_connection(sock=sock, limit=HEAD_BYTES)
    except BaseException:
        sock.close()
        raise
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("ascii"))
        await writer.drain()
        line = await reader.readuntil(b"\r\n")
    finally:
        writer.transport.abort()
    match = STATUS_LINE.fullmatch(line)
    if match is None:
        raise ValueError("the answer is not HTTP")
    return int(match[1])


__all__ = ["probe", "wait_healthy"]
