"""Git URLs: what is refused, what is shown, and that a clone runs nothing."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from memory.code import MAIN, CodeStore
from tools.importing.git_source import GitAddress, address_of, clone
from tools.importing.interface import Bounds, ImportRefused

FILE = ("file",)


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c 'touch /tmp/pwned'",
        "-uhttps://example.org/x",
        "--upload-pack=touch",
        "/etc",
        "../x",
        "file:///etc",
        "ssh://git@example.org/x",
        "git@example.org:x/y",
        "https://",
        "https:///etc",
        "https://-oProxyCommand=x/y",
        "https://example.org/a b",
        "https://example.org/x\nhttps://y",
        "https://example.org:99999/x",
        "https://example.org/x?y=z",
        "git://user:pw@example.org/x",
    ],
)
def test_refused_addresses(url: str) -> None:
    with pytest.raises(ImportRefused):
        address_of(url)


def test_credentials_are_taken_out() -> None:
    address = address_of("https://me:s3cr%40t@example.org:8443/x.git")
    assert address == GitAddress("https://example.org:8443/x.git", "me:s3cr@t")
    with pytest.raises(ImportRefused) as caught:
        address_of("https://me:s3cret@exa mple.org/x")
    assert "s3cret" not in str(caught.value)


def test_a_failed_clone_does_not_tell_credentials(tmp_path: Path) -> None:
    address = address_of("http://me:hunter22@127.0.0.1:9/x.git")
    with pytest.raises(ImportRefused) as caught:
        asyncio.run(clone(address, tmp_path / "out", home=tmp_path))
    assert "127.0.0.1:9" in str(caught.value)
    assert "hunter22" not in str(caught.value)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for words in (
        ["init", "-q", "-b", "trunk", str(folder)],
        *(
            ["-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", m]
            for m in ("one", "two", "three")
        ),
    ):
        subprocess.run(["git", *words], check=True)
    return folder


def test_a_clone_has_the_history_and_runs_no_hook(source: Path, tmp_path: Path) -> None:
    hook = source / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
    hook.chmod(0o755)
    target = tmp_path / "out"
    asyncio.run(clone(address_of(source.as_uri(), FILE), target, home=tmp_path))
    log = subprocess.run(["git", "-C", str(target), "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert log.stdout.split() == ["three", "two", "one"]
    assert not (tmp_path / "pwned").exists()
    assert not (target / "hooks").exists()


def test_depth_size_and_time(source: Path, tmp_path: Path) -> None:
    address = address_of(source.as_uri(), FILE)
    asyncio.run(clone(address, tmp_path / "shallow", Bounds(commits=2), home=tmp_path))
    count = ["git", "-C", str(tmp_path / "shallow"), "rev-list", "--count", "HEAD"]
    assert subprocess.run(count, capture_output=True, text=True, check=True).stdout.strip() == "2"
    with pytest.raises(ImportRefused, match="larger than 10 bytes"):
        asyncio.run(clone(address, tmp_path / "large", Bounds(total_bytes=10), home=tmp_path))
    with pytest.raises(ImportRefused, match="longer than"):
        asyncio.run(clone(address, tmp_path / "slow", Bounds(clone_s=0.001), home=tmp_path))


def test_a_shallow_clone_becomes_the_projects_main_branch(source: Path, tmp_path: Path) -> None:
    asyncio.run(clone(address_of(source.as_uri(), FILE), tmp_path / "c", Bounds(commits=2), home=tmp_path))
    code = CodeStore(tmp_path / "repositories")
    code.create("p")
    commit = code.adopt("p", tmp_path / "c")
    assert code.resolve("p", MAIN) == commit
    assert len(code.history("p", commit)) == 2
