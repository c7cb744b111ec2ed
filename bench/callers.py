"""Callers of a live application: `python -m bench.callers URL SECONDS KIND=COUNT... < pipe > answers`.

Each owes a request ten times a second, whatever came back before, until its standard input is closed or the time is
over. Then one line of JSON for each is written: when it was due (monotonic clock), how long it took in ms, its kind,
what was wrong with it (empty where it was answered with the right status), and how late this process itself was in ms.
A request that is due while the one before it is not answered yet waits, and its waiting counts as the application's;
it has failed when it is sent and not answered within 15 s.

`kept` reuses its connection and opens a new one where it was told to or sees that it was closed; `naive` reuses it
without looking, and fails where it was closed without a word; `new` opens one for each request; `post` creates, on a
kept connection.

One thread over epoll and bare sockets: on two cores a client library would take from the application what is measured.
"""

from __future__ import annotations

import errno
import gc
import heapq
import json
import random
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PERIOD_S = 0.1
ANSWER_S = 15.0
LOOK_S = 0.5
WRONG_ANSWER = "answered "
BODY = b'{"title": "from the bench"}'
GET = b"GET /todos?limit=5 HTTP/1.1\r\nHost: bench\r\n\r\n"
REQUESTS = {
    "kept": GET,
    "naive": GET,
    "new": GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    "post": b"POST /todos HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (len(BODY), BODY),
}
LOOKS_FIRST = ("kept", "post")


@dataclass(frozen=True)
class Asked:
    began: float
    ms: float
    kind: str
    fault: str
    late_ms: float = 0.0


@dataclass
class Caller:
    kind: str
    line: socket.socket | None = None
    connecting: bool = False
    began: float = 0.0
    """When the request that is on its way was due, 0 where none is."""
    sent: float = 0.0
    late: float = 0.0
    got: bytes = b""
    owed: deque[float] = field(default_factory=deque)
    """When requests were due that wait for the one before them."""


class Callers:
    def __init__(self, address: tuple[str, int], kinds: list[str]) -> None:
        self._address = address
        self._epoll = select.epoll()
        self._lines: dict[int, Caller] = {}
        self._asked: list[Asked] = []
        self._all = [Caller(kind) for kind, _, count in (k.partition("=") for k in kinds) for _ in range(int(count))]

    def run(self, seconds: float) -> list[Asked]:
        now = time.monotonic()
        due = [(now + random.uniform(0, PERIOD_S), number) for number in range(len(self._all))]
        heapq.heapify(due)
        ends, look = now + seconds, now + LOOK_S
        self._epoll.register(sys.stdin.fileno(), select.EPOLLIN)
        while now < ends:
            for fd, _ in self._epoll.poll(max(0.0, min(due[0][0], look) - time.monotonic())):
                if fd == sys.stdin.fileno():
                    ends = 0.0
                elif fd in self._lines:
                    self._moved(self._lines[fd])
            now = time.monotonic()
            while due[0][0] <= now:
                at, number = due[0]
                heapq.heapreplace(due, (at + PERIOD_S, number))
                self._due(self._all[number], at, now)
            if now >= look:
                look = now + LOOK_S
                self._overdue(now)
        self._epoll.unregister(sys.stdin.fileno())
        self._end()
        return self._asked

    def _end(self) -> None:
        """What is on its way, or owed, is waited for."""
        while self._lines and any(caller.began for caller in self._all):
            for fd, _ in self._epoll.poll(LOOK_S):
                if fd in self._lines:
                    self._moved(self._lines[fd])
            self._overdue(time.monotonic())

    def _due(self, caller: Caller, at: float, now: float) -> None:
        if caller.began:
            caller.owed.append(at)
        else:
            self._ask(caller, now, now - at)

    def _ask(self, caller: Caller, began: float, late: float) -> None:
        caller.began, caller.sent, caller.late, caller.got = began, time.monotonic(), late, b""
        if caller.line is not None and caller.kind in LOOKS_FIRST and self._closed(caller.line):
            self._drop(caller)
        if caller.line is not None:
            self._send(caller, caller.line)
            return
        line = socket.socket()
        line.setblocking(False)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        caller.line, caller.connecting = line, True
        self._lines[line.fileno()] = caller
        self._epoll.register(line.fileno(), select.EPOLLOUT)
        error = line.connect_ex(self._address)
        if error not in (0, errno.EINPROGRESS):
            self._failed(caller, OSError(error, "connect"))

    def _moved(self, caller: Caller) -> None:
        line = caller.line
        if line is None or not caller.began:
            self._idle(caller)
        elif caller.connecting:
            error = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self._failed(caller, OSError(error, "connect"))
                return
            caller.connecting = False
            self._epoll.modify(line.fileno(), select.EPOLLIN)
            self._send(caller, line)
        else:
            self._read(caller, line)

    def _idle(self, caller: Caller) -> None:
        """Closed by the other side between two requests: who does not look finds out with the next one."""
        if caller.line is not None:
            if caller.kind in LOOKS_FIRST:
                self._drop(caller)
            else:
                self._epoll.modify(caller.line.fileno(), 0)

    def _send(self, caller: Caller, line: socket.socket) -> None:
        try:
            # a request is far smaller than the socket's buffer, which is empty
            line.send(REQUESTS[caller.kind], socket.MSG_NOSIGNAL)
            self._epoll.modify(line.fileno(), select.EPOLLIN)
        except OSError as error:
            self._failed(caller, error)

    def _read(self, caller: Caller, line: socket.socket) -> None:
        try:
            part = line.recv(65536)
        except OSError as error:
            self._failed(caller, error)
            return
        if not part:
            self._failed(caller, ConnectionResetError("closed before it was answered"))
            return
        caller.got += part
        head, found, body = caller.got.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        if caller.kind == "new" or b"connection: close" in lower:
            self._drop(caller)
        status = int(head.split(b" ", 2)[1])
        right = status == (201 if caller.kind == "post" else 200)
        self._answered(caller, "" if right else f"{WRONG_ANSWER}{status}")

    def _answered(self, caller: Caller, fault: str) -> None:
        now = time.monotonic()
        self._asked.append(Asked(caller.began, (now - caller.began) * 1000, caller.kind, fault, caller.late * 1000))
        caller.began = 0.0
        if caller.owed:
            self._ask(caller, caller.owed.popleft(), 0.0)

    def _failed(self, caller: Caller, error: OSError) -> None:
        self._drop(caller)
        self._answered(caller, f"{type(error).__name__}: {error}")

    def _overdue(self, now: float) -> None:
        for caller in self._all:
            if caller.began and now - caller.sent > ANSWER_S:
                self._failed(caller, TimeoutError("no answer"))

    def _drop(self, caller: Caller) -> None:
        if caller.line is not None:
            del self._lines[caller.line.fileno()]
            self._epoll.unregister(caller.line.fileno())
            caller.line.close()
        caller.line, caller.connecting = None, False

    @staticmethod
    def _closed(line: socket.socket) -> bool:
        try:
            return not line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


def main() -> None:
    parts = urlsplit(sys.argv[1])
    callers = Callers((parts.hostname or "", parts.port or 0), sys.argv[3:])
    gc.disable()
    for one in callers.run(float(sys.argv[2])):
        print(json.dumps([one.began, one.ms, one.kind, one.fault, one.late_ms]))


if __name__ == "__main__":
    main()
