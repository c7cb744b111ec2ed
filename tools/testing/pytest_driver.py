"""Runs inside the sandbox, on the project's own interpreter: its suite, its coverage, the two reports.

Its text is given to `python -c`, so it imports nothing of ours. One process does both, for a second interpreter costs
more than many a suite. pytest-cov is used where the project has it, since two coverage tracers
would silence each other.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NO_PYTEST = 90
"""Exit code for: the test environment has no pytest."""


def main(order: dict[str, Any]) -> int:
    """`order`: reports (folder), packages, tests (paths below the working directory)."""
    if find_spec("pytest") is None:
        return NO_PYTEST
    sys.path[0] = str(Path.cwd())  # what `python -m pytest` does; the empty entry of -c would follow a chdir
    reports = Path(order["reports"])
    reports.mkdir(parents=True)
    given = [
        order["tests"],
        f"--junitxml={reports}/junit.xml",
        "--override-ini=junit_family=xunit1",
        "-pno:cacheprovider",
    ]
    coverage_file = f"{reports}/coverage.json"
    if find_spec("pytest_cov") is not None:
        return run_pytest(
            [*given, *(f"--cov={name}" for name in order["packages"]), f"--cov-report=json:{coverage_file}"]
        )
    if find_spec("coverage") is not None:
        return run_measured(given, order["packages"], coverage_file)
    return run_pytest(given)


def run_pytest(given: list[str]) -> int:
    return int(import_module("pytest").main(given))


def run_measured(given: list[str], packages: list[str], coverage_file: str) -> int:
    coverage = import_module("coverage")
    measured = coverage.Coverage(source=packages, data_file=None)
    measured.start()
    try:
        return run_pytest(given)
    finally:
        measured.stop()
        try:
            measured.json_report(outfile=coverage_file)
        except coverage.CoverageException as error:
            print(f"coverage: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
