"""What a server consists of beside PostgreSQL and Redis: the one place that knows how each process is started."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from memory.services.ensure import Services
from memory.settings import Settings

LISTENER = "{listener}"
"""Stands in an argv for the number of the file descriptor of the API's listening socket."""


@dataclass(frozen=True)
class ChildSpec:
    name: str
    """Its log is `logs/<name>.log`."""
    argv: tuple[str, ...]
    drain_s: float
    """How long it may take to end after SIGTERM."""
    when_orphaned: signal.Signals = signal.SIGTERM
    """What the kernel sends it when the supervisor dies."""


@dataclass(frozen=True)
class Plan:
    children: tuple[ChildSpec, ...]
    """Started in this order, stopped in the reverse one."""
    prepare: Callable[[Settings, Services], None] = lambda settings, services: None
    """Called when both services answer, before the first child starts: migrations."""
    stop_apps: Callable[[Settings], None] = lambda settings: None
    """Called when all children have ended and the services still answer."""


def worker(settings: Settings) -> ChildSpec:
    argv = (sys.executable, "-m", "server.worker")
    return ChildSpec("worker", argv, settings.drain_timeout_s)


def api() -> ChildSpec:
    """It is killed when orphaned, for it would keep the port."""
    argv = (sys.executable, "-m", "server.supervision.listen", LISTENER)
    return ChildSpec("api", argv, drain_s=10.0, when_orphaned=signal.SIGKILL)


def monitor() -> ChildSpec:
    """Below the others in priority, so that it does not hold up their start."""
    return ChildSpec("monitor", ("nice", "-n", "5", sys.executable, "-m", "server.monitoring"), drain_s=10.0)


__all__ = ["LISTENER", "ChildSpec", "Plan", "api", "monitor", "worker"]
