"""Words of uv 0.13, as it printed them."""

from __future__ import annotations

import pytest

from memory.records.execution import Completed, Ending
from tools.sandbox.install_errors import explain_failure

UNREACHABLE = (
    "error: Failed to fetch: `https://index.invalid/simple/six/`\n  Caused by: error sending request for url\n"
    "  Caused by: client error (Connect)\n  Caused by: dns error: failed to lookup address information"
)


def failed(stderr: str, ending: Ending = Ending.EXITED, reason: str = "") -> Completed:
    return Completed(1, ending, reason, b"", stderr.encode(), 1.0, ())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (UNREACHABLE, "six could not be installed: the package index cannot be reached: look at the network"),
        (
            "  × No solution found when resolving dependencies:\n  ╰─▶ Because nosuchpkg-zzz was not found in the "
            "package registry and you require nosuchpkg-zzz==1, we can conclude that",
            "nosuchpkg-zzz could not be installed: no such package in the index",
        ),
        (
            "  ╰─▶ Because uwsgi==2.0.31 has no usable wheels and building from source is disabled",
            "uwsgi==2.0.31 could not be installed: only wheels",
        ),
        ("error: failed to write: No space left on device (os error 28)", "the disk is full: free some space"),
        ("", "the lock file could not be installed (uv: no message)"),
    ],
)
def test_package_and_remedy(said, told):
    assert explain_failure(failed(said)).startswith(told)


def test_a_limit_is_told_as_such():
    told = explain_failure(failed("", Ending.WALL_TIME, "still running after 900 s"))
    assert told == "the installation was stopped: still running after 900 s"
