"""The plan as people read it."""

from __future__ import annotations

from agents.pm.reader.reader import read_request
from agents.pm.summary import summarise


def test_the_summary_tells_fields_rules_features_and_what_was_not_understood() -> None:
    text = summarise(
        read_request(
            "Events with title (max 80 characters), start date, end date after start date and status (open/closed), "
            "sort by start date, CSV export, 10 per page. Users log in and see only their own events. Use MongoDB."
        ).spec
    )
    for line in (
        "event at /events (each account sees only its own)",
        "- title: text, required, not empty, at most 80 characters",
        "- status: one of open, closed, default open",
        "- rule: end_date > start_date",
        "- sort by start_date",
        "- CSV export",
        "Pages: 10 rows, at most 200",
    ):
        assert line in text.splitlines()
    assert '- "Use MongoDB": the app keeps its data in SQLite' in text
