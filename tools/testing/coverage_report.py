"""Reading coverage.py's JSON report written by code that is not to be trusted."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from tools.testing.interface import Coverage, ReportUnreadable

FILES_SHOWN = 200
RANGES_SHOWN = 100


def parse_coverage(content: bytes) -> Coverage:
    """Totals recounted from the files of the report; raises ReportUnreadable."""
    try:
        files = json.loads(content)["files"]
        rows = [(str(name), *_counts(file)) for name, file in files.items()]
        jumps = {str(name): _branches(file) for name, file in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReportUnreadable(f"the coverage report is malformed: {error}") from error
    uncovered = {name: line_ranges(missing) for name, _, missing in sorted(rows) if missing}
    return Coverage(
        covered=sum(covered for _, covered, _ in rows),
        statements=sum(covered + len(missing) for _, covered, missing in rows),
        uncovered=dict(list(uncovered.items())[:FILES_SHOWN]),
        branches=sum(taken + len(missing) for taken, missing in jumps.values()),
        branches_covered=sum(taken for taken, _ in jumps.values()),
        uncovered_branches={
            name: _jumps(missing) for name, (_, missing) in sorted(jumps.items())[:FILES_SHOWN] if missing
        },
    )


def _counts(file: Any) -> tuple[int, list[int]]:
    return len([int(line) for line in file["executed_lines"]]), [int(line) for line in file["missing_lines"]]


def _branches(file: Any) -> tuple[int, list[tuple[int, int]]]:
    """How many were taken, and those that were not; none where only lines were measured."""
    missing = [(int(start), int(end)) for start, end in file.get("missing_branches", ())]
    return len(list(file.get("executed_branches", ()))), missing


def _jumps(missing: list[tuple[int, int]]) -> str:
    shown = [f"{start}→{end if end > 0 else 'exit'}" for start, end in sorted(missing)[:RANGES_SHOWN]]
    return ", ".join(shown) + (", …" if len(missing) > RANGES_SHOWN else "")


def line_ranges(lines: list[int]) -> str:
    """[3, 4, 5, 9] as `3-5,9`."""
    ordered = sorted(set(lines))
    ends = [i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if b != a + 1]
    runs = [ordered[i:j] for i, j in pairwise([0, *ends, len(ordered)]) if i < j]
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:RANGES_SHOWN]]
    return ",".join(shown) + (",…" if len(runs) > RANGES_SHOWN else "")


__all__ = ["line_ranges", "parse_coverage"]
