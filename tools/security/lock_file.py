"""The pins of a lock file in requirements format. The text is untrusted: what is no plain pin is named, not obeyed."""

from __future__ import annotations

import re
from dataclasses import dataclass

PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[A-Za-z0-9._,\s-]*\])?"
    r"\s*==\s*(?P<version>[A-Za-z0-9.!+_-]+)\s*(?:;[^@]*?)?(?:\s+--hash=\S+)*\s*$"
)
LINE_CHARS = 120


@dataclass(frozen=True)
class Pin:
    name: str
    """Normalised as PEP 503 says."""
    version: str
    line: int


@dataclass(frozen=True)
class Lock:
    pins: tuple[Pin, ...]
    other: tuple[str, ...]
    """`line N: text`: unpinned, editable, a URL, a path, an option."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_lock(text: str) -> Lock:
    """Every pin counts, whatever its marker says about this machine."""
    pins: dict[tuple[str, str], Pin] = {}
    other: list[str] = []
    for number, line in _logical_lines(text):
        match = PIN.match(line)
        if match:
            key = (canonical(match["name"]), match["version"])
            pins.setdefault(key, Pin(*key, line=number))
        else:
            other.append(f"line {number}: {line[:LINE_CHARS]}")
    return Lock(tuple(pins.values()), tuple(other))


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """(number of its first line, text without comments) of what stands on one line or is continued with a backslash."""
    found: list[tuple[int, str]] = []
    start, parts = 0, list[str]()
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        start = start if parts else number
        parts.append(line.removesuffix("\\").strip())
        if not line.endswith("\\"):
            joined = " ".join(part for part in parts if part)
            found += [(start, joined)] if joined else []
            parts = []
    return found


__all__ = ["Lock", "Pin", "canonical", "parse_lock"]
