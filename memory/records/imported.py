"""What is known of an imported project: facts read from its files, and how its own tests ended."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Dependency(Record):
    name: str
    required: str = ""
    """As declared, with its range and marker."""
    pinned: str = ""
    """The version in a lock file; empty without one."""
    group: str = ""
    """Extra or group; empty: needed always."""


class Stack(Record):
    languages: dict[str, int] = {}
    """Language → files."""
    kind: Literal["python", "javascript", "unknown"] = "unknown"
    """Whose tests are run."""
    name: str = ""
    version: str = ""
    frameworks: tuple[str, ...] = ()
    requires_python: str = ""
    manifests: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    packages: tuple[str, ...] = ()
    """Folders or modules that can be imported, below the root."""
    entry_points: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    """Test files."""
    test_command: str = ""
    scripts: dict[str, str] = {}
    """Of package.json."""
    run_command: str = ""
    notes: tuple[str, ...] = ()
    """What could not be read, and why."""


class TestOutcome(StrEnum):
    __test__ = False
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


class BaselineState(StrEnum):
    RAN = "ran"
    NO_TESTS = "no tests"
    NOT_INSTALLED = "dependencies not installed"
    NOT_RUN = "could not be run"


NAMING = 1
"""Of tests: a baseline with other names tells nothing of a later run."""


class Baseline(Record):
    """How the project's own tests ended before anything was changed."""

    state: BaselineState
    summary: str
    tests: dict[str, TestOutcome] = {}
    flaky: tuple[str, ...] = ()
    """Ended otherwise in the second run."""
    runs: int = 0
    exit_code: int | None = None
    duration_s: float = 0.0
    groups: tuple[str, ...] = ()
    """Extras and groups that were installed."""
    output: str = ""
    naming: int = 0
    """NAMING of the version that made it."""

    def count(self, outcome: TestOutcome) -> int:
        return sum(found is outcome for found in self.tests.values())


def without_parameters(name: str) -> str:
    """pytest's own brackets; in a title of JavaScript they are words."""
    return name.partition("[")[0] if ".py" in name.partition("[")[0].partition("::")[0] else name


__all__ = ["NAMING", "Baseline", "BaselineState", "Dependency", "Stack", "TestOutcome", "without_parameters"]
