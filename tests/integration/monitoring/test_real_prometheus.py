"""A real Prometheus with our files: it scrapes an application and its rule fires."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memory.records.monitoring import AlertRule, Target
from tests.integration.monitoring.watched_app import serving
from tools.monitoring.prometheus_files import RULE_FILE, SCRAPE_FILE, rule_file, scrape_file

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is missing: apt-get install prometheus"),
]
RULE = {"name": "error_storm", "metric": "error_rate", "threshold": 0.5, "window": "1s", "severity": "critical"}
PATIENCE_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(port: int, path: str) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=5) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def eventually(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError(f"never: {what}")


def test_it_scrapes_an_application_and_fires_our_rule(tmp_path: Path) -> None:
    with serving() as app:
        target = Target("d-1", "p-1", "dev", "local", app.url)
        (tmp_path / SCRAPE_FILE).write_text(scrape_file(target, interval_s=1))
        (tmp_path / RULE_FILE).write_text(rule_file(target, (AlertRule.model_validate(RULE),), interval_s=1))
        port = free_port()
        arguments = [
            f"--config.file={tmp_path / SCRAPE_FILE}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(["prometheus", *arguments], stdout=log, stderr=log)
        try:
            up = eventually(lambda: (asked(port, "query?query=up") or {}).get("result"), "the target is scraped")
            assert up[0]["metric"]["deployment_id"] == "d-1"
            eventually(lambda: asked(port, "query?query=up")["result"][0]["value"][1] == "1", "the target is up")

            def firing() -> list[dict[str, Any]]:
                app.ask(3)
                return [a for a in (asked(port, "alerts") or {}).get("alerts", []) if a["state"] == "firing"]

            app.broken = True
            (alert, *_) = eventually(firing, "the rule fires")
            assert alert["labels"]["alertname"] == "ErrorStorm"
            assert alert["labels"]["severity"] == "critical"
        finally:
            process.terminate()
            process.wait(20)
