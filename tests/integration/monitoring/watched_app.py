"""A small application of plain HTTP that counts its requests as the templates' applications do; it can be broken."""

from __future__ import annotations

import http.server
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class App(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.broken = False
        self.registry = CollectorRegistry()
        labels = ["method", "route"]
        self.count = Counter("http_requests", "Requests answered", [*labels, "status"], registry=self.registry)
        self.times = Histogram("http_request_duration_seconds", "Time to answer", labels, registry=self.registry)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def ask(self, times: int = 1) -> None:
        for _ in range(times):
            with suppress(urllib.error.HTTPError):
                urllib.request.urlopen(f"{self.url}/todos", timeout=5).read()


class Handler(http.server.BaseHTTPRequestHandler):
    server: App

    def do_GET(self) -> None:
        own = self.path in ("/metrics", "/health")
        status = 500 if self.server.broken and self.path != "/metrics" else 200
        body = generate_latest(self.server.registry) if self.path == "/metrics" else b"{}"
        self.server.count.labels("GET", self.path if own else "/todos", status).inc()
        self.server.times.labels("GET", self.path if own else "/todos").observe(0.004)
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[App]:
    app = App()
    threading.Thread(target=app.serve_forever, daemon=True).start()
    try:
        yield app
    finally:
        app.shutdown()
        app.server_close()
