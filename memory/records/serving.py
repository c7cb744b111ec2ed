"""An application put to work on a platform: what is asked, what runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class DeploymentStatus(StrEnum):
    PENDING = "pending"
    BUILDING = "building"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    STOPPED = "stopped"


class Strategy(StrEnum):
    BLUE_GREEN = "blue_green"
    """All new copies beside all old ones, then one switch; the old ones stay ready while the switch is watched."""
    ROLLING = "rolling"
    """Copy by copy: needs room for one more at a time."""


class Resources(BaseModel):
    """What an application may use in one environment."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    memory_mb: int = Field(default=2048, ge=64, le=65_536)
    """Of each copy."""
    cpus: float = Field(default=2.0, ge=0.1, le=64, allow_inf_nan=False)
    """Processors of each copy."""
    processes: int = Field(default=128, ge=8, le=4096)
    """Processes and threads inside each copy."""
    instances: int = Field(default=1, ge=1, le=8)
    """Copies that share the requests."""


@dataclass(frozen=True)
class SchemaMove:
    """From the tables of the version that runs to those of another one, which cannot both be served."""

    before: str
    """The last revision that the running version knows."""
    after: str
    """The last one of the other version."""
    back: bool
    """The other one is older: the running version's code leads the tables there."""


@dataclass(frozen=True)
class Release:
    """One commit, ready to be run."""

    deployment_id: str
    project_id: str
    environment: str
    """dev | staging | production"""
    commit: str
    code: Path
    """A checked-out tree of the commit; the platform copies what it needs."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The app's environment; values are secrets and stay out of logs and events."""
    resources: Resources = field(default_factory=Resources)
    strategy: Strategy = Strategy.BLUE_GREEN
    downtime: bool = False
    """Whether a short pause is allowed, which a change of the database that breaks the old version needs."""
    tree: str = ""
    """Hash of the commit's tree, for the record."""
    schema: SchemaMove | None = None
    """None: the tables stay as they are."""
    platform: str = "local"


@dataclass(frozen=True)
class HealthProbe:
    healthy: bool
    status_code: int | None
    latency_ms: float | None
    error: str
    """Empty where healthy."""
    at: datetime


@dataclass(frozen=True)
class ProbeAnswer:
    """One request of ours to a version before callers reach it, and what came back."""

    method: str
    path: str
    status: int | None
    latency_ms: float | None
    fault: str = ""
    """Why the answer speaks against the version; empty where it does not."""


@dataclass(frozen=True)
class Usage:
    """What a deployment uses, counted since its copies began; a rate is the difference of two."""

    at: datetime
    instances: int
    memory_bytes: int
    cpu_seconds: float
    processes: int
    restarts: int
    requests: int
    errors: int
    """Answers of 500 and above, and requests that ended in an exception."""
    request_seconds: float
    """Time spent on requests, all together."""
    metrics_url: str | None
    """Where its own Prometheus metrics are, if it has any."""


@dataclass(frozen=True)
class Serving:
    """What a platform answers about a deployment."""

    deployment_id: str
    status: DeploymentStatus
    url: str | None
    health: HealthProbe | None
    restarts: int = 0
    detail: str = ""
    """Why it is not healthy, with the end of its log."""
    limits_active: tuple[str, ...] = ()
    """Walls and limits that hold it, as in Completed."""
    answers: tuple[ProbeAnswer, ...] = ()
    """What it answered before it got its first request, as far as it was asked."""
    artefact: Mapping[str, Any] = field(default_factory=dict)
    """What runs, to be compared over environments: `commit`, `tree`, `environment` (hash of what is installed)."""
    log_end: str = ""
    """Of a version that failed: the last that it wrote."""


@dataclass(frozen=True)
class Gate:
    """What QA's policy says about putting a commit to work."""

    commit: str
    allowed: bool
    reasons: tuple[str, ...] = ()
    """Why not; or, where allowed, what it goes on without."""


__all__ = [
    "DeploymentStatus",
    "Gate",
    "HealthProbe",
    "ProbeAnswer",
    "Release",
    "Resources",
    "SchemaMove",
    "Serving",
    "Strategy",
    "Usage",
]
