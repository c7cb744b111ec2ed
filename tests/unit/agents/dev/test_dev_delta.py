"""What Dev's loop is told."""

from __future__ import annotations

from agents.acceptance.lines import read_steps
from agents.dev.delta import DeltaInput, needed, system_text, task_text
from agents.dev.delta_files import names_text, relevant, tree_text
from agents.pm.reader.reader import read_request
from memory.records.plan import AcceptanceCheck, Plan, Task
from memory.records.report import Check, CheckOutcome, Confidence, Finding, QaReport, Severity

SPEC = read_request("books (title, copies) and members (name) and loans of a book by a member").spec
STEPS = [
    "POST /members {name: Ann} -> 201 as ann",
    "POST /books {title: Dune} -> 201 as book",
    "POST /loans {book_id: $book.id, member_id: $ann.id} -> 201 as loan",
    "POST /loans/$loan.id/return -> 200 {open: false}",
]
CHECK = AcceptanceCheck(title="it is returned", steps=read_steps(STEPS, accounts=False))
OTHER = AcceptanceCheck(
    title="only once", steps=read_steps([*STEPS, "POST /loans/$loan.id/return -> 409"], accounts=False)
)
TASK = Task(id="return", title="Return a loan", detail="POST /loans/{id}/return", checks=(CHECK, OTHER))
PLAN = Plan(spec=SPEC, tasks=(TASK,))
FILES = {
    f"app/{folder}/{name}.py": f"# {name}\n" * 10
    for folder, names in (("routes", ("loans", "books", "members")), ("models", ("loan", "book", "member")))
    for name in names
} | {"app/main.py": "pass", "requirements.lock": "x", ".gitignore": "y", "tests/test_loans.py": "assert 1"}


def report(*checks: Check) -> QaReport:
    return QaReport(commit="c", passed=False, checks=checks)


def test_the_task_has_what_is_needed_and_no_more() -> None:
    text = task_text(DeltaInput(PLAN, FILES))
    for words in (
        "resource loan",
        "1. Return a loan",
        "POST /loans/$loan.id/return -> 409",
        "app/routes/: books.py",
        "# loans",
    ):
        assert words in text
    assert "as loan" not in text, "what only makes rows says nothing"
    assert text.count("POST /loans/$loan.id/return -> 200") == 1, "what all checks begin with stands once"
    assert "requirements.lock" not in text
    assert "QA refused" not in text
    assert text == task_text(DeltaInput(PLAN, FILES))
    assert needed(PLAN)
    assert not needed(Plan(spec=SPEC))


def test_the_file_of_what_is_changed_comes_first_and_the_limit_holds() -> None:
    shown = relevant(FILES, "Return a loan Return a loan POST /loans/{id}/return", (), 10_000)
    assert [path for path, _ in shown] == ["app/routes/loans.py", "tests/test_loans.py", "app/models/loan.py"]
    assert relevant(FILES, "loan", (), 5) == ()
    assert relevant(FILES, "loan", ("tests/test_loans.py",), 10_000)[0][0] == "tests/test_loans.py"


def test_findings_are_trimmed_to_what_tells() -> None:
    log = "INFO     app.access:access_log.py:89 request\n" * 200
    failing = [
        {"name": f"tests/test_loans.py::test_{n}", "message": "assert 404 == 200", "excerpt": log + f"E   assert {n}"}
        for n in range(9)
    ]
    tests = Check(
        name="tests", outcome=CheckOutcome.FAILED, summary="9 of 30 tests failed", evidence={"failing": failing}
    )
    found = Finding(
        file="app/routes/loans.py", line=7, cwe=89, severity=Severity.HIGH, confidence=Confidence.HIGH, rule="B608",
        tool="bandit", why="SQL from a string",
    )  # fmt: skip
    found = found.model_copy(update={"fingerprint": "a"})
    waived = found.model_copy(update={"file": "app/routes/waived.py", "fingerprint": "b"})
    both, weighed = (found, waived), {"closes_gate": ["a"]}
    scan = Check(
        name="vulnerabilities", outcome=CheckOutcome.FAILED, summary="2 findings", findings=both, evidence=weighed
    )
    fine = Check(name="secrets", outcome=CheckOutcome.PASSED, summary="none found")
    text = task_text(DeltaInput(PLAN, FILES, report(tests, scan, fine)))
    for words in (
        "9 of 30 tests failed",
        "test_0",
        "E   assert 4",
        "Also failed: tests/test_loans.py::test_5",
        "app/routes/loans.py:7 B608 (high)",
    ):
        assert words in text
    assert "INFO" not in text
    assert "none found" not in text
    assert "waived.py" not in text, "nobody has to mend what someone answers for"
    assert "E   assert 5" not in text
    assert text.index("QA refused") < text.index("resource loan")


def test_a_check_without_details_shows_its_output() -> None:
    check = Check(
        name="tests", outcome=CheckOutcome.FAILED, summary="ran no test", evidence={"output": "SyntaxError: x"}
    )
    assert "SyntaxError: x" in task_text(DeltaInput(PLAN, FILES, report(check)))


def test_a_deployed_table_changes_by_migration_only() -> None:
    assert "edit migrations/versions/0001_initial.py" in system_text()
    assert "never edit an old one" in system_text(deployed=True)


def test_the_tree_is_a_line_a_folder() -> None:
    assert tree_text(FILES).splitlines() == [
        "app/: main.py",
        "app/models/: book.py loan.py member.py",
        "app/routes/: books.py loans.py members.py",
        "tests/: test_loans.py",
    ]


def test_tables_and_samples_come_first_then_one_resource_after_the_other() -> None:
    files = {**FILES, "migrations/versions/0001_initial.py": "x", "tests/factory.py": "x"}
    shown = relevant(files, "Return a loan, a loan of a book", (), 10_000)
    assert [path for path, _ in shown] == [
        "migrations/versions/0001_initial.py", "tests/factory.py", "app/routes/loans.py", "tests/test_loans.py",
        "app/models/loan.py", "app/routes/books.py", "app/models/book.py",
    ]  # fmt: skip


def test_what_shared_modules_define_is_named() -> None:
    lines = ["import re", "MAX = 9", "_hidden = 1", "Text = Annotated[str, 1]", "class Row(Base):", "    id = 1"]
    source = "\n".join([*lines, "def today() -> None: ..."])
    assert names_text({"app/values.py": source}) == "app/values.py defines: MAX Text Row today"
    assert names_text({}) == ""
