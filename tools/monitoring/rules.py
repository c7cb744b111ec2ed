"""The rules that every project begins with, and which alert says the same as another."""

from __future__ import annotations

from memory.records.monitoring import AlertRule

TARGET_DOWN = "target_down"
TARGET_MISSING = "target_missing"
DEFAULTS = (
    {"name": TARGET_DOWN, "metric": "up", "op": "<", "threshold": 1, "window": "1m", "severity": "critical"},
    {"name": TARGET_MISSING, "metric": "up", "op": "absent", "window": "4m", "severity": "critical"},
    {"name": "health_failing", "metric": "healthy", "op": "<", "threshold": 1, "window": "2m", "severity": "critical"},
    {"name": "error_storm", "metric": "error_rate", "threshold": 0.5, "window": "1m", "severity": "critical"},
    {"name": "high_error_rate", "metric": "error_rate", "threshold": 0.05, "window": "5m", "severity": "high"},
    {"name": "slow_response", "metric": "response_time_p95", "threshold": 2000, "window": "5m", "severity": "high"},
    {"name": "high_cpu", "metric": "cpu_usage", "threshold": 0.8, "window": "10m", "severity": "medium"},
    {"name": "high_memory", "metric": "memory_usage", "threshold": 0.9, "window": "10m", "severity": "medium"},
    {"name": "slow_median", "metric": "response_time_p50", "threshold": 1000, "window": "30m", "severity": "low"},
)
SOURCES = (TARGET_DOWN, TARGET_MISSING)
"""While one of these fires, nothing else is told of the same deployment: it would say the same again."""


def default_rules() -> tuple[AlertRule, ...]:
    return tuple(AlertRule.model_validate(rule) for rule in DEFAULTS)


def is_muted(rule: str, firing: frozenset[str]) -> bool:
    """Whether another alert of the same deployment says it already."""
    return rule not in SOURCES and not firing.isdisjoint(SOURCES)


__all__ = ["DEFAULTS", "SOURCES", "TARGET_DOWN", "TARGET_MISSING", "default_rules", "is_muted"]
