"""Metrics, alerts and costs over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from memory.database import make_pool
from memory.metrics.partitions import Partitions
from memory.metrics.store import MetricStore
from memory.records.monitoring import HealthCheck, Metric, Point
from memory.settings import Settings
from memory.store import Store
from server.monitoring.wiring import kept_tables
from tests.integration.api.conftest import NewProject, below

ADDRESS = "json://someuser:s3cretpassw0rd@127.0.0.1:9/hookpath77"


@pytest.fixture
async def deployed(api_settings: Settings, store: Store, new_project: NewProject) -> dict:
    """A project with a deployment and an hour of measurements: one request a second, one in ten failed."""
    made = new_project()
    row = {
        "id": f"d-{made['project']['id'][:8]}",
        "project_id": made["project"]["id"],
        "run_id": made["run"]["id"],
        "environment": "dev",
        "commit": "c" * 40,
        "status": "healthy",
        "deployment_url": "http://127.0.0.1:9",
        "detail": "",
    }
    await store.save_deployment(row)
    pool = make_pool(api_settings.database_url or "", largest=2)
    await pool.open()
    now = datetime.now(UTC)
    await Partitions(pool, kept_tables(api_settings)).keep_up(now, since=now - timedelta(hours=2))
    metrics = MetricStore(pool)
    points = []
    for n in range(240):
        at = now - timedelta(seconds=15 * n)
        values = {Metric.REQUESTS: 15.0, Metric.ERRORS: 1.5, Metric.RESPONSE_MS: 300.0, Metric.CPU_CORES: 0.1}
        values |= {Metric.HEALTHY: float(n != 7), Metric.P95: 40.0, Metric.MEMORY_BYTES: 8e7}
        points += [Point(row["id"], metric, at, value) for metric, value in values.items()]
    await metrics.write(points)
    await metrics.write_checks([HealthCheck(row["id"], now, False, 503, 2.0, "it answered 503")])
    await pool.close()
    return row


def test_a_chart_has_the_points_of_its_steps(client: httpx.Client, deployed: dict) -> None:
    path = f"/api/deployments/{deployed['id']}/metrics"
    chart = client.get(path, params={"metric": "error_rate", "step": "5m"}).json()
    (series,) = chart["series"]
    assert chart["step"] == 300
    assert len(series["points"]) in (12, 13)
    assert [point["value"] for point in series["points"]] == pytest.approx([0.1] * len(series["points"]))
    since = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    chart = client.get(path, params={"metric": "requests_per_second", "from": since, "step": 60}).json()
    assert chart["series"][0]["points"][5]["value"] == pytest.approx(1.0)
    assert client.get(path, params={"metric": "response_time"}).json()["series"][0]["metric"] == "response_time_p95"
    summary = client.get(path).json()["summary"]
    assert summary["requests"] == 3600
    assert summary["response_time_avg"] == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"metric": "happiness"}, "metric"),
        ({"metric": "up", "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"metric": "up", "from": "2020-01-02T00:00:00Z", "step": "60s"}, "step"),
        ({"metric": "up", "step": "often"}, "step"),
        ({"metric": "up", "from": "yesterday"}, "from"),
    ],
)
def test_a_wrong_query_is_told(client: httpx.Client, deployed: dict, query: dict, place: str) -> None:
    answer = client.get(f"/api/deployments/{deployed['id']}/metrics", params=query)
    assert answer.status_code == 422
    assert place in answer.text


def test_a_deployment_has_its_figures(client: httpx.Client, deployed: dict) -> None:
    for document in (
        client.get(f"/api/deployments/{deployed['id']}").json(),
        client.get(f"/api/projects/{deployed['project_id']}/deployments").json()["items"][0],
    ):
        assert document["uptime_percentage"] == pytest.approx(100 * 239 / 240, abs=0.001)
        assert document["average_response_time"] == pytest.approx(20.0)
        assert document["error_rate"] == pytest.approx(0.1)
        assert document["monitoring_dashboard_url"].endswith("grafana.json")
    project = client.get(f"/api/projects/{deployed['project_id']}/metrics").json()
    (environment,) = project["environments"]
    assert environment["environment"] == "dev"
    assert environment["response_time_p95"] == pytest.approx(40.0)
    assert environment["requests"] == 3600


def test_files_for_a_prometheus_of_ones_own(client: httpx.Client, deployed: dict) -> None:
    path = f"/api/deployments/{deployed['id']}/monitoring"
    assert "127.0.0.1:9" in client.get(f"{path}/prometheus.yml").text
    assert "HighErrorRate" in client.get(f"{path}/softwright.rules.yml").text
    assert json.loads(client.get(f"{path}/grafana.json").text)["panels"]
    assert client.get(f"{path}/passwd").status_code == 404


def test_rules_and_channels_are_set_and_addresses_never_returned(
    client: httpx.Client, api_settings: Settings, deployed: dict
) -> None:
    path = f"/api/projects/{deployed['project_id']}/alerts"
    before = client.get(path).json()
    assert {rule["name"] for rule in before["rules"]} >= {"high_error_rate", "slow_response", "high_cpu", "target_down"}
    assert (before["items"], before["channels"]) == ([], [])
    rule = {"name": "busy", "metric": "requests", "op": ">", "threshold": 5, "window": "2m", "severity": "low"}
    saved = client.post(f"{path}/config", json={"rules": [rule], "channels": [ADDRESS]})
    assert saved.status_code == 200
    assert saved.json()["rules"][0] | {"window": 120.0} == rule | {"window": 120.0, "threshold": 5.0}
    (channel,) = saved.json()["channels"]
    assert channel["shown"] == "json://127.0.0.1:9/****"
    listed = client.get(path)
    for answer in (saved.text, listed.text, client.get(f"/api/projects/{deployed['project_id']}/history").text):
        assert not [part for part in ("s3cretpassw0rd", "hookpath77", "someuser") if part in answer]
    assert not below(api_settings.home, "s3cretpassw0rd")
    kept = client.post(f"{path}/config", json={"channels": [channel["id"]], "rules": "default"}).json()
    assert kept["channels"] == [channel]
    assert len(kept["rules"]) == len(before["rules"])
    tried = client.post(f"{path}/channels/{channel['id']}/test")
    assert tried.status_code == 409
    assert "hookpath77" not in tried.text
    assert client.post(f"{path}/config", json={"channels": []}).json()["channels"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": ["nonsense"]},
        {"channels": ["channel-0123456789abcdef"]},
        {"channels": ["syslog://"]},
        {"rules": [{"name": "x"}]},
        {"rules": [{"name": "x", "metric": "up", "window": "1m", "severity": "high"}] * 2},
        {"rules": [{"name": "x", "metric": "up", "window": "ages", "severity": "high"}]},
        {"unknown": 1},
    ],
)
def test_wrong_configurations_change_nothing(client: httpx.Client, deployed: dict, wrong: dict) -> None:
    path = f"/api/projects/{deployed['project_id']}/alerts"
    before = client.get(path).json()
    assert client.post(f"{path}/config", json=wrong).status_code == 422
    assert client.get(path).json() == before


def test_an_alert_is_acknowledged_and_silenced(client: httpx.Client, api_settings: Settings, deployed: dict) -> None:
    with psycopg.connect(api_settings.database_url or "", autocommit=True) as connection:
        connection.execute(
            "INSERT INTO alerts (id, project_id, deployment_id, environment, rule, metric, op, threshold, window_s,"
            " severity, state, value, active_at, fired_at) VALUES (%s, %s, %s, 'dev', 'high_error_rate', 'error_rate',"
            " '>', 0.05, 300, 'high', 'firing', 0.1, now(), now())",
            (f"a-{deployed['id']}", deployed["project_id"], deployed["id"]),
        )
    path = f"/api/projects/{deployed['project_id']}/alerts"
    (alert,) = client.get(path, params={"state": "firing"}).json()["items"]
    assert (alert["alert_type"], alert["silenced"], alert["acknowledged_at"]) == ("high_error_rate", False, None)
    assert client.get(path, params={"state": "resolved"}).json()["items"] == []
    seen = client.post(f"/api/alerts/{alert['id']}/acknowledge").json()
    assert seen["acknowledged_by"] == "admin"
    silence = client.post(f"{path}/silences", json={"rule": "high_error_rate", "duration": "2h", "reason": "known"})
    assert silence.status_code == 201
    found = client.get(path).json()
    assert found["items"][0]["silenced"]
    assert [one["reason"] for one in found["silences"]] == ["known"]
    assert client.delete(f"{path}/silences/{silence.json()['id']}").status_code == 204
    assert client.delete(f"{path}/silences/{silence.json()['id']}").status_code == 404
    assert not client.get(path).json()["items"][0]["silenced"]
    assert client.post("/api/alerts/none/acknowledge").status_code == 404


def test_health_shows_the_recent_record(client: httpx.Client, deployed: dict) -> None:
    answer = client.get(f"/api/deployments/{deployed['id']}/health")
    assert answer.status_code == 409  # no platform knows it; the record is with a real one (docs/monitoring.md)


def test_costs_are_told_and_kept(client: httpx.Client, deployed: dict) -> None:
    path = f"/api/projects/{deployed['project_id']}/costs"
    usual = client.get(path).json()
    assert usual["platform"] == "local"
    made = client.post(path, json={"platform": "railway", "egress_gb": 20})
    assert made.status_code == 202
    run = client.get(made.headers["Location"]).json()
    assert (run["status"], run["intent"]) == ("succeeded", "costs")
    assert run["steps"][0]["evidence"]["platform"] == "railway"
    report = client.get(path).json()
    assert report["current"]["usd_month"] == 19.65
    assert report["current"]["lines"][0]["price"]["source"]
    assert [one["kind"] for one in report["optimizations"]] == ["not_measured"]
    assert client.post(path).status_code == 202
    assert client.post(path, json={"vcpu": -1}).status_code == 422
    assert client.post(path, json={"platform": "heroku"}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/deployments/none/metrics"),
        ("GET", "/api/deployments/none/monitoring/grafana.json"),
        ("GET", "/api/projects/none/metrics"),
        ("GET", "/api/projects/none/alerts"),
        ("POST", "/api/projects/none/alerts/config"),
        ("POST", "/api/projects/none/alerts/silences"),
        ("GET", "/api/projects/none/costs"),
        ("POST", "/api/projects/none/costs"),
    ],
)
def test_what_is_not_there_is_404_and_nobody_reads_without_a_token(
    client: httpx.Client, api: str, method: str, path: str
) -> None:
    body = {"duration": "1h"} if path.endswith("silences") else {}
    assert client.request(method, path, json=body if method == "POST" else None).status_code == 404
    with httpx.Client(base_url=api, trust_env=False) as nobody:
        assert nobody.request(method, path).status_code == 401
