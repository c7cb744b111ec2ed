from __future__ import annotations

import os
from pathlib import Path

import pytest

from memory.untrusted_files import UntrustedFileError, read_untrusted, regular_files, remove_tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside.txt").write_text("outside")
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "b.py").write_text("inside")
    (root / "link.py").symlink_to(tmp_path / "outside.txt")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.py")
    return root


def test_reads_a_file_below_the_root(root: Path) -> None:
    assert read_untrusted(root, "a/b.py", 6) == b"inside"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a/b.py", "larger than 5 bytes"),
        ("link.py", "cannot be read"),
        ("folder/outside.txt", "cannot be read"),
        ("pipe.py", "no regular file"),
        ("a", "no regular file"),
        ("missing", "No such file"),
        ("../outside.txt", "no path below"),
        ("/etc/hostname", "no path below"),
        ("a/../../outside.txt", "no path below"),
        ("-x", "no path below"),
        ("a\0b", "no path below"),
        ("", "name is missing"),
    ],
)
def test_refuses_what_leads_out_or_is_no_file(root: Path, path: str, why: str) -> None:
    with pytest.raises(UntrustedFileError, match=why):
        read_untrusted(root, path, 5)


def test_leaves_no_descriptor_open(root: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("a/b.py", "link.py", "missing/x/y", "pipe.py", "a"):
        try:
            read_untrusted(root, path, 100)
        except UntrustedFileError:
            continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_lists_regular_files_only(root: Path) -> None:
    assert regular_files(root, ".", ".py") == ["a/b.py"]
    assert regular_files(root, "a/b.py", ".py") == ["a/b.py"]
    assert regular_files(root, "missing", ".py") == []
    with pytest.raises(UntrustedFileError, match="is a link"):
        regular_files(root, "folder/x", ".py")


def test_removes_closed_folders_and_no_target_of_a_link(root: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o500)
    (root / "to-kept").symlink_to(kept)
    (root / "a").chmod(0)
    root.chmod(0)
    remove_tree(root)
    assert not root.exists()
    assert (tmp_path / "outside.txt").read_text() == "outside"
    assert kept.stat().st_mode & 0o777 == 0o500


def test_a_link_is_neither_opened_up_nor_removed_as_a_tree(root: Path, tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        remove_tree(root / "folder")
    assert (tmp_path / "outside.txt").exists()
