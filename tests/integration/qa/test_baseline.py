"""The suites of foreign projects as they came: real runs in the real sandbox, with only the network left out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from memory.records.execution import Environment, InstallFailed, Limits
from memory.records.imported import Baseline, BaselineState, TestOutcome
from tools.importing.stack import read_stack
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.testing.baseline import BaselineRunner

VARYING = (
    "import pytest\n\n@pytest.mark.parametrize('n', range(40))\ndef test_of_luck(n):\n    assert hash(str(n)) % 2\n"
)
SUITE = f"""
import importlib.metadata
import shop
{VARYING}
def test_passes():
    assert shop.double(2) == 4

def test_knows_its_version():
    assert importlib.metadata.version("shop") == "1.2"

def test_fails():
    assert shop.double(2) == 5

@pytest.mark.skip
def test_skipped(): ...

def test_errs(missing): ...
"""
PROJECT = """
[project]
name = "shop"
version = "1.2"
dependencies = []
[dependency-groups]
test = ["pytest", "never-to-be-had"]
"""


class Locks:
    """A registry that has nothing but pytest; notes what it was asked."""

    def __init__(self, lock: str) -> None:
        self._lock = lock
        self.asked: list[list[str]] = []

    async def resolve(self, requirements: Sequence[str], pins: Mapping[str, str]) -> bytes:
        self.asked.append(sorted(set(requirements)))
        if set(requirements) != {"pytest"}:
            raise InstallFailed("never-to-be-had was not found")
        return self._lock.encode()


class NoPackages:
    async def provide(self, project: Path) -> Environment:
        raise InstallFailed("the npm registry cannot be reached")


@pytest.fixture
def locks(suite_lock: str) -> Locks:
    return Locks(suite_lock)


async def baseline(
    tmp_path: Path, files: Mapping[str, str], locks: Locks, sandbox: BubblewrapSandbox, environments: UvEnvironments,
    **limits: float,
) -> Baseline:  # fmt: skip
    project = tmp_path / "project"
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    runner = BaselineRunner(sandbox, environments, locks, NoPackages(), limits=Limits(**({"wall_s": 60.0} | limits)))  # type: ignore[arg-type]
    before = sorted(project.rglob("*"))
    found = await runner.run(project, read_stack(project))
    assert sorted(project.rglob("*")) == before, "the suite ran in a copy"
    return found


async def test_each_test_by_name_those_that_vary_and_what_could_not_be_installed(
    tmp_path: Path, locks: Locks, sandbox: BubblewrapSandbox, environments: UvEnvironments
) -> None:
    files = {
        "pyproject.toml": PROJECT,
        "src/shop/__init__.py": "def double(n):\n    return 2 * n\n",
        "tests/test_shop.py": SUITE,
    }
    found = await baseline(tmp_path, files, locks, sandbox, environments)
    assert (found.state, found.runs, found.exit_code, found.groups) == (BaselineState.RAN, 2, 1, ()), found.summary
    steady = {name.rpartition("::")[2]: how.value for name, how in found.tests.items() if "luck" not in name}
    assert steady == {
        "test_passes": "passed",
        "test_knows_its_version": "passed",
        "test_fails": "failed",
        "test_skipped": "skipped",
        "test_errs": "error",
    }
    assert found.flaky
    assert all("test_of_luck" in name for name in found.flaky)
    assert "without test: never-to-be-had was not found" in found.summary
    assert locks.asked == [["never-to-be-had", "pytest"], ["pytest"]]


ONE = {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n'}


@pytest.mark.parametrize(
    ("files", "state", "words"),
    [
        ({"shop.py": "A = 1\n"}, BaselineState.NO_TESTS, "no test file"),
        ({"test_a.py": "import nowhere\n"}, BaselineState.RAN, "1 error"),
        ({"test_a.py": "import os; os._exit(7)\n"}, BaselineState.NOT_RUN, "code 7"),
        ({"test_a.py": "while True: pass\n"}, BaselineState.NOT_RUN, "stopped"),
        (
            {"test_a.py": "def test(): ...\n", "pytest.ini": "[pytest]\naddopts = --of-a-plug-in\n"},
            BaselineState.RAN,
            "1 passed",
        ),
        (
            {"test_a.py": "def test(): ...\n", "pyproject.toml": '[project]\nname = "s"\ndependencies = ["gone"]\n'},
            BaselineState.NOT_INSTALLED,
            "was not found",
        ),
        (
            {"package.json": '{"scripts": {"test": "ava"}}', "a.test.js": "1\n"},
            BaselineState.NOT_RUN,
            "its tests are run by `ava`",
        ),
        (
            {"package.json": '{"scripts": {"test": "vitest"}, "devDependencies": {"vitest": "1"}}', "a.test.js": "1\n"},
            BaselineState.NOT_INSTALLED,
            "registry cannot be reached",
        ),
        (
            {
                "package.json": '{"devDependencies": {"eslint": "1"}}',
                "a.test.js": "require('node:test')('a', () => {});",
            },
            BaselineState.RAN,
            "1 passed; without dev: the npm registry",
        ),
    ],
    ids=[
        "no tests",
        "a broken import",
        "a suite that exits",
        "an endless one",
        "options",
        "dependencies",
        "an unknown runner",
        "packages of npm",
        "packages that no test needs",
    ],
)
async def test_whatever_goes_wrong_is_the_baseline(
    tmp_path: Path, locks: Locks, sandbox: BubblewrapSandbox, environments: UvEnvironments,
    files: dict[str, str], state: BaselineState, words: str,
) -> None:  # fmt: skip
    found = await baseline(tmp_path, ONE | files, locks, sandbox, environments, wall_s=6.0)
    assert (found.state, words in found.summary) == (state, True), found.summary
    assert TestOutcome.FAILED not in found.tests.values()


NODE_SUITE = """
const test = require("node:test");
const assert = require("node:assert");
test.describe("sums", () => {
  test("adds", () => assert.equal(1 + 1, 2));
  test("is wrong", () => assert.equal(1 + 1, 3));
});
test("later", { skip: true }, () => {});
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_plain_javascript_by_nodes_own_runner(
    tmp_path: Path, locks: Locks, sandbox: BubblewrapSandbox, environments: UvEnvironments
) -> None:
    files = {"package.json": "{}", "test/a.test.js": NODE_SUITE, "test/b.test.js": "throw new Error('no');\n"}
    found = await baseline(tmp_path, files, locks, sandbox, environments)
    assert {name: how.value for name, how in found.tests.items()} == {
        "test/a.test.js::sums::adds": "passed",
        "test/a.test.js::sums::is wrong": "failed",
        "test/a.test.js::later": "skipped",
        "test/b.test.js::/work/test/b.test.js": "failed",
    }
    assert (found.state, found.exit_code, locks.asked) == (BaselineState.RAN, 1, [])
