"""The tests of what a change is foreseen to touch are run before all others, where that saves time."""

from __future__ import annotations

from pathlib import Path

from agents.qa.frozen import Frozen
from agents.qa.regression import run
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome
from tools.testing.interface import SuiteRunner

MANIFEST = Manifest(template="none", template_version="1", asgi="app:app")
KEPT = tuple(f"tests/test_{name}.py" for name in "abcd")


class Suite(SuiteRunner):
    """Fails where a file of that name is there."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.seen: list[list[str]] = []

    async def run(self, project: Path, manifest: Manifest) -> Check:
        files = sorted(path.name for path in (project / "tests").iterdir())
        self.seen.append(files)
        outcome = CheckOutcome.FAILED if self.failing in files else CheckOutcome.PASSED
        return Check(name="tests", outcome=outcome, summary=f"{len(files)} files")


async def checked(tree: Path, suite: Suite, *affected: str) -> Check:
    (tree / "tests").mkdir()
    for path in KEPT:
        (tree / path).write_text(path)
    check = await run(tree, MANIFEST, Frozen(KEPT, {}), [], suite, affected)
    assert [path.read_text() for path in sorted((tree / "tests").iterdir())] == list(KEPT), "the tree is as it was"
    return check


async def test_a_failure_of_them_ends_it(tmp_path: Path) -> None:
    suite = Suite("test_b.py")
    check = await checked(tmp_path, suite, "tests/test_b.py", "tests/test_gone.py")
    assert suite.seen == [["test_b.py"]]
    assert (check.name, check.outcome) == ("regression", CheckOutcome.FAILED)
    assert check.summary == "1 affected test files of before, run first: 1 files"


async def test_after_them_all_are_run(tmp_path: Path) -> None:
    suite = Suite("test_c.py")
    check = await checked(tmp_path, suite, "tests/test_b.py")
    assert [len(files) for files in suite.seen] == [1, 4]
    assert check.outcome is CheckOutcome.FAILED


async def test_where_most_are_affected_all_are_run_at_once(tmp_path: Path) -> None:
    suite = Suite()
    assert (await checked(tmp_path, suite, *KEPT[:2])).outcome is CheckOutcome.PASSED
    assert [len(files) for files in suite.seen] == [4]
