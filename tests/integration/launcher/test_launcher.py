"""The launcher for real, in a copy of the repository that pins nothing but the installer and one small package."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CLI = "import sys\n\ndef main():\n    import memory\n    print(memory.__file__, sys.argv[1:])\n    sys.exit(7)\n"


def stanza(package):
    """The lines of requirements.lock that pin one package."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = next(i for i in range(start, len(lines)) if not lines[i].endswith("\\"))
    return "\n".join(lines[start : end + 1]) + "\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A copy that is set up, made once: (folder, what the first call printed)."""
    folder = tmp_path_factory.mktemp("repository") / "with space"
    (folder / "server" / "cli").mkdir(parents=True)
    (folder / "memory").mkdir()
    for package in ("server", "server/cli", "memory"):
        (folder / package / "__init__.py").touch()
    (folder / "server/cli/main.py").write_text(CLI)
    shutil.copy(ROOT / "softwright", folder)
    (folder / "requirements.lock").write_text(stanza("uv"))
    (folder / "requirements-dev.lock").write_text(stanza("uv") + stanza("idna"))
    return folder, launch(folder, "new", "a b", cwd="/")


@pytest.fixture
def repository(made):
    """The copy, set up for running."""
    folder, _ = made
    yield folder
    (folder / "requirements.lock").write_text(stanza("uv"))
    (folder / "requirements-dev.lock").write_text(stanza("uv") + stanza("idna"))


def launch(folder, *arguments, cwd=None, **environment):
    return subprocess.run(
        [sys.executable, folder / "softwright", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd or folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def has(folder, package):
    return any((folder / ".venv" / "lib").glob(f"python3.*/site-packages/{package}"))


def test_the_first_call_sets_up_tells_so_and_runs_the_command(made):
    folder, first = made
    assert first.stdout == f"{folder}/memory/__init__.py ['new', 'a b']\n", first.stderr
    assert first.returncode == 7
    assert "first use" in first.stderr
    assert all(line.startswith("softwright: ") for line in first.stderr.splitlines())


def test_later_calls_are_quiet_and_work_through_a_link(repository, tmp_path):
    link = tmp_path / "softwright"
    link.symlink_to(repository / "softwright")
    later = launch(tmp_path, "ls", cwd=tmp_path)
    assert (later.returncode, later.stderr) == (7, "")


def test_what_lies_in_the_current_folder_does_not_shadow_our_code(repository, tmp_path):
    (tmp_path / "memory.py").write_text("raise SystemExit('shadowed')\n")
    assert launch(repository, cwd=tmp_path).returncode == 7


def test_a_changed_lock_file_is_followed(repository):
    (repository / "requirements.lock").write_text(stanza("uv") + stanza("h11"))
    changed = launch(repository, "--setup")
    assert changed.returncode == 0, changed.stderr
    assert "first use" not in changed.stderr
    assert has(repository, "h11")
    (repository / "requirements.lock").write_text(stanza("uv"))
    assert launch(repository, "--setup").returncode == 0
    assert not has(repository, "h11")


def test_development_packages_stay_when_a_command_is_run_later(repository):
    assert launch(repository, "--setup", "dev").returncode == 0
    assert has(repository, "idna")
    (repository / "requirements.lock").write_text(stanza("uv") + "\n")
    assert launch(repository, "ls").returncode == 7
    assert has(repository, "idna")


def test_a_wrong_hash_is_refused_and_the_next_call_tries_again(repository):
    (repository / "requirements.lock").write_text(stanza("uv") + "h11==0.16.0 --hash=sha256:" + "0" * 64 + "\n")
    (repository / "requirements-dev.lock").write_text((repository / "requirements.lock").read_text())
    refused = launch(repository, "--setup")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert not has(repository, "h11")
    (repository / "requirements.lock").write_text(stanza("uv"))
    assert launch(repository, "--setup").returncode == 0


def test_a_moved_repository_is_set_up_again_and_when_that_is_cut_short_one_of_two_at_once_does_it(repository):
    stamp = repository / ".venv" / "softwright-setup.json"
    launch(repository, "--setup")
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "root": "/elsewhere"}))
    cut = subprocess.Popen(
        [sys.executable, repository / "softwright", "--setup"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while stamp.exists() or not (repository / ".venv" / "bin" / "python").exists():
        assert cut.poll() is None
        time.sleep(0.01)
    os.killpg(cut.pid, signal.SIGKILL)
    cut.wait()
    both = [
        subprocess.Popen([sys.executable, repository / "softwright", "--setup"], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = sorted(process.communicate(timeout=120)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert sum("making the virtual environment" in text for text in told) == 1
    assert has(repository, "uv")


def test_an_environment_that_is_a_link_is_somebody_elses(repository, tmp_path):
    aside = tmp_path / "venv"
    (repository / ".venv").rename(aside)
    (repository / ".venv").symlink_to(aside)
    try:
        (repository / "requirements.lock").write_text(stanza("uv") + "\n")
        assert launch(repository, "ls").stderr == ""
    finally:
        (repository / ".venv").unlink()
        aside.rename(repository / ".venv")


def test_without_bubblewrap_and_without_leave_one_sentence_says_what_to_type(repository, tmp_path):
    (tmp_path / "apt-get").symlink_to("/usr/bin/false")
    aside = repository / ".venv" / "softwright-setup.json"
    aside.unlink(missing_ok=True)
    shutil.move(repository / ".venv", tmp_path / "kept")
    try:
        told = launch(repository, "ls", PATH=str(tmp_path), SOFTWRIGHT_NO_APT="1")
    finally:
        shutil.rmtree(repository / ".venv", ignore_errors=True)
        shutil.move(tmp_path / "kept", repository / ".venv")
    assert told.returncode == 1
    assert told.stderr == "softwright: the system lacks bubblewrap; type: sudo apt-get install -y bubblewrap\n"


def test_setup_refuses_what_it_does_not_know(repository):
    assert launch(repository, "--setup", "everything").returncode == 2


OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 9, 2)
sys.argv = ["softwright"]
runpy.run_path({path!r}, run_name="__main__")
"""


def test_an_old_python_gets_one_sentence(repository, tmp_path):
    program = OLD_PYTHON.format(path=str(repository / "softwright")).replace("runpy.run_path", FOUND_NOTHING)
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr == "softwright: Python 3.11 or newer is needed, this is 3.9; install it and try again.\n"


FOUND_NOTHING = "import os; os.access = lambda *_: False\nrunpy.run_path"
