"""What the reports of a foreign suite say, case by case. Written by code that is not to be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from memory.records.imported import TestOutcome
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.testing.foreign_node import JSON_REPORT, ORDER, report_of
from tools.testing.interface import FailedTest, ReportUnreadable
from tools.testing.junit import failed_test, test_name
from tools.testing.pytest_runner import REPORT_BYTES, REPORTS
from tools.testing.script_report import outcomes_of

Cases = tuple[dict[str, TestOutcome], tuple[FailedTest, ...], str]
KINDS: Mapping[str, TestOutcome] = {
    "error": TestOutcome.ERROR,
    "failure": TestOutcome.FAILED,
    "skipped": TestOutcome.SKIPPED,
}


def cases_of(workspace: Path) -> Cases:
    """Outcomes by name, the failing ones told, and why there are none. Blocking."""
    try:
        if (workspace / REPORTS / JSON_REPORT).is_file():
            content = read_untrusted(workspace, f"{REPORTS}/{JSON_REPORT}", REPORT_BYTES)
            return (*outcomes_of(content), "")
        return (*_of_junit(workspace), "")
    except (UntrustedFileError, ParseError, DefusedXmlException, ReportUnreadable, ValueError) as error:
        return {}, (), str(error)


def of_files(cases: Cases, known: Sequence[str], only: Sequence[str]) -> Cases:
    """Under the names of the project's own files, and of those alone that are in `only`, if any are. Pure."""
    tests, failing, problem = cases
    places = {name: _at_source(name, known) for name in {*tests, *(test.name for test in failing)}}
    wanted = {name for name, now in places.items() if not only or now.partition("::")[0] in only}
    kept = {places[name]: how for name, how in tests.items() if name in wanted}
    told = tuple(replace(test, name=places[test.name]) for test in failing if test.name in wanted)
    return kept, told, problem


def _at_source(name: str, known: Sequence[str]) -> str:
    """`dist/test/a.test.js::adds` is a test of `test/a.test.ts`."""
    path, _, inner = name.partition("::")
    if path in known:
        return name
    built = PurePosixPath(path)
    same = [other for other in map(PurePosixPath, known) if other.stem == built.stem]
    if not same:
        return name
    source = max(same, key=lambda other: _tail(built.parts[:-1], other.parts[:-1]))
    return f"{source}::{inner}" if inner else str(source)


def _tail(first: Sequence[str], second: Sequence[str]) -> int:
    """How many of the last parts are the same."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _of_junit(workspace: Path) -> tuple[dict[str, TestOutcome], tuple[FailedTest, ...]]:
    found: dict[str, TestOutcome] = {}
    failing: dict[str, FailedTest] = {}
    for file, root in _reports(workspace):
        for case, name in _named(root, file):
            outcome = next((how for tag, how in KINDS.items() if case.find(tag) is not None), TestOutcome.PASSED)
            if found.get(name) not in (TestOutcome.ERROR, TestOutcome.FAILED):
                found[name] = outcome
            if outcome in (TestOutcome.ERROR, TestOutcome.FAILED):
                failing.setdefault(name, failed_test(case, name))
    return found, tuple(failing.values())


def _reports(workspace: Path) -> list[tuple[str, Element]]:
    """With the test file that a report is of; empty for pytest's, which names it itself."""
    folder = workspace / REPORTS
    if not (folder / ORDER).is_file():
        return [("", _parsed(workspace, "junit.xml"))]
    files = read_untrusted(workspace, f"{REPORTS}/{ORDER}", REPORT_BYTES).decode().splitlines()
    return [(file, _parsed(workspace, report_of(number))) for number, file in enumerate(files)]


def _parsed(workspace: Path, name: str) -> Element:
    root: Element = fromstring(read_untrusted(workspace, f"{REPORTS}/{name}", REPORT_BYTES), forbid_dtd=True)
    return root


def _named(root: Element, file: str) -> list[tuple[Element, str]]:
    if not file:
        return [(case, test_name(case)) for case in root.iter("testcase")]
    return list(_below(root, (file,)))


def _below(element: Element, path: tuple[str, ...]) -> list[tuple[Element, str]]:
    """node nests suites: a case is named by its file and all suites around it."""
    found: list[tuple[Element, str]] = []
    for child in element:
        inner = (*path, child.get("name", "?"))
        if child.tag == "testcase":
            found.append((child, "::".join(inner)[:300]))
        elif child.tag == "testsuite":
            found += _below(child, inner)
    return found


__all__ = ["cases_of", "of_files"]
