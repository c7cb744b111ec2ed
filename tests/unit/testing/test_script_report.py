"""Reports of vitest (2.1), jest and our reporter of mocha, case by case, and under the project's own names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from memory.records.imported import TestOutcome
from tools.testing.foreign_report import of_files
from tools.testing.interface import ReportUnreadable
from tools.testing.script_report import outcomes_of


def case(title: str, status: str, *above: str, said: str = "") -> dict[str, Any]:
    return {"ancestorTitles": list(above), "title": title, "status": status, "failureMessages": [said] if said else []}


REPORT = {
    "testResults": [
        {
            "name": "/work/test/add.test.ts",
            "status": "failed",
            "message": "",
            "assertionResults": [
                case("adds", "passed", "add"),
                case("later", "skipped", "add"),
                case("some day", "todo", "add"),
                case("is wrong", "failed", "add", said="AssertionError: expected 3 to be 4\n    at add.test.ts:3"),
                case("twice", "failed", said="no"),
                case("twice", "passed"),
            ],
        },
        {"name": "/work/test/broken.test.ts", "status": "failed", "message": "SyntaxError: no", "assertionResults": []},
    ]
}


def test_names_outcomes_and_what_was_said() -> None:
    found, failing = outcomes_of(json.dumps(REPORT).encode())
    assert found == {
        "test/add.test.ts::add::adds": TestOutcome.PASSED,
        "test/add.test.ts::add::later": TestOutcome.SKIPPED,
        "test/add.test.ts::add::some day": TestOutcome.SKIPPED,
        "test/add.test.ts::add::is wrong": TestOutcome.FAILED,
        "test/add.test.ts::twice": TestOutcome.FAILED,
        "test/broken.test.ts": TestOutcome.ERROR,
    }
    assert [(test.name.rpartition("::")[2], test.message) for test in failing] == [
        ("is wrong", "AssertionError: expected 3 to be 4"),
        ("twice", "no"),
        ("test/broken.test.ts", "SyntaxError: no"),
    ]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"testResults": [{"name": 1}]}', b'{"testResults": 3}'])
def test_a_report_that_is_none(content: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        outcomes_of(content)


def test_what_a_build_made_is_told_by_its_source_and_only_what_was_asked_counts() -> None:
    tests = {
        "dist/test/a.test.js::adds": TestOutcome.PASSED,
        "dist/lib/a.test.js::x": TestOutcome.PASSED,
        "b.js::y": TestOutcome.PASSED,
    }
    known = ["test/a.test.ts", "lib/a.test.ts", "b.js"]
    found, _, _ = of_files((tests, (), ""), known, ())
    assert list(found) == ["test/a.test.ts::adds", "lib/a.test.ts::x", "b.js::y"]
    assert list(of_files((tests, (), ""), known, ["lib/a.test.ts"])[0]) == ["lib/a.test.ts::x"]
