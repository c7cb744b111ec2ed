"""Who runs what: root hands over to an unprivileged user; an ordinary user is not held up by his other processes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyseccomp
import pytest

from memory.records.execution import Command, Confinement, Limits
from tools.sandbox.hidden import descendants
from tools.sandbox.ownership import FIRST_UID, UIDS, uid_for

REPOSITORY = Path(__file__).resolve().parents[3]
USER = 48_211
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change the user")

PROGRAM = """
import asyncio, json, subprocess, sys, tempfile
from pathlib import Path
from memory.records.execution import Command, Confinement, Limits
from tools.sandbox.bubblewrap import BubblewrapSandbox

async def main():
    workspace = Path(tempfile.mkdtemp(dir="."))
    sandbox = BubblewrapSandbox()
    async def run(script, **limits):
        done = await sandbox.run(Command(("sh", "-c", script)), Confinement(workspace, limits=Limits(**limits)))
        return {"code": done.exit_code, "ending": done.ending, "out": done.stdout.decode()}
    busy = [subprocess.Popen(["sleep", "60"]) for _ in range(90)]
    try:
        bomb = "i=0; while sleep 20 & do i=$((i+1)); test $i = 100 && break; done; echo $i"
        print(json.dumps({
            "plain": await run("id -u; echo x > made; cat /proc/1/environ"),
            "busy": await run("for i in 1 2 3 4 5; do sleep 0.05 & done; wait; echo done", processes=20),
            "bomb": await run(bomb, processes=20),
            "shadow": await run("chmod 4755 made && echo suid; cat /etc/shadow"),
        }))
    finally:
        for one in busy:
            one.kill()
            one.wait()

asyncio.run(main())
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that another user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="softwright-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_an_ordinary_user_with_many_processes(open_folder):
    python = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("no Python of this version that another user may run")
    for package in ("memory", "tools"):
        shutil.copytree(REPOSITORY / package, open_folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(pyseccomp.__file__, open_folder)
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, USER, USER)
    told = subprocess.run(
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", python, "-c", PROGRAM],
        cwd=home,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(open_folder), "CANARY": "canary"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr.decode()
    result = json.loads(told.stdout)
    assert result["plain"]["out"].startswith("65534\n")
    assert "canary" not in told.stdout.decode()
    assert result["busy"] == {**result["busy"], "code": 0, "out": "done\n"}
    assert result["bomb"]["ending"] == "number of processes", result["bomb"]
    assert result["shadow"]["code"] == 1
    assert "suid" not in result["shadow"]["out"]
    made = next(home.glob("*/made")).lstat()
    assert (made.st_uid, made.st_mode & stat.S_ISUID) == (USER, 0)


@as_root
async def test_root_never_runs_it_as_root_and_keeps_the_files(sandbox, workspace):
    (workspace / "ours").write_text("x")
    (workspace / "ours").chmod(0o600)
    os.link(workspace / "ours", workspace.parent / "linked")
    (workspace / "private").mkdir(mode=0o700)
    script = "cat ours; echo y > private/new; echo y > new; touch there; sleep 20"
    limits = Limits(wall_s=1)
    running = asyncio.create_task(sandbox.run(Command(("sh", "-c", script)), Confinement(workspace, limits=limits)))
    while not os.path.exists(workspace / "there"):  # noqa: ASYNC110, ASYNC240, PTH110
        await asyncio.sleep(0.01)
    users = {os.stat(f"/proc/{pid}").st_uid for pid in descendants(os.getpid())}  # noqa: PTH116
    result = await running
    assert users == {uid_for(workspace.resolve())}
    assert {path.lstat().st_uid for path in (workspace, *workspace.rglob("*"))} == {0}
    assert b"Permission denied" in result.stderr, "a file with a second name elsewhere is not handed over"
    assert (workspace / "private" / "new").read_text() == "y\n"


@as_root
async def test_two_sandboxes_share_a_workspace_and_the_last_one_gives_it_back(sandbox, workspace):
    within = Confinement(workspace, limits=Limits(wall_s=20))
    wait = "touch here; while [ ! -e go ]; do sleep 0.02; done; touch late"
    slow = asyncio.create_task(sandbox.run(Command(("sh", "-c", wait)), within))
    while not os.path.exists(workspace / "here"):  # noqa: ASYNC110, ASYNC240, PTH110
        await asyncio.sleep(0.01)
    assert (await sandbox.run(Command(("touch", "first")), within)).ok
    assert workspace.lstat().st_uid == uid_for(workspace.resolve()), "still somebody's"
    (workspace / "go").touch()
    assert (await slow).ok
    assert {path.lstat().st_uid for path in (workspace, *workspace.iterdir())} == {0}


def test_users_are_of_a_range_nobody_else_gives_out(tmp_path):
    uids = {uid_for(tmp_path / str(number)) for number in range(200)}
    assert len(uids) > 190
    assert all(FIRST_UID <= uid < FIRST_UID + UIDS for uid in uids)
