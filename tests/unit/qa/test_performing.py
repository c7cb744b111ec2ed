"""What is noise and what is told, and what closes the gate."""

from __future__ import annotations

import pytest

from agents.qa.performing import compared, performance_check, score
from memory.records.report import Check, CheckOutcome, Repeated, Requests, RequestsOf
from tools.security.gate import closes_gate


def operation(cpu: float = 10.0, spread: float = 0.2, statements: float = 2, requests: int = 9) -> RequestsOf:
    return RequestsOf(
        operation="GET /books",
        file="app/routes/books.py",
        line=9,
        requests=requests,
        p95_ms=50,
        cpu_ms=cpu,
        cpu_spread_ms=spread,
        statements=statements,
    )


def requests(*operations: RequestsOf, busy: float = 8.0) -> Requests:
    return Requests(operations=operations, busy_ms=busy)


@pytest.mark.parametrize(
    ("now", "busy", "slower"),
    [
        (operation(), 8.0, False),
        (operation(cpu=14), 8.0, False),
        (operation(cpu=30), 8.0, True),
        (operation(cpu=30, spread=6), 8.0, False),
        (operation(cpu=19), 16.0, False),
        (operation(cpu=30, requests=2), 8.0, False),
    ],
    ids=["the same", "within noise", "beyond it", "times that vary", "a slower machine", "too few requests"],
)
def test_times_are_told_beyond_noise_only(now: RequestsOf, busy: float, slower: bool) -> None:
    found = compared(requests(operation()), requests(now, busy=busy))
    assert bool(found.slower) is slower
    assert [finding.rule for finding in found.findings] == ["slower-operation"] * slower
    assert not any(closes_gate(finding) for finding in found.findings), "times alone close no gate"


def test_statements_are_counted() -> None:
    found = compared(requests(operation()), requests(operation(statements=5)))
    assert [(f.rule, closes_gate(f)) for f in found.findings] == [("more-statements", False)]
    assert compared(requests(operation()), requests(operation(statements=4))).findings == []


def test_statements_for_each_row_close_the_gate_and_lower_the_score() -> None:
    repeated = Repeated(statement="SELECT 1", count=9, of=10, file="app/a.py", line=3, test="tests/test_a.py::test_a")
    growing = operation().model_copy(update={"repeated": (repeated,)})
    asked = requests(growing)
    tests = Check(
        name="tests",
        outcome=CheckOutcome.PASSED,
        summary="",
        evidence={"requests": asked.model_dump(mode="json")},
    )
    check = performance_check([tests])
    assert check is not None
    (finding,) = check.findings
    assert (finding.file, finding.line, closes_gate(finding)) == ("app/a.py", 3, True)
    assert finding.fingerprint
    assert score(asked) == round(1 - 0.4 * 8 / 10, 3)
    assert score(requests(operation().model_copy(update={"p95_ms": 1000}))) == 0.5


def test_without_requests_there_is_no_check() -> None:
    tests = Check(name="tests", outcome=CheckOutcome.PASSED, summary="", evidence={"requests": None})
    assert performance_check([tests]) is None
    assert performance_check([]) is None
