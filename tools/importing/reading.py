"""Reading single files of an unknown project: what is unreadable becomes a note."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from memory.untrusted_files import UntrustedFileError, read_untrusted

LIMIT = 20 << 20
Read = TypeVar("Read")


@dataclass
class Reading:
    root: Path
    files: frozenset[str]
    notes: list[str] = field(default_factory=list)

    def text(self, path: str) -> str:
        """Empty where there is no such file."""
        return self._read(path, lambda text: text) or ""

    def toml(self, path: str) -> dict[str, Any]:
        return self._read(path, tomllib.loads) or {}

    def json(self, path: str) -> dict[str, Any]:
        return mapping(self._read(path, json.loads))

    def _read(self, path: str, parse: Callable[[str], Read]) -> Read | None:
        if path not in self.files:
            return None
        try:
            return parse(read_untrusted(self.root, path, LIMIT).decode("utf-8-sig"))
        except (UntrustedFileError, ValueError, RecursionError) as error:
            self.notes.append(f"{path} cannot be read: {str(error)[:200]}")
            return None


def mapping(value: object) -> dict[str, Any]:
    """A table of someone else's file, or an empty one where it is something else."""
    return {str(key): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def strings(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


__all__ = ["Reading", "mapping", "strings"]
