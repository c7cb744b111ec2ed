"""What an application needs, what it costs by the month, and how sure that is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class CostError(Exception):
    """Costs cannot be told. The text names the place and the remedy."""


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Profile(Record):
    """Equal for all platforms that are compared."""

    model_config = ConfigDict(strict=True)

    vcpu: Annotated[float, Field(gt=0, le=64)] = 0.5
    memory_mb: Annotated[int, Field(ge=64, le=262_144)] = 512
    instances: Annotated[int, Field(ge=1, le=100)] = 1
    disk_gb: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Of the application itself, beside its database."""
    postgres_memory_mb: Annotated[int, Field(ge=0, le=262_144)] = 256
    """0: it needs no PostgreSQL."""
    postgres_gb: Annotated[float, Field(ge=0, le=100_000)] = 1.0
    redis_mb: Annotated[int, Field(ge=0, le=262_144)] = 0
    """0: it needs no Redis."""
    requests_month: Annotated[int, Field(ge=0, le=10**12)] = 100_000
    egress_gb: Annotated[float, Field(ge=0, le=10**6)] = 2.0
    cpu_ms_request: Annotated[float, Field(ge=0, le=600_000)] = 20.0
    """Processor time of one request; for platforms that bill functions."""
    wall_ms_request: Annotated[float, Field(ge=0, le=3_600_000)] = 60.0
    host_usd_month: Annotated[float, Field(ge=0, le=10**6)] | None = None
    """What the machine of the local platform costs; None: not counted."""


class Price(Record):
    usd: Decimal | None
    """None: unknown."""
    unit: str
    sure: str
    """official | undated | secondhand | inferred | stale | unconfirmed"""
    source: str = ""
    date: str | None = None
    note: str = ""


class Line(Record):
    what: str
    quantity: float
    usd: Decimal | None
    """A month; None: unknown."""
    price: Price


class Estimate(Record):
    """For one platform and one profile."""

    platform: str
    plan: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    fits: bool = True
    """False: no plan of it gives what is needed."""
    adjustment_usd: Decimal = Decimal(0)
    """What the plan includes, taken off; or its fee beyond what was used."""

    @property
    def known_usd(self) -> Decimal:
        """The sum of what is known: at least so much."""
        return sum((line.usd for line in self.lines if line.usd is not None), self.adjustment_usd)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(line.what for line in self.lines if line.usd is None)

    @property
    def complete(self) -> bool:
        return self.fits and not self.unknown


class Pricing(ABC):
    """One platform's way to bill."""

    platform: str

    @abstractmethod
    def estimate(self, profile: Profile) -> Estimate: ...


class Advice(Record):
    kind: str
    """over_provisioned | under_provisioned | scale_out | autoscale | cheaper_platform | not_measured"""
    text: str
    saving_usd: Decimal | None = None
    """A month; None: none, or unknown."""
    evidence: dict[str, float | int | str] = {}


__all__ = ["Advice", "CostError", "Estimate", "Line", "Price", "Pricing", "Profile", "Record"]
