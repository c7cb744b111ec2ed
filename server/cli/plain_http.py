"""Requests to our own server with the standard library alone: loading an HTTP client takes longer than most verbs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

FAILURES = (OSError, HTTPException)
"""What `ask` raises where the server does not answer."""
PIECE_BYTES = 1 << 16
ESCAPED = {ord(char): f"%{ord(char):02X}" for char in '"\r\n'}
"""What ends a file's name in a form, as browsers write it."""
SAFE_IN_PATHS = "/%:@!$&'()*+,;=~"


@dataclass(frozen=True)
class Response:
    status: int
    reason: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.content)


@dataclass(frozen=True)
class Body:
    kind: str
    """Its content type."""
    length: int
    pieces: Iterable[bytes]


def json_body(value: Mapping[str, Any]) -> Body:
    data = json.dumps(value).encode()
    return Body("application/json", len(data), [data])


def file_body(file: Path) -> Body:
    """A form whose field `file` is the file. Read piece by piece, as it is sent."""
    mark = secrets.token_hex(16)
    name = file.name.translate(ESCAPED)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    tail = f"\r\n--{mark}--\r\n".encode()
    length = len(head) + file.stat().st_size + len(tail)
    return Body(f"multipart/form-data; boundary={mark}", length, chain([head], _pieces(file), [tail]))


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            yield piece


def ask(
    url: str, token: str, method: str, path: str, *, query: Mapping[str, Any], body: Body | None, timeout_s: float
) -> Response:
    """One request over a connection of its own; no proxy and no redirect. Raises FAILURES."""
    place = urlsplit(url)
    target = quote(path, safe=SAFE_IN_PATHS) + (f"?{urlencode(query)}" if query else "")
    headers = {"Authorization": f"Bearer {token}", "Accept": "*/*"}
    if body is not None:
        headers |= {"Content-Type": body.kind, "Content-Length": str(body.length)}
    connection = HTTPConnection(place.hostname or "", place.port, timeout=timeout_s)
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # a body that is refused unread: the answer says why
            connection.request(method, target, body=body.pieces if body else None, headers=headers)
        answer = connection.getresponse()
        return Response(answer.status, answer.reason, answer.read())
    finally:
        connection.close()


__all__ = ["FAILURES", "Body", "Response", "ask", "file_body", "json_body"]
