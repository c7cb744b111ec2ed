from __future__ import annotations

import pytest

from tools.testing.interface import ReportUnreadable, Witness
from tools.testing.junit import EXCERPT_CHARS, parse_junit

WITNESS = Witness("softwright_1f", "because 2e")
RECORDED = b"""<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1"
failures="1" skipped="1" tests="4" time="0.041" timestamp="2026-11-24T01:05:00+00:00" hostname="sandbox">
<testcase classname="tests.test_a.TestDouble" name="test_wrong" file="tests/test_a.py" line="3" time="0.000">
<failure message="assert 4 == 5&#10; +  where 4 = double(2)">self = &lt;tests.test_a.TestDouble object&gt;
E       assert 4 == 5</failure></testcase>
<testcase classname="tests.test_a" name="test_right[1-2]" file="tests/test_a.py" line="8" time="0.000" />
<testcase classname="tests.test_a" name="test_later" file="tests/test_a.py" line="9" time="0.000">
<skipped type="pytest.skip" message="later">tests/test_a.py:9: later</skipped></testcase>
<testcase classname="" name="tests.test_b" time="0.000">
<error message="collection failure">SyntaxError</error></testcase>
</testsuite></testsuites>"""


def test_counts_cases_and_names_failures() -> None:
    result = parse_junit(RECORDED, WITNESS)
    assert (result.passed, len(result.failed), result.skipped, result.total) == (1, 2, 1, 4)
    wrong, broken = result.failed
    assert wrong.name == "tests/test_a.py::TestDouble::test_wrong"
    assert wrong.message == "assert 4 == 5"
    assert wrong.excerpt.endswith("E       assert 4 == 5")
    assert (broken.name, broken.excerpt) == ("tests.test_b", "SyntaxError")


def test_totals_of_the_report_are_not_believed() -> None:
    text = '<testsuite tests="9" failures="0"><testcase name="a"><failure/></testcase></testsuite>'
    result = parse_junit(text.encode(), WITNESS)
    assert (result.passed, len(result.failed)) == (0, 1)


def test_case_that_failed_twice_counts_once() -> None:
    case = '<testcase name="a"><failure>f</failure></testcase><testcase name="a"><error>e</error></testcase>'
    assert len(parse_junit(f"<testsuite>{case}</testsuite>".encode(), WITNESS).failed) == 1


def test_long_traceback_keeps_whole_lines_of_its_end() -> None:
    lines = "\n".join(f"line {n}" for n in range(1000))
    case = f'<testsuite><testcase name="a"><failure>{lines}</failure></testcase></testsuite>'
    excerpt = parse_junit(case.encode(), WITNESS).failed[0].excerpt
    assert len(excerpt) <= EXCERPT_CHARS + 2
    assert excerpt.endswith("\nline 999")
    assert excerpt.splitlines()[1].startswith("line ")


def test_the_exception_behind_a_500_stands_in_the_excerpt() -> None:
    head = "Traceback (most recent call last):"
    log = f"INFO start\n{head}\n  old\n{head}\n  File x\nKeyError: 7"
    case = f'<testcase name="a"><failure>assert 500 == 200</failure><system-out>{log}</system-out></testcase>'
    excerpt = parse_junit(f"<testsuite>{case}</testsuite>".encode(), WITNESS).failed[0].excerpt
    assert excerpt == f"assert 500 == 200\nlogged:\n{head}\n  File x\nKeyError: 7"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(RECORDED[:300], id="cut off"),
        pytest.param(b"<html/>", id="another document"),
        pytest.param(b"\xff\xfe\x00", id="binary"),
        pytest.param(
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite>&b;</testsuite>', id="entities"
        ),
        pytest.param(
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><testsuite>&a;</testsuite>', id="outside entity"
        ),
    ],
)
def test_unacceptable_report(content: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        parse_junit(content, WITNESS)


@pytest.mark.parametrize(
    ("case", "witnessed"),
    [
        ('<testcase name="softwright_1f"><skipped message="because 2e"/></testcase>', True),
        ('<testcase name="softwright_1f"><skipped message="because"/></testcase>', False),
        ('<testcase name="softwright_1f"/>', False),
        ('<testcase name="softwright_1f"><failure/><skipped message="because 2e"/></testcase>', False),
        ('<testcase name="other"><skipped message="because 2e"/></testcase>', False),
    ],
)
def test_the_witness_is_recognised_and_not_counted(case: str, witnessed: bool) -> None:
    result = parse_junit(f'<testsuite><testcase name="a"/>{case}</testsuite>'.encode(), WITNESS)
    assert result.witnessed is witnessed
    assert (result.passed, len(result.failed), result.skipped) == (1, 0, int("other" in case))


def test_an_inherited_test_has_the_name_of_its_class_file() -> None:
    case = '<testcase classname="tests.test_b.TestB.TestIn" name="test_x" file="tests/test_a.py"><failure/></testcase>'
    (failed,) = parse_junit(f"<testsuite>{case}</testsuite>".encode(), WITNESS).failed
    assert failed.name == "tests/test_b.py::TestB::TestIn::test_x"
