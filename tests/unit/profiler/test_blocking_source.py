"""Blocking calls in async functions are found by file and line, through aliases, and nowhere else."""

from __future__ import annotations

from tools.profiler.blocking_source import blocking_calls, fix_for

PLANTED = """import asyncio
import time
import urllib.request
from requests import get as fetch

async def route():
    time.sleep(1)
    def worker():
        time.sleep(1)
    await asyncio.to_thread(worker)
    urllib.request.urlopen("http://x")
    return fetch("http://x")

def plain():
    time.sleep(1)
"""


def test_planted_calls_are_found_with_their_lines() -> None:
    found = blocking_calls(PLANTED, "app.py")
    assert [(call.file, call.line, call.call, call.function) for call in found] == [
        ("app.py", 7, "time.sleep", "route"),
        ("app.py", 11, "urllib.request.urlopen", "route"),
        ("app.py", 12, "requests.get", "route"),
    ]


def test_a_mended_call_is_no_longer_found() -> None:
    mended = PLANTED.replace("    time.sleep(1)\n    def", "    await asyncio.sleep(1)\n    def")
    assert [call.line for call in blocking_calls(mended, "app.py")] == [11, 12]


def test_the_fix_is_told_for_any_line() -> None:
    assert fix_for(PLANTED, 15) == "await asyncio.sleep(...)"
    assert fix_for(PLANTED, 6) == fix_for("not python", 1) == ""
