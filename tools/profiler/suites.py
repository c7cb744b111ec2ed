"""What the profiled test suite left, for the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from memory.records.execution import Completed
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.profiler.command import REPORTS

REPORT_BYTES = 5 << 20
SHOWN = 10


class RawSuite(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    problem: str = ""
    tests: int = 0
    failed: int = 0
    exit_code: int = 0
    wall_s: float = 0.0
    slowest: tuple[tuple[str, float], ...] = ()
    lines: tuple[tuple[str, int, str, float, float], ...] = ()
    """File, line, function, milliseconds, and on the processor."""


def suite_figures(tree: Path, done: Completed) -> dict[str, Any]:
    try:
        raw = RawSuite.model_validate_json(read_untrusted(tree, f"{REPORTS}/suite.json", REPORT_BYTES))
    except (UntrustedFileError, ValidationError) as error:
        return {"problem": f"the suite was not profiled: {done.reason or str(error)[:300]}"}
    if raw.problem:
        return {"problem": raw.problem}
    total = sum(row[3] for row in raw.lines)
    return {
        "tests": raw.tests,
        "failed": raw.failed,
        "wall_s": raw.wall_s,
        "slowest": [{"test": name, "ms": ms} for name, ms in raw.slowest[:SHOWN]],
        "hottest": [
            {"file": file, "line": line, "function": function, "ms": ms, "share": round(ms / total, 3)}
            for file, line, function, ms, _ in raw.lines[:SHOWN]
            if total
        ],
    }


__all__ = ["suite_figures"]
