"""Keeps logs small. The writers append, so a file is copied and emptied under them, with nothing to tell them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LARGEST_BYTES = 10 << 20


def rotate(folder: Path, largest_bytes: int = LARGEST_BYTES) -> None:
    """Moves the content of each too large `*.log` to `*.log.1`, which is overwritten."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > largest_bytes:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


__all__ = ["rotate"]
