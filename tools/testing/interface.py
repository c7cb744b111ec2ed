"""Running a project's own test suite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from memory.records.manifest import Manifest
from memory.records.report import Check

TESTS_CHECK = "tests"


class ReportUnreadable(Exception):
    """A report that the tested code could write is missing, too large or malformed; the message says which."""


def ending(text: str, limit: int) -> str:
    """The last `limit` characters, from the start of a line: half a secret could not be recognised and hidden."""
    return text if len(text) <= limit else "…\n" + text[-limit:].partition("\n")[2]


@dataclass(frozen=True)
class FailedTest:
    name: str
    """`tests/test_x.py::TestY::test_z`"""
    message: str
    excerpt: str
    """End of its traceback, cut to size."""


@dataclass(frozen=True)
class Witness:
    """A test that is added to the suite and skips itself, under a name and for a reason that nobody can foresee."""

    name: str
    reason: str


@dataclass(frozen=True)
class SuiteResult:
    """What a JUnit report says, counted from its cases and not from its totals. The witness is not counted."""

    passed: int
    failed: tuple[FailedTest, ...]
    skipped: int
    witnessed: bool
    """Whether the witness skipped itself, for its reason."""

    @property
    def total(self) -> int:
        return self.passed + len(self.failed) + self.skipped


@dataclass(frozen=True)
class Coverage:
    covered: int
    statements: int
    uncovered: dict[str, str]
    """File to its uncovered lines as ranges, `3-5,9`."""
    branches: int = 0
    branches_covered: int = 0
    uncovered_branches: dict[str, str] = field(default_factory=dict)
    """File to the jumps that no test makes, `12→15, 20→exit`."""

    @property
    def share(self) -> float | None:
        """0 to 1; None where there is nothing to cover."""
        return round(self.covered / self.statements, 4) if self.statements else None

    @property
    def branch_share(self) -> float | None:
        """0 to 1; None where there is no branch, or branches were not measured."""
        return round(self.branches_covered / self.branches, 4) if self.branches else None


class SuiteRunner(ABC):
    @abstractmethod
    async def run(self, project: Path, manifest: Manifest) -> Check:
        """The check `tests` of the tree at `project`, which is left as it was.

        `evidence["coverage"]` is the share of lines, 0 to 1, or None. Raises only ExecutionCancelled.
        """


__all__ = [
    "TESTS_CHECK",
    "Coverage",
    "FailedTest",
    "ReportUnreadable",
    "SuiteResult",
    "SuiteRunner",
    "Witness",
    "ending",
]
