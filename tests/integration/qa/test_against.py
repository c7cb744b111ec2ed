"""`softwright security PATH --against REF`, as a script in CI would call it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WEAK = "import hashlib\n\n\ndef mark(data):\n    return hashlib.md5(data).hexdigest()\n"
SHELL = "import subprocess\n\n\ndef run(x):\n    return subprocess.call(x, shell=True)\n"
KEY = "AKIA" + "Z7QX3RVD6LMK2NWP"
UNTIL = datetime.now(UTC).date() + timedelta(days=90)
WAIVER = f'[[waivers]]\nrule = "command-injection"\nreason = "ours"\nauthor = "ada"\nuntil = {UNTIL}\n'


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


def security(folder: Path, *words: str) -> tuple[int, dict, str]:
    argv = [sys.executable, "-m", "server.cli", "security", str(folder), "--json", *words]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With a weakness, and a key that a later commit took out."""
    folder = tmp_path / "code"
    folder.mkdir()
    git(folder, "init", "-q")
    for files in ({"weak.py": WEAK, "old.py": f'KEY = "{KEY}"\n'}, {"old.py": ""}):
        for name, text in files.items():
            (folder / name).write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "x")
    return folder


def test_only_what_is_new_closes_the_gate(repository: Path) -> None:
    (repository / "weak.py").rename(repository / "moved.py")
    (repository / "moved.py").write_text("# a comment\n\n" + WEAK)
    (repository / "run.py").write_text(SHELL)
    code, told, _ = security(repository, "--against", "HEAD")
    assert code == 1
    assert {(f["file"], f["line"]) for f in told["findings"]} >= {("moved.py", 7), ("old.py", 1)}
    new = [(f["file"], f["rule"]) for f in told["comparison"]["new"] if f["severity"] != "low"]
    assert new == [("run.py", "command-injection")]
    assert told["comparison"]["fixed"] == []

    (repository / "softwright.toml").write_text(WAIVER)
    code, told, _ = security(repository, "--against", "HEAD")
    assert code == 0, told
    assert [(w["file"], w["line"], w["author"]) for w in told["waived"]] == [("run.py", 5, "ada")]


def test_a_commit_that_is_not_there(repository: Path, tmp_path: Path) -> None:
    code, _, said = security(repository, "--against", "nowhere")
    assert (code, "'nowhere' is no commit of this repository" in said) == (2, True)
    (tmp_path / "plain").mkdir()
    code, _, said = security(tmp_path / "plain", "--against", "HEAD")
    assert (code, "is in no git repository" in said) == (2, True)
