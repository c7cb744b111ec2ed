"""kill -9 at every point of a loop: nothing is paid twice, and the tree is the one of an undisturbed run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.long
def test_a_loop_killed_anywhere_ends_as_if_it_had_not_been(database_url, tmp_path):
    runner = Path(__file__).with_name("crash_runner.py")
    done = subprocess.run(
        [sys.executable, str(runner), database_url, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["wrong"] == {}
    assert told["whole"]["paid"] == [f"dev/loop/{n}" for n in range(1, 7)]
    assert told["whole"]["end"] == "finished"
    assert told["points"] >= 85
    assert told["kills"] >= 5
