"""What is noted of one request."""

from __future__ import annotations

import contextvars
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tools.profiler.inside.places import Place


@dataclass
class Statement:
    """One statement that was sent to a database, with what was fetched of it."""

    sql: str
    given: int
    """Hash of the parameters."""
    chain: tuple[Place, ...]
    ms: float = 0.0
    cpu_ms: float = 0.0
    """Of the asking thread: what SQLite works, it works there."""
    rows: int = 0
    plan: list[str] = field(default_factory=list)


@dataclass
class Request:
    """One request while it is answered."""

    operation: str
    statements: list[Statement] = field(default_factory=list)
    ms: float = 0.0
    cpu_ms: float = 0.0
    """Of the whole process: requests that are noted run alone. A busy machine does not change it."""
    status: int = 0
    answer: int = 0
    """Hash of the body."""


@dataclass
class Notes:
    """What threads note beside the requests, by operation."""

    blocked: dict[tuple[str, tuple[Place, ...]], list[float]] = field(default_factory=dict)
    """[milliseconds that the event loop stood still, milliseconds of these on the processor, requests]"""
    lags: list[float] = field(default_factory=list)
    samples: dict[tuple[str, tuple[Place, ...]], list[float]] = field(default_factory=dict)
    """[milliseconds, on the processor, on the processor in the project's own or the standard library's code]"""
    functions: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, table: dict[Any, list[float]], key: Any, *amounts: float) -> None:
        with self.lock:
            row = table.setdefault(key, [0.0] * len(amounts))
            for index, amount in enumerate(amounts):
                row[index] += amount


CURRENT: contextvars.ContextVar[Request | None] = contextvars.ContextVar("softwright_request", default=None)
CALLER: contextvars.ContextVar[tuple[Place, ...]] = contextvars.ContextVar("softwright_caller", default=())
"""Who asked, where the work is done by another thread."""


class Activity:
    """Which operation is under way (requests that are sampled run one at a time), and which threads ask a database."""

    def __init__(self) -> None:
        self.operation = ""
        self.asking: set[int] = set()


__all__ = ["CALLER", "CURRENT", "Activity", "Notes", "Request", "Statement"]
