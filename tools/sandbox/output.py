"""Output of a command, kept within a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

CHUNK = 1 << 16


class BoundedOutput:
    """Collects what streams yield; calls `exceeded` once, when all of them together pass `limit` bytes."""

    def __init__(self, limit: int, exceeded: Callable[[], None]) -> None:
        self._limit = limit
        self._exceeded = exceeded
        self._total = 0

    async def collect(self, stream: asyncio.StreamReader) -> bytes:
        """Until its end: all of it, or where it is too long, its first and its last part."""
        kept = bytearray()
        total = 0
        while chunk := await stream.read(CHUNK):
            total += len(chunk)
            kept += chunk
            self._count(len(chunk))
            if len(kept) > 2 * self._limit + CHUNK:
                kept = bytearray(shortened(bytes(kept), self._limit, total))
        return shortened(bytes(kept), self._limit, total)

    def _count(self, length: int) -> None:
        before = self._total
        self._total += length
        if before <= self._limit < self._total:
            self._exceeded()


def shortened(data: bytes, limit: int, total: int) -> bytes:
    """At most `limit` bytes of the beginning and the end, with a line between that tells how much is missing."""
    if len(data) <= limit:
        return data
    half = limit // 2
    return data[:half] + f"\n[... {total - 2 * half} bytes left out ...]\n".encode() + data[-half:]


__all__ = ["BoundedOutput", "shortened"]
