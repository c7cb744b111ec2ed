"""A real Prometheus with the files that the API gives, beside an application that the product made and deployed."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import LiveServer
from tests.integration.monitoring.real_prometheus import eventually, needs_prometheus, prometheus

pytestmark = [pytest.mark.slow, needs_prometheus]
RULE = {"name": "gone", "metric": "up", "op": "<", "threshold": 1, "window": "1s", "severity": "critical"}


def test_it_scrapes_the_deployed_application_and_fires_when_that_is_stopped(
    live_server: LiveServer, tmp_path: Path
) -> None:
    made = json.loads(live_server.cli("new", "Build a REST API for gauges with name", "--json").stdout)
    http = live_server.http
    told = http.post(f"/api/projects/{made['project_id']}/alerts/config", json={"rules": [RULE]})
    assert told.status_code == 200, told.text
    (deployment,) = http.get(f"/api/projects/{made['project_id']}/deployments").json()["items"]
    for name in ("prometheus.yml", "softwright.rules.yml"):
        text = http.get(f"/api/deployments/{deployment['id']}/monitoring/{name}").text
        (tmp_path / name).write_text(text.replace("_interval: 15s", "_interval: 1s"))
    with prometheus(tmp_path) as real:
        (up, *_) = eventually(real.up, "the application is scraped")
        assert up["metric"]["deployment_id"] == deployment["id"]
        httpx.post(f"{deployment['deployment_url']}/gauges", json={"name": "a"}, trust_env=False).raise_for_status()
        counted = 'query?query=http_requests_total{method="POST",status="201"}'
        eventually(lambda: real.asked(counted).get("result"), "its requests are counted")
        assert http.delete(f"/api/deployments/{deployment['id']}").is_success
        (alert, *_) = eventually(real.firing, "the rule fires")
        assert alert["labels"]["deployment_id"] == deployment["id"]
