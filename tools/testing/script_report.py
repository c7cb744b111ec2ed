"""What vitest, jest and our reporter of mocha say, case by case. Written by code that is not to be trusted."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from memory.records.execution import WORKSPACE
from memory.records.imported import TestOutcome
from tools.testing.interface import FailedTest, ReportUnreadable, ending
from tools.testing.junit import EXCERPT_CHARS, MESSAGE_CHARS

STATES = {
    "passed": TestOutcome.PASSED,
    "failed": TestOutcome.FAILED,
    "pending": TestOutcome.SKIPPED,
    "skipped": TestOutcome.SKIPPED,
    "todo": TestOutcome.SKIPPED,
    "disabled": TestOutcome.SKIPPED,
}
NAME_CHARS = 300


def outcomes_of(content: bytes) -> tuple[dict[str, TestOutcome], tuple[FailedTest, ...]]:
    """A file that did not load is an error under its own name. Raises ReportUnreadable."""
    found: dict[str, TestOutcome] = {}
    failing: dict[str, FailedTest] = {}
    try:
        for file in json.loads(content)["testResults"]:
            for name, how, message in _cases(_path(str(file["name"])), file):
                if found.get(name) not in (TestOutcome.FAILED, TestOutcome.ERROR):
                    found[name] = how
                if how in (TestOutcome.FAILED, TestOutcome.ERROR):
                    failing.setdefault(name, _failed(name, message))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReportUnreadable(f"the report of the tests is malformed: {error}") from error
    return found, tuple(failing.values())


def _cases(path: str, file: dict[str, Any]) -> list[tuple[str, TestOutcome, str]]:
    cases = []
    for case in file["assertionResults"]:
        titles = [str(title) for title in (*case.get("ancestorTitles", ()), case["title"])]
        how = STATES.get(str(case["status"]), TestOutcome.ERROR)
        name = "::".join((path, *titles))[:NAME_CHARS]
        cases.append((name, how, "\n".join(map(str, case.get("failureMessages") or ()))))
    message = str(file.get("message") or file.get("failureMessage") or "")
    if file.get("status") == "failed" and not any(how is TestOutcome.FAILED for _, how, _ in cases):
        cases.append((path, TestOutcome.ERROR, message))
    return cases


def _failed(name: str, message: str) -> FailedTest:
    return FailedTest(name, message.partition("\n")[0][:MESSAGE_CHARS], ending(message.strip(), EXCERPT_CHARS))


def _path(name: str) -> str:
    place = PurePosixPath(name)
    return place.relative_to(WORKSPACE).as_posix() if place.is_relative_to(WORKSPACE) else name


__all__ = ["outcomes_of"]
