"""What an import is bounded by, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass


class ImportRefused(Exception):
    """The source is hostile, too large or unreadable; the message names the entry and the reason."""


@dataclass(frozen=True)
class Bounds:
    total_bytes: int = 512 << 20
    """Of all files, unpacked; of a clone on disk."""
    file_bytes: int = 100 << 20
    entries: int = 50_000
    depth: int = 40
    """Folders within folders."""
    name_bytes: int = 1024
    ratio: int = 200
    """Unpacked to packed, once more than `ratio_from` are unpacked."""
    ratio_from: int = 16 << 20
    commits: int = 2000
    """Of a git source, newest first."""
    clone_s: float = 300.0


BOUNDS = Bounds()

__all__ = ["BOUNDS", "Bounds", "ImportRefused"]
