"""An application put to work on a platform: what is asked, what runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class DeploymentStatus(StrEnum):
    PENDING = "pending"
    BUILDING = "building"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    STOPPED = "stopped"


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
    schema: SchemaMove | None = None
    """None: the tables stay as they are."""


@dataclass(frozen=True)
class HealthProbe:
    healthy: bool
    status_code: int | None
    latency_ms: float | None
    error: str
    """Empty where healthy."""
    at: datetime


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


@dataclass(frozen=True)
class Gate:
    """What QA's policy says about putting a commit to work."""

    commit: str
    allowed: bool
    reasons: tuple[str, ...] = ()
    """Why not; or, where allowed, what it goes on without."""


__all__ = ["DeploymentStatus", "Gate", "HealthProbe", "Release", "SchemaMove", "Serving"]
