from __future__ import annotations

import json

import pytest

from tools.testing.coverage_report import line_ranges, parse_coverage
from tools.testing.interface import ReportUnreadable

RECORDED = {
    "meta": {"format": 3, "version": "7.17.3", "branch_coverage": False},
    "files": {
        "app/main.py": {"executed_lines": [1, 2, 5], "missing_lines": [6], "excluded_lines": [], "summary": {}},
        "app/__init__.py": {"executed_lines": [], "missing_lines": [], "excluded_lines": [], "summary": {}},
    },
    "totals": {"covered_lines": 100, "num_statements": 100, "percent_covered": 100.0},
}


def test_share_is_recounted_from_the_lines() -> None:
    coverage = parse_coverage(json.dumps(RECORDED).encode())
    assert coverage.share == 0.75
    assert coverage.uncovered == {"app/main.py": "6"}


def test_branches_that_no_test_takes_are_named() -> None:
    lines = {"executed_lines": [1, 2], "missing_lines": []}
    branches = {"executed_branches": [[1, 2]], "missing_branches": [[5, -3], [1, 4]]}
    coverage = parse_coverage(json.dumps({"files": {"a.py": lines | branches, "b.py": lines}}).encode())
    assert (coverage.branches_covered, coverage.branches, coverage.branch_share) == (1, 3, 0.3333)
    assert coverage.uncovered_branches == {"a.py": "1→4, 5→exit"}


def test_nothing_to_cover_has_no_share() -> None:
    assert parse_coverage(b'{"files": {}}').share is None


@pytest.mark.parametrize(
    ("lines", "text"), [([], ""), ([7], "7"), ([3, 4, 5, 9], "3-5,9"), ([9, 3, 4, 4], "3-4,9"), ([1, 3, 5], "1,3,5")]
)
def test_line_ranges(lines: list[int], text: str) -> None:
    assert line_ranges(lines) == text


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"files": 3}', b'{"files": {"a": {}}}', b'{"files": {"a": null}}', b"[" * 100_000]
)
def test_malformed_report(content: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        parse_coverage(content)
