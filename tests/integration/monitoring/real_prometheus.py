"""A real Prometheus of the machine, in a folder with our files."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tools.monitoring.prometheus_files import SCRAPE_FILE

PATIENCE_S = 60.0

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is missing: apt-get install prometheus"
)


class Prometheus:
    def __init__(self, port: int) -> None:
        self._port = port

    def asked(self, path: str) -> dict[str, Any]:
        """Empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/{path}", timeout=5) as answer:
                data: dict[str, Any] = json.load(answer)["data"]
                return data
        except OSError:
            return {}

    def up(self) -> list[dict[str, Any]]:
        """The targets that it reaches."""
        return [one for one in self.asked("query?query=up").get("result", []) if one["value"][1] == "1"]

    def firing(self) -> list[dict[str, Any]]:
        return [alert for alert in self.asked("alerts").get("alerts", []) if alert["state"] == "firing"]


@contextmanager
def prometheus(folder: Path) -> Iterator[Prometheus]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    arguments = [
        f"--config.file={folder / SCRAPE_FILE}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["prometheus", *arguments], stdout=log, stderr=log)
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(20)


def eventually(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError(f"never: {what}")
