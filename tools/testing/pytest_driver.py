"""Runs inside the sandbox, on the project's own interpreter: its suite, its coverage, the two reports.

Its text is given to `python -c`, so it imports nothing of ours. One process does both, for a second interpreter costs
more than many a suite. pytest-cov is used where the project has it, since two coverage tracers
would silence each other.

A witness is added to the suite: a test with a name and a reason of the caller's choice that skips itself. A report
without it, or in which it did not skip, was not made by pytest from what the tests did.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

NO_PYTEST = 90
"""Exit code for: the test environment has no pytest."""


LIBRARIES = (f"{sys.prefix}/", f"{sys.base_prefix}/")
WITNESS = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    parent = items[-1].getparent(pytest.Module) if items else None
    if parent is not None:
        items.append(pytest.Function.from_parent(parent, name={name!r}, callobj=lambda: pytest.skip({reason!r})))
"""
"""A plugin in a file, so that the workers of pytest-xdist load it too."""


def main(order: dict[str, Any], plugin: str) -> int:
    """`order`: reports (folder), packages, tests (paths below the working directory), witness (name, reason).
    `plugin`: the text of one that measures requests."""
    if find_spec("pytest") is None:
        return NO_PYTEST
    sys.path[0] = str(Path.cwd())  # what `python -m pytest` does; the empty entry of -c would follow a chdir
    reports = Path(order["reports"]).absolute()
    reports.mkdir(parents=True)
    name, reason = order["witness"]
    (reports / f"{name}.py").write_text(WITNESS.format(name=name, reason=reason))
    (reports / f"{name}_requests.py").write_text(plugin)
    sys.path.append(str(reports))
    given = [
        order["tests"],
        f"--junitxml={reports}/junit.xml",
        "--override-ini=junit_family=xunit1",
        "--override-ini=junit_logging=log",
        "--override-ini=junit_log_passing_tests=false",
        "-pno:cacheprovider",
        f"-p{name}",
        f"-p{name}_requests",
    ]
    coverage_file = f"{reports}/coverage.json"
    untraced_libraries()
    if find_spec("pytest_cov") is not None:
        return run_pytest(
            [
                *given,
                *(f"--cov={package}" for package in order["packages"]),
                "--cov-branch",
                f"--cov-report=json:{coverage_file}",
            ]
        )
    if find_spec("coverage") is not None:
        return run_measured(given, order["packages"], coverage_file)
    return run_pytest(given)


def run_pytest(given: list[str]) -> int:
    return int(import_module("pytest").main(given))


def run_measured(given: list[str], packages: list[str], coverage_file: str) -> int:
    coverage = import_module("coverage")
    measured = coverage.Coverage(source=packages, data_file=None, branch=True)
    measured.start()
    try:
        return run_pytest(given)
    finally:
        measured.stop()
        try:
            measured.json_report(outfile=coverage_file)
        except coverage.CoverageException as error:
            print(f"coverage: {error}", file=sys.stderr)


def untraced_libraries() -> None:
    """While a library is imported, tracing rests: a third of what coverage costs, for lines that nobody asked about.

    What a library imports of the project is traced again. Where coverage uses sys.monitoring there is no tracer.
    """
    plain = SourceFileLoader.exec_module
    resting: list[Any] = []

    def exec_module(self: SourceFileLoader, module: ModuleType) -> None:
        tracer = sys.gettrace()
        library = self.path.startswith(LIBRARIES)
        if library and tracer is not None:
            resting.append(tracer)
            wanted = None
        elif not library and tracer is None and resting:
            wanted = resting[-1]
        else:
            return plain(self, module)
        sys.settrace(wanted)
        try:
            return plain(self, module)
        finally:
            sys.settrace(tracer)
            if library:
                resting.pop()

    SourceFileLoader.exec_module = exec_module  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2]))
