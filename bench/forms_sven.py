"""The form of SVEN's data: functions as they were before a fix of a weakness and after it, from real commits, in JSON
by line; each alone, without what its file imports."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Collection, Iterator
from pathlib import Path


def is_sven(root: Path) -> bool:
    return any(root.glob("**/data_train_val/**/cwe-*.jsonl"))


def pairs(root: Path, covered: Collection[int]) -> Iterator[tuple[str, str, bool, int]]:
    """(name, source, vulnerable, CWE) of the functions in Python."""
    for table in sorted(root.rglob("cwe-*.jsonl")):
        cwe = int(re.sub(r"\D", "", table.stem))
        for number, line in enumerate(table.read_text().splitlines() if cwe in covered else ()):
            entry = json.loads(line)
            if not entry["file_name"].endswith(".py"):
                continue
            for word, bad in (("before", True), ("after", False)):
                name = f"{table.parent.name}/cwe-{cwe}-{number}-{word}.py"
                yield name, textwrap.dedent(entry[f"func_src_{word}"]), bad, cwe


__all__ = ["is_sven", "pairs"]
