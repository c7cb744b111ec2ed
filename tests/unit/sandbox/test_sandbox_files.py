from __future__ import annotations

import pytest

from memory.records.execution import Limits, SandboxError
from tools.sandbox.files import remove_tree, safe_read
from tools.sandbox.guard import measure


def test_reads_a_regular_file_below(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"text")
    assert safe_read(tmp_path, "a/b") == b"text"
    with pytest.raises(SandboxError, match="more than 3"):
        safe_read(tmp_path, "a/b", max_bytes=3)
    with pytest.raises(FileNotFoundError):
        safe_read(tmp_path, "a/c")


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", "a\0b", "link", "a/link/b"])
def test_refuses_what_leads_elsewhere(tmp_path, path):
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "a" / "link").symlink_to(tmp_path)
    (tmp_path / "b").write_text("x")
    with pytest.raises(SandboxError):
        safe_read(tmp_path, path)


def test_removal_does_not_follow_links(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o500)
    (tmp_path / "ws" / "closed").mkdir(parents=True)
    (tmp_path / "ws" / "link").symlink_to(kept)
    (tmp_path / "ws" / "closed" / "file").write_text("x")
    (tmp_path / "ws" / "closed").chmod(0)
    remove_tree(tmp_path / "ws")
    assert not (tmp_path / "ws").exists()
    assert kept.stat().st_mode & 0o777 == 0o500


def test_a_file_with_two_names_is_counted_once_and_links_are_not_followed(tmp_path):
    ws = tmp_path / "ws"
    ws.mkdir()
    (ws / "one").write_bytes(bytes(1 << 20))
    (ws / "two").hardlink_to(ws / "one")
    (tmp_path / "big").write_bytes(bytes(4 << 20))
    (ws / "link").symlink_to(tmp_path / "big")
    (ws / "up").symlink_to(tmp_path)
    usage = measure([ws], Limits())
    assert usage.files == 4
    assert 1 << 20 <= usage.bytes < 2 << 20


def test_a_sparse_file_counts_for_what_it_takes(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    assert measure([tmp_path], Limits()).bytes < 1 << 20


def test_the_excess_is_told_with_its_limit(tmp_path):
    for number in range(5):
        (tmp_path / str(number)).touch()
    limits = Limits(workspace_files=3)
    assert "the limit is 3" in measure([tmp_path], limits).excess(limits)
