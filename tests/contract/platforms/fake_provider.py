"""Providers of our own making behind real HTTP: with state, and with every way of failing that a network has."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.contract.platforms.schemas import Exchange, described

TOKEN = "fake-token-of-a-provider-1234567890"
HANG_S = 0.6
"""Longer than the tests' clients wait."""
LATE_S = 0.35
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Nay(Exception):
    """The provider refuses."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass
class App:
    """What a deployed version answers at the public address."""

    version: str
    stopped: bool = False

    @property
    def health(self) -> int:
        return 503 if self.stopped else 500 if self.version.startswith("51c4") else 200


Route = tuple[str, str, str]


@dataclass
class Fake:
    """One account at a provider. Derived classes have ROUTES: method, pattern of the path, name of the method."""

    base: str
    writes_only: bool = False
    fault: str = ""
    """What happens to each request the first time: see `_misbehaves`."""
    exchanges: list[Exchange] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    """How often each request met the fault."""
    lock: Any = field(default_factory=threading.RLock)
    number: int = 0
    revoked: bool = False
    ROUTES: ClassVar[tuple[Route, ...]] = ()
    WHOLE: ClassVar[bool] = True
    """Whether its answers have all that the provider's have to have."""
    NEWER: ClassVar[tuple[str, ...]] = ()
    """Operations that came after the description that the provider published."""

    def apps(self) -> dict[str, App]:
        """What serves now, by the name in its address."""
        raise NotImplementedError

    def error(self, status: int, text: str) -> Any:
        raise NotImplementedError

    def new_id(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number:08x}"

    def now(self) -> str:
        self.number += 1
        return datetime.fromtimestamp(1_900_000_000 + self.number, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def names(self) -> list[str]:
        """Of all services that stand there."""
        raise NotImplementedError

    def variables_of(self, name: str) -> dict[str, str]:
        raise NotImplementedError

    def instances_of(self, name: str) -> int:
        raise NotImplementedError

    def started(self, version: str) -> list[str]:
        """Deploys of that version that were begun, ways back apart."""
        raise NotImplementedError

    def git(self, handler: Any, path: str, query: str, raw: bytes) -> None:
        """git's own traffic, where the provider has repositories."""
        raise NotImplementedError

    def faults_of(self, exchange: Exchange, schema: Path) -> list[str]:
        """What the provider's description holds against it."""
        return described(schema).faults(exchange, newer=self.NEWER, answer=self.WHOLE)

    def is_write(self, exchange: Exchange) -> bool:
        return exchange.method in WRITES

    def carried_out(self, exchange: Exchange) -> None:
        with self.lock:
            try:
                exchange.status, exchange.answer = self._routed(exchange)
            except Nay as nay:
                exchange.status, exchange.answer = nay.status, nay.body
            self.exchanges.append(exchange)

    def signature(self, exchange: Exchange) -> str:
        body = json.dumps(exchange.body, sort_keys=True) if exchange.body is not None else exchange.raw.hex()
        return f"{exchange.method} {exchange.path} {body}"

    def _routed(self, exchange: Exchange) -> tuple[int, Any]:
        for method, pattern, name in self.ROUTES:
            found = re.fullmatch(pattern, exchange.path)
            if method == exchange.method and found is not None:
                answer = getattr(self, name)(exchange, **found.groupdict())
                return answer if isinstance(answer, tuple) else (200, answer)
        raise Nay(404, self.error(404, f"no route {exchange.method} {exchange.path}"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def _any(self) -> None:
        parts = urlsplit(self.path)
        case, _, rest = parts.path.lstrip("/").partition("/")
        if case == "v2":
            raw = self._body()
            return self.server.registry.registry(self, parts.path, dict(parse_qsl(parts.query)), raw)
        fake = self.server.fakes[case]
        path = f"/{rest}"
        raw = self._body()
        if path.startswith("/live/"):
            return self._app(fake, path)
        if path.startswith("/git/"):
            return fake.git(self, path, parts.query, raw)
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        exchange = Exchange(self.command, path, parse_qsl(parts.query), body, raw=raw)
        if fake.revoked or TOKEN not in (self.headers.get("authorization") or ""):
            return self._answer(401, fake.error(401, "unauthorized"))
        signature = fake.signature(exchange)
        spoilt = (2 if fake.fault == "kill" else 1) * (fake.is_write(exchange) or not fake.writes_only)
        fresh = fake.seen[signature] < spoilt
        if fresh:
            fake.seen[signature] += 1
        if fake.fault and fresh and not self._misbehaves(fake, exchange):
            self.close_connection = True
            return None
        fake.carried_out(exchange)
        return self._answer(exchange.status, exchange.answer)

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        read = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            read += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return read

    def _misbehaves(self, fake: Fake, exchange: Exchange) -> bool:
        """False: nothing more is said to this request. Status codes and 429 leave nothing done."""
        kind = fake.fault
        if kind.isdigit():
            headers = {"Retry-After": "0.01"} if kind in ("429", "503") else {}
            self._answer(int(kind), fake.error(int(kind), "try again"), headers)
            return False
        second = fake.seen[fake.signature(exchange)] == 2
        if kind in ("lost", "slow") or (kind == "kill" and second):
            fake.carried_out(exchange)
        if kind == "kill":
            os.kill(int(self.headers["x-pid"]), signal.SIGKILL)
        if kind == "slow":
            time.sleep(HANG_S)
        if kind == "late":
            time.sleep(LATE_S)
            fake.carried_out(exchange)
        self.connection.shutdown(socket.SHUT_RDWR)
        return False

    def _app(self, fake: Fake, path: str) -> None:
        with fake.lock:
            app = fake.apps().get(path.split("/")[2])
        page = {"openapi": "3.1.0", "paths": {}, "version": None if app is None else app.version}
        self._answer(404 if app is None else app.health, page)

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        if isinstance(body, str):
            body = body.encode()
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.say(status, data, {"content-type": "application/json", **(headers or {})})

    def say(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_HEAD = do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def log_message(self, *args: Any) -> None:
        """Not to the tests' output."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fakes: dict[str, Fake] = {}
        self.registry: Any = None
        """The one that answers at the root: a registry's address has no path before it."""

    def add(self, make: Callable[[str], Fake], **options: Any) -> Fake:
        case = f"c{len(self.fakes)}"
        fake = make(f"http://127.0.0.1:{self.server_port}/{case}", **options)
        self.fakes[case] = fake
        return fake

    def handle_error(self, request: Any, client_address: Any) -> None:
        raise


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


__all__ = ["LATE_S", "TOKEN", "App", "Exchange", "Fake", "Nay", "Server", "running"]
