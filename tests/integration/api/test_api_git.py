"""A project's repository over HTTP: cloned and pushed to with a token, and nothing more."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from memory.code import MAIN, SCAFFOLD, CodeStore
from memory.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def repository(api_settings: Settings, new_project, tmp_path: Path) -> str:
    """The project's id; main and the template's base stand at one commit."""
    project: str = new_project()["project"]["id"]
    code = CodeStore(api_settings.repositories)
    code.create(project)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.txt").write_text("one\n")
    commit = code.commit(project, tmp_path / "tree", "Start", NOW)
    for ref in (MAIN, SCAFFOLD):
        code.set_ref(project, ref, commit)
    return project


def git(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "credential.helper=")
    return subprocess.run(
        ["git", *who, *words], cwd=cwd, capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": "/usr/bin:/bin", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": "/dev/null", "no_proxy": "*"},
    )  # fmt: skip


def address(api: str, token: str, project: str) -> str:
    return f"{api.replace('http://', f'http://any:{token}@')}/git/{project}.git"


def test_clone_push_and_what_is_refused(
    api: str, token: str, repository: str, api_settings: Settings, tmp_path: Path
) -> None:
    code, clone = CodeStore(api_settings.repositories), tmp_path / "clone"
    first = code.resolve(repository, MAIN)
    done = git("clone", "-q", address(api, token, repository), str(clone))
    assert (done.returncode, (clone / "a.txt").read_text()) == (0, "one\n"), done.stderr
    assert "softwright" not in git("ls-remote", address(api, token, repository)).stdout
    (clone / "a.txt").write_text("two\n" * 200_000)
    assert git("commit", "-qam", "By hand", cwd=clone).returncode == 0
    pushed = git("push", "-q", "origin", "HEAD:main", cwd=clone)
    assert pushed.returncode == 0, pushed.stderr
    head = git("rev-parse", "HEAD", cwd=clone).stdout.strip()
    assert code.resolve(repository, MAIN) == head
    for refused in (
        ("push", "-qf", "origin", f"{first}:main"),
        ("push", "-q", "origin", ":main"),
        ("push", "-q", "origin", "HEAD:refs/softwright/scaffold"),
    ):
        assert git(*refused, cwd=clone).returncode != 0
    assert (code.resolve(repository, MAIN), code.resolve(repository, SCAFFOLD)) == (head, first)


@pytest.mark.parametrize("given", ["", "wrong"])
def test_without_a_right_token(api: str, repository: str, tmp_path: Path, given: str) -> None:
    done = git("clone", "-q", address(api, given, repository), str(tmp_path / "clone"))
    assert done.returncode != 0
    assert not (tmp_path / "clone").exists()


def test_places_that_are_none(client: httpx.Client, api: str, repository: str) -> None:
    for path in ("none.git/info/refs", f"{repository}.git/HEAD", f"{repository}.git/objects/info/packs", "../runs"):
        assert client.get(f"/git/{path}?service=git-upload-pack").status_code == 404
    assert httpx.get(f"{api}/git/{repository}.git/info/refs", trust_env=False).status_code == 401
