"""All queries of the repositories, by name: `-- name: x` in the .sql files beside this one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent
HEADER = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def queries() -> Mapping[str, str]:
    """Read once a process. Raises ValueError where two have the same name."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.sql")):
        _, *parts = HEADER.split(path.read_text())
        for name, query in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"{path.name}: a second query is named {name}")
            found[name] = query.strip()
    return MappingProxyType(found)


__all__ = ["queries"]
