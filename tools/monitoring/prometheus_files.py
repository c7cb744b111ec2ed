"""A Prometheus of one's own: its scrape file and its rules for one deployment, saying what our own alerts say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import yaml

from memory.records.monitoring import ABSENT, AlertRule, Metric, Target

SCRAPE_FILE = "prometheus.yml"
RULE_FILE = "softwright.rules.yml"
RATE_SPAN_SCRAPES = 4
"""A rate needs two scrapes, and one or two may be missed."""


def job_name(target: Target) -> str:
    return f"softwright-{target.deployment_id}"


def scrape_file(target: Target, *, interval_s: int) -> str:
    """Raises ValueError where the deployment has no address."""
    address = urlsplit(target.url or "")
    if not address.hostname:
        raise ValueError("the deployment has no address")
    labels = {key: getattr(target, key) for key in ("project_id", "deployment_id", "environment", "platform")}
    job = {
        "job_name": job_name(target),
        "scheme": address.scheme,
        "metrics_path": f"{address.path.rstrip('/')}{target.metrics_path}",
        "static_configs": [{"targets": [address.netloc], "labels": labels}],
    }
    document = {
        "global": {"scrape_interval": f"{interval_s}s", "evaluation_interval": f"{interval_s}s"},
        "rule_files": [RULE_FILE],
        "scrape_configs": [job],
    }
    return yaml.safe_dump(document, sort_keys=False)


def rule_file(target: Target, rules: Sequence[AlertRule], *, interval_s: int) -> str:
    """Rules on what Prometheus does not scrape (health, use of processor and memory elsewhere) are left out."""
    said = [_rule(target, rule, interval_s) for rule in rules if expression(target, rule, interval_s)]
    group = {"name": job_name(target), "rules": said}
    return yaml.safe_dump({"groups": [group]}, sort_keys=False)


def expression(target: Target, rule: AlertRule, interval_s: int) -> str | None:
    """PromQL that holds when the rule does; None where Prometheus has no such figure."""
    value = query(target, rule.metric, interval_s)
    if value is None:
        return None
    if rule.op == ABSENT:
        return f"absent({_selector('up', target)})" if rule.metric is Metric.UP else f"absent({value})"
    return f"{value} {rule.op} {rule.threshold:g}"


def query(target: Target, metric: Metric, interval_s: int) -> str | None:
    """PromQL of a metric; sums leave only the labels of the deployment."""
    span = f"{max(RATE_SPAN_SCRAPES * interval_s, 60)}s"
    own = f'route!~"{_either(target.metrics_path, target.health_path)}"'
    requests = f"sum by (job) (rate({_selector('http_requests_total', target, own)}[{span}]))"
    failed = _selector("http_requests_total", target, own, 'status=~"5.."')
    errors = f"(sum by (job) (rate({failed}[{span}])) or {requests} * 0)"
    seconds = "http_request_duration_seconds"
    buckets = f"sum by (job, le) (rate({_selector(f'{seconds}_bucket', target, own)}[{span}]))"
    spent = f"sum by (job) (rate({_selector(f'{seconds}_sum', target, own)}[{span}]))"
    known = {
        Metric.UP: _selector("up", target),
        Metric.REQUEST_RATE: requests,
        Metric.ERROR_RATE: f"{errors} / {requests}",
        Metric.P50: f"1000 * histogram_quantile(0.5, {buckets})",
        Metric.P95: f"1000 * histogram_quantile(0.95, {buckets})",
        Metric.RESPONSE_AVG: f"1000 * {spent} / {requests}",
    }
    return known.get(metric)


def _rule(target: Target, rule: AlertRule, interval_s: int) -> dict[str, Any]:
    labels = {"severity": rule.severity.value, "deployment_id": target.deployment_id}
    labels |= {"project_id": target.project_id, "environment": target.environment}
    holds = "has no value" if rule.op == ABSENT else f'is {{{{ printf "%.4g" $value }}}} ({rule.op} {rule.threshold:g})'
    return {
        "alert": "".join(part.capitalize() for part in rule.name.split("_")),
        "expr": expression(target, rule, interval_s),
        "for": f"{rule.window:g}s" if rule.window == int(rule.window) else f"{round(rule.window * 1000)}ms",
        "labels": labels,
        "annotations": {"summary": f"{rule.metric.value} {holds} in {target.environment}"},
    }


def _selector(name: str, target: Target, *more: str) -> str:
    return f"{name}{{{','.join((f'job={_quoted(job_name(target))}', *more))}}}"


def _either(*paths: str) -> str:
    return "|".join(_escaped(path) for path in dict.fromkeys(paths))


def _escaped(path: str) -> str:
    """For a regular expression within a PromQL string."""
    return "".join(c if c.isalnum() or c in "/_-" else f"\\\\{c}" for c in path).replace('"', "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


__all__ = ["RULE_FILE", "SCRAPE_FILE", "expression", "job_name", "query", "rule_file", "scrape_file"]
