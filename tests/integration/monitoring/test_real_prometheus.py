"""A real Prometheus with our files: it scrapes an application and its rule fires."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memory.records.monitoring import AlertRule, Target
from tests.integration.monitoring.real_prometheus import eventually, needs_prometheus, prometheus
from tests.integration.monitoring.watched_app import serving
from tools.monitoring.prometheus_files import RULE_FILE, SCRAPE_FILE, rule_file, scrape_file

pytestmark = [pytest.mark.slow, needs_prometheus]
RULE = {"name": "error_storm", "metric": "error_rate", "threshold": 0.5, "window": "1s", "severity": "critical"}


def test_it_scrapes_an_application_and_fires_our_rule(tmp_path: Path) -> None:
    with serving() as app:
        target = Target("d-1", "p-1", "dev", "local", app.url)
        (tmp_path / SCRAPE_FILE).write_text(scrape_file(target, interval_s=1))
        (tmp_path / RULE_FILE).write_text(rule_file(target, (AlertRule.model_validate(RULE),), interval_s=1))
        with prometheus(tmp_path) as real:
            (up, *_) = eventually(real.up, "the target is up")
            assert up["metric"]["deployment_id"] == "d-1"

            def firing() -> list[dict[str, Any]]:
                app.ask(3)
                return real.firing()

            app.broken = True
            (alert, *_) = eventually(firing, "the rule fires")
            assert alert["labels"]["alertname"] == "ErrorStorm"
            assert alert["labels"]["severity"] == "critical"
