"""One HTTP request over a unix socket that nobody else knows, with a bounded answer."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import socket
from dataclasses import dataclass
from typing import Any

MAX_ANSWER = 8 << 20
CHUNK = 64 << 10


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes

    def json(self) -> Any:
        """None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class _Received:
    """What http.client takes for a socket."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._raw)


async def exchange(address: str, method: str, path: str, *, body: Any = None, timeout_s: float) -> Reply:
    """Raises TimeoutError, OSError, ValueError (what came back is no HTTP, or longer than 8 MB)."""
    async with asyncio.timeout(timeout_s):
        raw = await _received(address, _request(method, path, body))
    response = http.client.HTTPResponse(_Received(raw), method=method)  # type: ignore[arg-type]
    try:
        response.begin()
        return Reply(response.status, response.read())
    except http.client.HTTPException as error:
        raise ValueError(f"the answer is not HTTP: {error!r}") from error


def _request(method: str, path: str, body: Any) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n"
    if body is None:
        return f"{head}\r\n".encode("ascii")
    content = json.dumps(body).encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode("ascii") + content


async def _received(address: str, request: bytes) -> bytes:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, address)
        reader, writer = await asyncio.open_unix_connection(sock=sock)
    except BaseException:
        sock.close()
        raise
    answer = bytearray()
    try:
        writer.write(request)
        await writer.drain()
        while data := await reader.read(CHUNK):
            answer += data
            if len(answer) > MAX_ANSWER:
                raise ValueError(f"the answer is longer than {MAX_ANSWER >> 20} MB")
    finally:
        writer.transport.abort()
    return bytes(answer)


__all__ = ["Reply", "exchange"]
