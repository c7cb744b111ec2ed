"""What the reports of a foreign suite say, case by case. Written by code that is not to be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from memory.records.imported import TestOutcome
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.testing.foreign_node import ORDER, report_of
from tools.testing.interface import FailedTest
from tools.testing.junit import failed_test, test_name
from tools.testing.pytest_runner import REPORT_BYTES, REPORTS

Cases = tuple[dict[str, TestOutcome], tuple[FailedTest, ...], str]
KINDS: Mapping[str, TestOutcome] = {
    "error": TestOutcome.ERROR,
    "failure": TestOutcome.FAILED,
    "skipped": TestOutcome.SKIPPED,
}


def cases_of(workspace: Path) -> Cases:
    """Outcomes by name, the failing ones told, and why there are none. Blocking."""
    found: dict[str, TestOutcome] = {}
    failing: dict[str, FailedTest] = {}
    try:
        for file, root in _reports(workspace):
            for case, name in _named(root, file):
                outcome = next((how for tag, how in KINDS.items() if case.find(tag) is not None), TestOutcome.PASSED)
                if found.get(name) not in (TestOutcome.ERROR, TestOutcome.FAILED):
                    found[name] = outcome
                if outcome in (TestOutcome.ERROR, TestOutcome.FAILED):
                    failing.setdefault(name, failed_test(case, name))
    except (UntrustedFileError, ParseError, DefusedXmlException, ValueError) as error:
        return {}, (), str(error)
    return found, tuple(failing.values()), ""


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


__all__ = ["cases_of"]
