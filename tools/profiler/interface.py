"""What is to be measured, and the figures as they came out of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from memory.untrusted_files import UntrustedFileError, read_untrusted

SOURCE_BYTES = 1 << 20

Place = tuple[str, int, str]
"""File, line, function."""
Chain = tuple[Place, ...]
"""Frames of the project, the innermost first."""


class ProfilerError(Exception):
    """It cannot be measured; the message names the place and the remedy."""


@dataclass(frozen=True)
class Target:
    """An ASGI application in a folder."""

    asgi: str
    """`app.main:app`"""
    factory: bool = False
    """It is called to give the application."""
    paths: tuple[str, ...] = (".",)
    """Put on the import path."""
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """How much is asked."""

    rounds: int = 12
    operation_s: float = 1.2
    total_s: float = 25.0
    together_s: float = 1.0


class Raw(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RawStatement(Raw):
    sql: str
    chain: Chain
    count: int
    different: int
    """Sets of values that it was sent with."""
    ms: float
    slowest_ms: float
    slowest_cpu_ms: float = 0.0
    rows: int
    plan: tuple[str, ...] = ()


class RawOperation(Raw):
    method: str
    path: str
    handler: Place | None
    asynchronous: bool
    statuses: dict[str, int]
    answered: bool
    reason: str
    times_ms: tuple[float, ...]
    cpu_ms: tuple[float, ...] = ()
    same_answer: bool
    statements: tuple[RawStatement, ...]
    blocked: tuple[tuple[Chain, float, float], ...]
    """Chain, milliseconds that the loop stood still in all requests, and on the processor."""
    samples: tuple[tuple[Chain, float, float, float], ...]
    """Chain, milliseconds, on the processor, and there in own or standard code."""
    functions: tuple[tuple[str, str, int], ...]

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


class RawReport(Raw):
    problem: str = ""
    operations: tuple[RawOperation, ...] = ()
    lag_ms: dict[str, float] = {}
    together: dict[str, float] = {}
    import_ms: float = 0.0
    start_ms: float = 0.0


class Sources:
    """Texts of the measured files, read once and never through a link."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[str, str] = {}

    def text(self, file: str) -> str:
        """Empty where it cannot be read."""
        if file not in self._texts:
            try:
                self._texts[file] = read_untrusted(self.root, file, SOURCE_BYTES).decode("utf-8", "replace")
            except UntrustedFileError:
                self._texts[file] = ""
        return self._texts[file]


__all__ = [
    "Chain",
    "Load",
    "Place",
    "ProfilerError",
    "RawOperation",
    "RawReport",
    "RawStatement",
    "Sources",
    "Target",
]
