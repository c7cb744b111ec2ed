"""Reading a JUnit report written by code that is not to be trusted."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tools.testing.interface import FailedTest, ReportUnreadable, SuiteResult, Witness, ending

EXCERPT_CHARS = 1500
MESSAGE_CHARS = 300
LOGGED_CHARS = 700
TRACEBACK = "Traceback (most recent call last):"


def parse_junit(content: bytes, witness: Witness) -> SuiteResult:
    """Counts of the cases; a case with a failure or an error is a failed one. Raises ReportUnreadable."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ReportUnreadable(f"the test report is no acceptable XML: {error}") from error
    if root.tag not in ("testsuites", "testsuite"):
        raise ReportUnreadable(f"the test report starts with <{root.tag[:40]}>, not with <testsuites>")
    failed: dict[str, FailedTest] = {}
    passed = skipped = 0
    witnessed = False
    for case in root.iter("testcase"):
        problem = _problem(case)
        if case.get("name") == witness.name:
            left_out = case.find("skipped")
            witnessed = problem is None and left_out is not None and left_out.get("message") == witness.reason
        elif problem is not None:
            failed.setdefault(test_name(case), failed_test(case, test_name(case)))
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return SuiteResult(passed=passed, failed=tuple(failed.values()), skipped=skipped, witnessed=witnessed)


def _problem(case: Element) -> Element | None:
    failure = case.find("failure")
    return failure if failure is not None else case.find("error")


def failed_test(case: Element, name: str) -> FailedTest:
    problem = _problem(case)
    text = "" if problem is None else (problem.text or "").strip()
    return FailedTest(
        name=name,
        message="" if problem is None else problem.get("message", "").partition("\n")[0][:MESSAGE_CHARS],
        excerpt=f"{ending(text, EXCERPT_CHARS)}{_logged(case)}",
    )


def _logged(case: Element) -> str:
    """The last exception that the application logged during the test: what stands behind a status of 500."""
    _, found, traceback = (case.findtext("system-out") or "").rpartition(TRACEBACK)
    return f"\nlogged:\n{ending(found + traceback.rstrip(), LOGGED_CHARS)}" if found else ""


def test_name(case: Element) -> str:
    """pytest's own name of a test, where the report (family xunit1) tells its file."""
    name, class_name, file = case.get("name", "?"), case.get("classname", ""), case.get("file", "")
    if not file:
        return ".".join(part for part in (class_name, name) if part)[:MESSAGE_CHARS]
    module = file.removesuffix(".py").replace("/", ".")
    if class_name and not f"{class_name}.".startswith(f"{module}."):
        return _inherited(name, class_name)
    inner = class_name.removeprefix(module).strip(".")
    return "::".join(part for part in (file, inner.replace(".", "::"), name) if part)[:MESSAGE_CHARS]


def _inherited(name: str, class_name: str) -> str:
    """A test that stands in another file than its class: pytest names it by the class's."""
    parts = class_name.split(".")
    first = next((place for place, part in enumerate(parts) if part[:1].isupper()), len(parts))
    return "::".join(["/".join(parts[:first]) + ".py", *parts[first:], name])[:MESSAGE_CHARS]


__all__ = ["failed_test", "parse_junit", "test_name"]
