"""What a scaffold does, and how it fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from memory.records.spec import AppSpec


class ScaffoldError(Exception):
    """The application could not be rendered."""


class UnknownTemplate(ScaffoldError):
    """No template has this id; the message lists those there are."""


class UnsupportedSpec(ScaffoldError):
    """The template cannot do what the spec asks; the message names the part of it."""


class Scaffold(ABC):
    @abstractmethod
    def render(self, spec: AppSpec, template: str, target: Path) -> tuple[str, ...]:
        """Write a whole project into `target`, which must not exist or be an empty folder.

        Returns the paths of its files below `target`, sorted. Raises ScaffoldError; then `target` is as it was.
        """


__all__ = ["Scaffold", "ScaffoldError", "UnknownTemplate", "UnsupportedSpec"]
