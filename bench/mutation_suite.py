"""The suite of the application in the working folder, up to its first failing test. Called for each mutant."""

from __future__ import annotations

import sys

import pytest

QUIET = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:cov", "--override-ini=addopts=", "--tb=no")

if __name__ == "__main__":
    sys.path.insert(0, ".")
    sys.exit(pytest.main([*QUIET, "tests"]))
