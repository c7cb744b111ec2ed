"""Runs the test suites of generated applications, each in a fork of one process that has the libraries loaded.

Reads a JSON list of jobs: {"folder", "runs", "environment"}. `runs` holds arguments for pytest, one list after the
other until one has a failing test. Prints a JSON line a job: {"folder", "code", "output"}, the code and the end of
the output of the last run. Runs in the environment of the generated applications.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import Any

import alembic.command
import fastapi.testclient
import prometheus_client
import psycopg
import pydantic_settings
import pytest
import sqlalchemy.orm

LOADED = (alembic.command, fastapi.testclient, prometheus_client, psycopg, pydantic_settings, sqlalchemy.orm)
PARALLEL = 2
QUIET = ("-q", "-p", "no:cacheprovider", "--tb=short", "-W", "ignore::pytest.PytestAssertRewriteWarning")
"""The warning is about libraries that were loaded before pytest began."""


def child(job: dict[str, Any]) -> None:
    os.chdir(job["folder"])
    os.environ.update(job.get("environment", {}))
    sys.path.insert(0, job["folder"])
    for arguments in job["runs"]:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = int(pytest.main([*QUIET, *arguments]))
        if code == pytest.ExitCode.TESTS_FAILED:
            break
    line = json.dumps({"folder": job["folder"], "code": code, "output": output.getvalue()[-4000:]})
    os.write(1, f"{line}\n".encode())


def main() -> None:
    running = 0
    for job in json.load(sys.stdin):
        if running == PARALLEL:
            os.wait()
            running -= 1
        if os.fork() == 0:
            try:
                child(job)
            finally:
                os._exit(0)
        running += 1
    for _ in range(running):
        os.wait()


if __name__ == "__main__":
    main()
