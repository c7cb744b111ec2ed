"""Runs inside the sandbox, with the standard library alone: copies a SQLite database that may be in use.

python copy_database.py SOURCE TARGET. Where there is no source, nothing is copied.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path

WAIT_S = 30


def main(source: str, target: str) -> None:
    if not Path(source).exists():
        return
    with (
        contextlib.closing(sqlite3.connect(source, timeout=WAIT_S)) as reading,
        contextlib.closing(sqlite3.connect(target, timeout=WAIT_S)) as writing,
    ):
        reading.backup(writing)


if __name__ == "__main__":
    main(*sys.argv[1:])
