"""All queries of the repositories, by name: `-- name: x` in the .sql files beside this one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
HEADER = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def load(folder: Path) -> dict[str, str]:
    """Raises ValueError where two have the same name."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.sql")):
        _, *parts = HEADER.split(path.read_text())
        for name, query in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"{path.name}: a second query is named {name}")
            found[name] = query.strip()
    return found


# read with the module, as code is: later an event loop would have to wait for the disk
QUERIES: Mapping[str, str] = load(FOLDER)


__all__ = ["QUERIES", "load"]
