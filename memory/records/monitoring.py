"""What is measured of deployments, and the rules by which it becomes alerts."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from memory.records.report import Severity

WINDOW = re.compile(r"(\d{1,6}(?:\.\d+)?)(ms|s|m|h|d)?")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
LONGEST_WINDOW_S = 7 * 86_400.0
ABSENT = "absent"


class Metric(StrEnum):
    """Names that rules and queries use. Times in milliseconds, shares from 0 to 1."""

    UP = "up"
    """1 where the application answered the scrape, 0 where it did not."""
    HEALTHY = "healthy"
    HEALTH_LATENCY = "health_latency_ms"
    REQUESTS = "requests"
    """Answered since the scrape before, without health checks and scrapes."""
    ERRORS = "errors"
    """Of those, answered with 5xx."""
    RESPONSE_MS = "response_ms"
    """Their times, added up."""
    P50 = "response_time_p50"
    P95 = "response_time_p95"
    CPU_CORES = "cpu_cores"
    CPU_USAGE = "cpu_usage"
    """Share of the cores that it may use."""
    MEMORY_BYTES = "memory_bytes"
    MEMORY_USAGE = "memory_usage"
    ERROR_RATE = "error_rate"
    RESPONSE_AVG = "response_time_avg"
    REQUEST_RATE = "requests_per_second"


RATIOS: dict[str, tuple[str, str, float]] = {
    Metric.ERROR_RATE: (Metric.ERRORS, Metric.REQUESTS, 1.0),
    Metric.RESPONSE_AVG: (Metric.RESPONSE_MS, Metric.REQUESTS, 1.0),
}
"""Derived: sum of the first over sum of the second; weighted by requests over any span."""
ALIASES = {"response_time": Metric.P95, "cpu": Metric.CPU_USAGE, "memory": Metric.MEMORY_USAGE}
METRICS = tuple(metric.value for metric in Metric)


@dataclass(frozen=True)
class Point:
    deployment_id: str
    metric: str
    at: datetime
    value: float


@dataclass(frozen=True)
class HealthCheck:
    deployment_id: str
    at: datetime
    healthy: bool
    status_code: int | None
    latency_ms: float | None
    error: str


@dataclass(frozen=True)
class Target:
    """A deployment that is to be watched."""

    deployment_id: str
    project_id: str
    environment: str
    platform: str
    url: str | None
    health_path: str = "/health"
    metrics_path: str = "/metrics"
    cores: float | None = None
    """That it may use, all copies together; None: the platform's usual ones."""
    memory_bytes: int | None = None


def seconds(window: Any) -> float:
    """`5m`, `90s`, `1h`, or a number of seconds. Raises ValueError."""
    if isinstance(window, bool) or not isinstance(window, str | int | float):
        raise ValueError("a window is a time such as 30s, 5m, 1h")  # noqa: TRY004 - pydantic wants a ValueError
    if isinstance(window, int | float):
        value = float(window)
    else:
        match = WINDOW.fullmatch(window.strip())
        if match is None:
            raise ValueError(f"{window!r} is no time such as 30s, 5m, 1h")
        value = float(match[1]) * UNITS[match[2] or "s"]
    if not 0 <= value <= LONGEST_WINDOW_S:
        raise ValueError("a window lies between 0s and 7d")
    return value


Window = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": LONGEST_WINDOW_S},
                {"type": "string", "pattern": f"^{WINDOW.pattern}$", "examples": ["30s", "5m", "1h"]},
            ]
        }
    ),
]
"""A time in seconds, or as a person writes it."""


def _metric(name: Any) -> Any:
    return ALIASES.get(name, name) if isinstance(name, str) else name


class AlertRule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    metric: Annotated[Metric, BeforeValidator(_metric)]
    op: Literal[">", ">=", "<", "<=", "==", "!=", "absent"] = ">"
    """`absent`: no value at all for the whole window; the threshold is not looked at."""
    threshold: Annotated[float, Field(strict=True)] = 0.0
    window: Window
    """How long it has to hold at every evaluation before it fires, in seconds."""
    severity: Severity

    @model_validator(mode="after")
    def _sensible(self) -> AlertRule:
        if not math.isfinite(self.threshold):
            raise ValueError("the threshold is no number")
        return self


class AlertState(StrEnum):
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


__all__ = [
    "ABSENT",
    "METRICS",
    "RATIOS",
    "AlertRule",
    "AlertState",
    "HealthCheck",
    "Metric",
    "Point",
    "Severity",
    "Target",
    "Window",
    "seconds",
]
