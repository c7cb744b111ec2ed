"""Callers of a live application: `python -m bench.callers URL SECONDS KIND=COUNT... < pipe > answers`.

Each asks ten times a second, whatever came back before, until its standard input is closed or the time is over. Then
one line of JSON for each request is written: when it began (monotonic clock), how long it took in ms, its kind, and
what was wrong with it, empty where it was answered with the right status.

`kept` reuses its connection and opens a new one where it was told to or sees that it was closed; `naive` reuses it
without looking, and fails where it was closed without a word; `new` opens one for each request; `post` creates, on a
kept connection.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

PERIOD_S = 0.1
ANSWER_S = 15.0
BODY = b'{"title": "from the bench"}'
WRONG_ANSWER = "answered "


@dataclass(frozen=True)
class Asked:
    began: float
    ms: float
    kind: str
    fault: str


class Caller:
    def __init__(self, kind: str, host: str, port: int, asked: list[Asked]) -> None:
        self._kind = kind
        self._host = host
        self._port = port
        self._asked = asked
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, stop: asyncio.Event) -> None:
        due = time.monotonic() + random.uniform(0, PERIOD_S)
        while not stop.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + PERIOD_S, time.monotonic() - 1)
            began = time.monotonic()
            fault = ""
            try:
                async with asyncio.timeout(ANSWER_S):
                    fault = await self._ask()
            except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
                fault = f"{type(error).__name__}: {error}"
                self._drop()
            self._asked.append(Asked(began, (time.monotonic() - began) * 1000, self._kind, fault))
        self._drop()

    async def _ask(self) -> str:
        if self._kind in ("kept", "post") and self._streams is not None and self._streams[0].at_eof():
            self._drop()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(self._request())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        if self._kind == "new" or b"connection: close" in head:
            self._drop()
        status = int(head.split(b" ")[1])
        return "" if status == (201 if self._kind == "post" else 200) else f"{WRONG_ANSWER}{status}"

    def _request(self) -> bytes:
        close = "Connection: close\r\n" if self._kind == "new" else ""
        if self._kind == "post":
            head = (
                f"POST /todos HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}"
            )
            return f"{head}\r\n\r\n".encode() + BODY
        return f"GET /todos?limit=5 HTTP/1.1\r\nHost: bench\r\n{close}\r\n".encode()

    def _drop(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def run(url: str, seconds: float, kinds: list[str]) -> list[Asked]:
    parts = urlsplit(url)
    asked: list[Asked] = []
    stop = asyncio.Event()
    counts = [kind.partition("=") for kind in kinds]
    callers = [
        Caller(kind, parts.hostname or "", parts.port or 0, asked)
        for kind, _, count in counts
        for _ in range(int(count))
    ]
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), stop.set)
    loop.call_later(seconds, stop.set)
    await asyncio.gather(*[caller.call(stop) for caller in callers])
    return asked


def main() -> None:
    asked = asyncio.run(run(sys.argv[1], float(sys.argv[2]), sys.argv[3:]))
    for one in asked:
        print(json.dumps([one.began, one.ms, one.kind, one.fault]))


if __name__ == "__main__":
    main()
