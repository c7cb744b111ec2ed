"""Weaknesses that a machine mends: kept one by one where the tests stay as good, told exactly where not."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from memory.records.execution import Environment
from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome
from server.cli.security_fix import as_good_as_before
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.security.code_scanner import CodeScanner
from tools.security.hardening.folder import harden_folder
from tools.security.hardening.interface import Outcome, Tests
from tools.security.hardening.proposing import Proposing
from tools.testing.pytest_runner import PytestRunner

TOKENS = '''
    """Tokens."""

    import random
    import string
    import subprocess


    def token(length):
        return "".join(random.choice(string.ascii_letters) for _ in range(length))


    def listed(path):
        return subprocess.run(f"ls {path}", shell=True, capture_output=True, text=True).stdout.split()
'''
ROWS = """
    import hashlib
    import sqlite3
    from http.server import BaseHTTPRequestHandler

    db = sqlite3.connect(":memory:", check_same_thread=False)


    def found(name):
        return db.execute(f"SELECT name FROM people WHERE name = '{name}'").fetchall()


    def mark(data):
        return hashlib.md5(data).hexdigest()


    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.wfile.write(str(found(self.path)).encode())
"""
TESTS = """
    import random

    from app import rows, tokens


    def test_token():
        assert len(tokens.token(8)) == 8


    def test_people():
        rows.db.execute("CREATE TABLE people (name TEXT)")
        rows.db.execute("INSERT INTO people VALUES ('O''Neil')")
        assert rows.found("Ada") == []


    def test_listed(tmp_path):
        (tmp_path / "one").touch()
        assert tokens.listed(f"{tmp_path}/*") == [f"{tmp_path}/one"]
"""


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.hooksPath=/dev/null")
    done = subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def project(build_tree) -> Path:
    """In a repository with a hook that must not run."""
    files = {"app/tokens.py": TOKENS, "app/rows.py": ROWS, "tests/test_app.py": TESTS}
    folder = build_tree({name: text.removeprefix("\n") for name, text in files.items()})
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as it was")
    for name in ("pre-commit", "post-commit", "post-index-change", "reference-transaction"):
        hook = folder / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {folder}/hooked\n")
        hook.chmod(0o755)
    return folder


async def hardened(folder: Path, sandbox: BubblewrapSandbox, environment: Environment, tests: Tests) -> list[Outcome]:
    scanner, proposing = CodeScanner(sandbox, environment), Proposing(sandbox, environment)
    return await harden_folder(folder, scanner, proposing, tests, date(2026, 11, 27))


def own_tests(sandbox: BubblewrapSandbox, environments: UvEnvironments, manifest: Manifest) -> Tests:
    suite = PytestRunner(sandbox, environments)

    async def passed(tree: Path) -> tuple[frozenset[str] | None, str]:
        check = await suite.run(tree, manifest)
        return (frozenset(), "") if check.outcome is CheckOutcome.PASSED else (None, check.summary)

    return as_good_as_before(passed)


@pytest.mark.slow
async def test_each_edit_is_a_commit_or_is_told(
    project: Path, sandbox, environments, scanner_environment, manifest: Manifest
) -> None:
    (project / "notes.txt").write_text("not committed")
    git(project, "add", "notes.txt")
    tests = own_tests(sandbox, environments, manifest)
    outcomes = await hardened(project, sandbox, scanner_environment, tests)
    told = {(o.proposal.file, o.proposal.title.split()[0]): o for o in outcomes}
    assert told.keys() == {
        ("app/rows.py", "Pass"), ("app/rows.py", "Use"), ("app/tokens.py", "Draw"), ("app/tokens.py", "Run")
    }  # fmt: skip
    kept, left = [o for o in outcomes if o.applied], [o for o in outcomes if not o.applied]
    assert {o.proposal.title.split()[0] for o in kept} == {"Pass", "Draw"}
    assert "the tests do not pass with it: 1 of 3 tests failed" in told["app/tokens.py", "Run"].reason
    assert "decide, and apply it by hand" in told["app/rows.py", "Use"].reason
    assert all("@@" in o.proposal.diff for o in left)
    assert git(project, "log", "--format=%s").splitlines() == [*reversed([o.proposal.title for o in kept]), "as it was"]
    assert [o.commit for o in kept] == git(project, "rev-list", "--reverse", "HEAD~2..HEAD").splitlines()
    assert git(project, "status", "--porcelain") == "A  notes.txt"
    assert "WHERE name = ?', (name,))" in (project / "app/rows.py").read_text()
    assert "shell=True" in (project / "app/tokens.py").read_text()
    assert not (project / "hooked").exists()


async def test_without_tests_or_with_changes_of_its_own_nothing_is_touched(
    project: Path, sandbox, scanner_environment
) -> None:
    (project / "app/rows.py").unlink()
    text = (project / "app/tokens.py").read_text().replace("shell=True, ", "") + "\nMORE = 1\n"
    (project / "app/tokens.py").write_text(text)

    async def none(tree: Path) -> tuple[frozenset[str] | None, str]:
        return None, "no tests: no test file was found"

    async def green(tree: Path) -> tuple[frozenset[str] | None, str]:
        return frozenset({"a"}), ""

    for passed, reason in ((none, "no test could prove it (no tests: "), (green, "changes that are not committed")):
        (outcome,) = await hardened(project, sandbox, scanner_environment, as_good_as_before(passed))
        assert not outcome.applied
        assert reason in outcome.reason
    assert (project / "app/tokens.py").read_text() == text
    assert git(project, "log", "--format=%s") == "as it was"
