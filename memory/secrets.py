"""Secrets of projects: what a store of them can do, whoever keeps it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

GENERATED_BYTES = 48
SHORTEST_REDACTED = 6
"""A shorter value would take half of a text with it."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class SecretsError(Exception):
    """Secrets cannot be read or written. The message names the place and the remedy, never a value."""


class Kind(StrEnum):
    USER = "user"
    """Set by people."""
    GENERATED = "generated"
    """Made by us, once an environment."""
    SHOWN = "shown"
    """Generated ones that a person has seen: name → when."""
    ACCOUNT = "account"
    """At a provider, of the whole installation."""


@dataclass(frozen=True)
class Place:
    """Where a set of names and values belongs. Raises ValueError for what is no name."""

    project_id: str
    environment: str
    kind: Kind

    def __post_init__(self) -> None:
        for part in (self.project_id, self.environment):
            if NAME.fullmatch(part) is None:
                raise ValueError(f"{part!r} names no project or environment")

    def __str__(self) -> str:
        return f"{self.project_id}/{self.environment}/{self.kind.value}"


class Secrets(Protocol):
    """All methods block, and raise SecretsError."""

    def read(self, place: Place) -> dict[str, str]:
        """Empty where nothing was set."""
        ...

    def change(self, place: Place, values: Mapping[str, str | None], *, whole: bool = False) -> dict[str, str]:
        """Sets values, None removes one; `whole`: what is not named goes. Returns what is there afterwards."""
        ...

    def ensure(self, place: Place, names: Iterable[str]) -> dict[str, str]:
        """The values of these names; those that were missing are made at random and kept."""
        ...

    def remember(self, place: Place, name: str, value: str) -> str:
        """The value of a name, which is `value` where it had none before."""
        ...

    def forget(self, project_id: str) -> None:
        """All of a project. Nothing happens where there is none."""
        ...

    def seal(self, text: str, about: str) -> str:
        """The text encrypted, to be kept elsewhere. It opens for the same `about` only."""
        ...

    def unseal(self, sealed: str, about: str) -> str: ...


def random_value() -> str:
    return secrets.token_urlsafe(GENERATED_BYTES)


def redacted(text: str, values: Mapping[str, str]) -> str:
    """The text without these values: the name stands in the place of each."""
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        if len(value) >= SHORTEST_REDACTED:
            text = text.replace(value, f"[{name}]")
    return text


__all__ = ["Kind", "Place", "Secrets", "SecretsError", "random_value", "redacted"]
