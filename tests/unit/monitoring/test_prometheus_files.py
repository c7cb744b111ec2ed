"""Generated files against the real promtool: they are valid, and the rules say what ours say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from memory.records.monitoring import AlertRule, Metric, Target
from tools.monitoring.grafana import dashboard, dashboard_uid
from tools.monitoring.prometheus_files import RULE_FILE, SCRAPE_FILE, job_name, query, rule_file, scrape_file
from tools.monitoring.rules import default_rules

TARGET = Target("d-1", "p-1", "dev", "local", "http://127.0.0.1:8101", '/-/he.al"th', "/metrics")
JOB = job_name(TARGET)
promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is missing: apt-get install prometheus (files were NOT checked)"
)


def run(*argv: str, cwd: Path) -> str:
    done = subprocess.run(["promtool", *argv], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(folder: Path, rules: tuple[AlertRule, ...] = default_rules(), target: Target = TARGET) -> None:
    (folder / SCRAPE_FILE).write_text(scrape_file(target, interval_s=15))
    (folder / RULE_FILE).write_text(rule_file(target, rules, interval_s=15))


@promtool
def test_promtool_takes_the_files(tmp_path: Path) -> None:
    write(tmp_path)
    assert "6 rules found" in run("check", "rules", RULE_FILE, cwd=tmp_path)
    assert "SUCCESS" in run("check", "config", SCRAPE_FILE, cwd=tmp_path)


@promtool
@pytest.mark.parametrize("op", [">", ">=", "<", "<=", "==", "!=", "absent"])
def test_every_metric_and_comparison_is_valid(tmp_path: Path, op: str) -> None:
    made = [
        {"name": f"r_{m.value}", "metric": m, "op": op, "threshold": 1.5, "window": 0.5, "severity": "low"}
        for m in Metric
    ]
    write(tmp_path, tuple(AlertRule.model_validate(rule) for rule in made))
    known = [m for m in Metric if query(TARGET, m, 15)]
    assert len(known) == 6
    assert f"{len(known)} rules found" in run("check", "rules", RULE_FILE, cwd=tmp_path)


def series(labels: str, values: str) -> dict[str, str]:
    return {"series": f'http_requests_total{{job="{JOB}",route="/todos",{labels}}}', "values": values}


LABELS = {"deployment_id": "d-1", "project_id": "p-1", "environment": "dev"}


def expectation(rule: str, at: str, *, fires: bool, severity: str = "critical", job: bool = True) -> dict[str, object]:
    labels = LABELS | {"severity": severity} | ({"job": JOB} if job else {})
    return {"eval_time": at, "alertname": rule, "exp_alerts": [{"exp_labels": labels}] if fires else []}


@promtool
def test_the_rules_fire_when_ours_do(tmp_path: Path) -> None:
    """As the state machine has it: for the whole window, one sample below starts anew, a vanished target is absent."""
    write(tmp_path)
    down = {"series": f'up{{job="{JOB}"}}', "values": "1x8 0x20"}
    flapping = {"series": f'up{{job="{JOB}"}}', "values": "0x3 1 0x3 1 0x3 1"}
    vanished = {"series": f'up{{job="{JOB}"}}', "values": "1x8 stale"}
    cases = [
        ([down], [expectation("TargetDown", "3m", fires=False), expectation("TargetDown", "4m", fires=True)]),
        ([flapping], [expectation("TargetDown", "2m", fires=False), expectation("TargetDown", "3m", fires=False)]),
        (
            [vanished],
            [
                expectation("TargetDown", "30m", fires=False),
                expectation("TargetMissing", "5m", fires=False),
                expectation("TargetMissing", "8m", fires=True, job=True),
            ],
        ),
        (
            [series('status="200"', "0+90x60"), series('status="500"', "0+10x60")],
            [
                expectation("HighErrorRate", "4m", fires=False, severity="high"),
                expectation("HighErrorRate", "7m", fires=True, severity="high"),
                expectation("ErrorStorm", "10m", fires=False),
            ],
        ),
        # no 5xx at all, and no request at all: no alert, and no error of evaluation
        ([series('status="200"', "0+90x60")], [expectation("HighErrorRate", "10m", fires=False)]),
        ([series('status="500"', "7x60")], [expectation("ErrorStorm", "10m", fires=False)]),
    ]
    tests = [
        {"interval": "15s", "input_series": inputs, "alert_rule_test": [_annotated(one) for one in wanted]}
        for inputs, wanted in cases
    ]
    document = {"rule_files": [RULE_FILE], "evaluation_interval": "15s", "tests": tests}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(document))
    assert "SUCCESS" in run("test", "rules", "test.yml", cwd=tmp_path)


def _annotated(wanted: dict[str, object]) -> dict[str, object]:
    said = {
        "TargetDown": "up is 0 (< 1) in dev",
        "TargetMissing": "up has no value in dev",
        "HighErrorRate": "error_rate is 0.1 (> 0.05) in dev",
    }
    for alert in wanted["exp_alerts"]:
        alert["exp_annotations"] = {"summary": said[wanted["alertname"]]}
    return wanted


def test_a_deployment_without_an_address_has_no_scrape_file() -> None:
    with pytest.raises(ValueError, match="no address"):
        scrape_file(Target("d", "p", "dev", "local", None), interval_s=15)


def test_the_dashboard_asks_what_the_rules_ask() -> None:
    document = json.loads(dashboard(TARGET, "Shop", interval_s=15))
    expressions = {target["expr"] for panel in document["panels"] for target in panel["targets"]}
    assert expressions == {query(TARGET, m, 15) for m in Metric} - {None}
    assert document["uid"] == dashboard_uid(TARGET)
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in document["panels"]]
    assert len(set(places)) == len(places)


@promtool
def test_every_expression_of_the_dashboard_is_promql(tmp_path: Path) -> None:
    document = json.loads(dashboard(TARGET, "Shop", interval_s=15))
    expressions = [target["expr"] for panel in document["panels"] for target in panel["targets"]]
    rules = [{"record": f"r:{n}", "expr": expression} for n, expression in enumerate(expressions)]
    (tmp_path / "r.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}))
    assert f"{len(expressions)} rules found" in run("check", "rules", "r.yml", cwd=tmp_path)
