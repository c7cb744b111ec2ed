"""Reports of vitest (2.1), jest and our reporter of mocha, case by case, and under the project's own names."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
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


EVENTS = """
const { EventEmitter } = require("node:events");
const runner = new EventEmitter();
require("./reporter.cjs")(runner);
const root = { file: undefined };
const suite = { file: "/work/test/a.js", parent: root };
const test = (...titles) => ({ title: titles[titles.length - 1], titlePath: () => titles, parent: suite });
runner.emit("pass", test("sums", "adds"));
runner.emit("fail", test("sums", "is wrong"), new Error("3 is not 4"));
runner.emit("pending", test("later"));
runner.emit("fail", { title: "before all hook", parent: { parent: root } }, new Error("no"));
runner.emit("end");
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_our_reporter_of_mocha(tmp_path: Path) -> None:
    (tmp_path / "reporter.cjs").write_text(files("tools.testing").joinpath("mocha_reporter.cjs").read_text())
    (tmp_path / "run.cjs").write_text(EVENTS)
    subprocess.run(["node", tmp_path / "run.cjs"], check=True, timeout=30)
    found, failing = outcomes_of((tmp_path / "suite.json").read_bytes())
    assert found == {
        "test/a.js::sums::adds": TestOutcome.PASSED,
        "test/a.js::sums::is wrong": TestOutcome.FAILED,
        "test/a.js::later": TestOutcome.SKIPPED,
        "::before all hook": TestOutcome.FAILED,
    }
    assert failing[0].message == "Error: 3 is not 4"
