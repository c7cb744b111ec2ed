"""What a scaffold does, and how it fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from memory.records.change import Change
from memory.records.spec import AppSpec


class ScaffoldError(Exception):
    """The application could not be rendered."""


class UnknownTemplate(ScaffoldError):
    """No template has this id; the message lists those there are."""


class UnsupportedSpec(ScaffoldError):
    """The template cannot do what the spec asks; the message names the part of it."""


@dataclass(frozen=True)
class Rendered:
    """What a template gives for a changed application."""

    files: tuple[str, ...]
    migration: str | None
    """Path of the new migration; None where the tables stay as they are."""
    moved: Mapping[str, str]
    """Old path → new path of files that a new name moved."""


class Scaffold(ABC):
    @abstractmethod
    def render(self, spec: AppSpec, template: str, target: Path) -> tuple[str, ...]:
        """Write a whole project into `target`, which must not exist or be an empty folder.

        Returns the paths of its files below `target`, sorted. Raises ScaffoldError; then `target` is as it was.
        """

    @abstractmethod
    def render_change(
        self, change: Change, after: AppSpec, template: str, versions: Mapping[str, str], target: Path
    ) -> Rendered:
        """As render(), for an application that has tables already: `versions` are its migrations, name → source.

        The change of the tables is a migration behind them. Raises ScaffoldError.
        """

    @abstractmethod
    def expected(self, change: Change, after: AppSpec) -> tuple[str, ...]:
        """Paths that the change is expected to touch, before anything is rendered."""

    @abstractmethod
    def notes(self, change: Change, after: AppSpec) -> tuple[str, ...]:
        """What the change does to rows that exist. Raises UnsupportedSpec where it cannot be made by rules."""


__all__ = ["Rendered", "Scaffold", "ScaffoldError", "UnknownTemplate", "UnsupportedSpec"]
