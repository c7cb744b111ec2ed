"""Runs `FOLDER TESTFILE` pairs under pytest, each in a fork of one process that has the libraries loaded.

Prints `FOLDER EXIT_CODE FIRST_FAILURE` for each. Runs in the environment of the generated applications.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys

import alembic.command
import fastapi.testclient
import prometheus_client
import psycopg
import pydantic_settings
import pytest
import sqlalchemy.orm

LOADED = (alembic.command, fastapi.testclient, prometheus_client, psycopg, pydantic_settings, sqlalchemy.orm)
PARALLEL = 2
NO_WARNING = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Of libraries that were loaded before pytest began."""


def child(folder: str, test: str) -> int:
    os.chdir(folder)
    sys.path.insert(0, folder)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--tb=line", *NO_WARNING, test]))
    failed = [line for line in output.getvalue().splitlines() if line.startswith(("FAILED", "ERROR"))]
    print(folder, code, *failed[:1], flush=True)
    return code


def main(arguments: list[str]) -> None:
    running = 0
    for folder, test in zip(arguments[::2], arguments[1::2], strict=True):
        if running == PARALLEL:
            os.wait()
            running -= 1
        if os.fork() == 0:
            os._exit(child(folder, test))
        running += 1
    for _ in range(running):
        os.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
