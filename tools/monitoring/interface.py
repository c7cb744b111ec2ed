"""Watching deployments: what the parts agree on, and their errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memory.records.monitoring import Target


class MonitoringError(Exception):
    """Something about watching cannot be done. The text names the place and the remedy."""


class ChannelRefused(MonitoringError):
    """The address is none that messages can be sent to."""


class NotDelivered(MonitoringError):
    """A channel did not take a message; a later try may succeed. The text never holds the channel's address."""


@dataclass(frozen=True)
class Usage:
    """Of all processes of one application."""

    cpu_cores: float | None
    """Mean since the look before; None at the first one."""
    cpu_share: float | None
    """Of the cores that it may use."""
    memory_bytes: int
    memory_share: float
    """Of the memory that it may use."""


class UsageSource(ABC):
    @abstractmethod
    async def usage(self, targets: Sequence[Target]) -> Mapping[str, Usage]:
        """By deployment id; those that this source knows nothing of are left out."""


class Sender(ABC):
    @abstractmethod
    async def send(self, url: str, title: str, body: str, key: str) -> None:
        """One message to one channel. `key` goes with it. Raises NotDelivered, ChannelRefused."""


class Actions(ABC):
    """What may be done about a critical alert. Both raise MonitoringError where it did not work."""

    @abstractmethod
    async def restart(self, deployment_id: str) -> str:
        """Starts the same version again; safe to call twice. Returns one sentence."""

    @abstractmethod
    async def rollback(self, deployment_id: str, key: str) -> str:
        """Has the version before it deployed; once for one `key`. Returns one sentence."""


__all__ = ["Actions", "ChannelRefused", "MonitoringError", "NotDelivered", "Sender", "Usage", "UsageSource"]
