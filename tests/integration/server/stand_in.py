"""A server of stand-ins, run as a program: `stand_in.py up HOME PORT [--report-fd N]`, `stand_in.py work`.

The real supervisor with the real services; only worker, API application and hooks are small ones.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from pathlib import Path

import psycopg

from memory.services.ensure import ensure_services
from memory.services.folders import ServiceError
from memory.settings import load_settings
from server.supervision.control import report
from server.supervision.plan import LISTENER, ChildSpec, Plan
from server.supervision.state import StartFailed
from server.supervision.supervisor import supervise

HERE = str(Path(__file__).resolve())


async def app(scope, receive, send):
    """ASGI: every path answers 200 with the pid, or 503 where the worker is told to fail: then it is never ready."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = str(os.getpid()).encode()
    status = 503 if "STAND_IN_WORKER" in os.environ else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def work():
    """Says in its log when it starts and when it was asked to end."""
    print(f"working as {os.getpid()}", flush=True)

    def drain(number, frame):
        print("drained", flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, drain)
    while True:
        time.sleep(60)


def note(settings, text):
    with (settings.home / "notes").open("a") as file:
        file.write(text + "\n")


def prepare(settings, services):
    if os.environ.get("STAND_IN_PREPARE") == "fail":
        raise RuntimeError("migration 7 is broken")
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS prepared ()")
    note(settings, "prepared")


def stop_apps(settings):
    with psycopg.connect(ensure_services(settings).database_url) as connection:
        connection.execute("SELECT * FROM prepared")
    note(settings, "apps stopped")


def plan():
    worker = ChildSpec("worker", (sys.executable, HERE, os.environ.get("STAND_IN_WORKER", "work")), drain_s=10.0)
    argv = (sys.executable, "-m", "server.supervision.listen", LISTENER, "tests.integration.server.stand_in:app")
    api = ChildSpec("api", argv, drain_s=10.0, when_orphaned=signal.SIGKILL)
    return Plan((worker, api), prepare, stop_apps)


class Unlucky:
    """A signal that comes while a finalizer runs: what its handler raises is lost there."""

    def __del__(self):
        signal.raise_signal(signal.SIGTERM)


def announce(descriptor, url):
    report(os.dup(descriptor), {"url": url})
    if os.environ.get("STAND_IN_SIGNAL") == "in a finalizer":
        Unlucky()


def up(home, port, *options):
    logging.basicConfig(level=logging.INFO)
    settings = load_settings(home=home, port=int(port))
    descriptor = int(options[1]) if options else 1
    try:
        supervise(settings, plan(), lambda url: announce(descriptor, url))
    except (StartFailed, ServiceError) as error:
        report(descriptor, {"error": str(error)})
        sys.exit(1)


if __name__ == "__main__":
    verbs = {"up": up, "work": work}
    if sys.argv[1] not in verbs:
        sys.exit(f"the worker cannot {sys.argv[1]}")
    verbs[sys.argv[1]](*sys.argv[2:])
