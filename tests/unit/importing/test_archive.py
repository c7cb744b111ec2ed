"""Archives made to do harm are refused, and the reason names the entry."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools.importing.archive import unpack
from tools.importing.interface import Bounds, ImportRefused


def zipped(folder: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def tarred(folder: Path, *entries: tuple[str, bytes, bytes]) -> Path:
    path = folder / "a.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as archive:
        for name, kind, content in entries:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(info, io.BytesIO(content))
    return path


def refused(archive: Path, bounds: Bounds | None = None) -> str:
    target = archive.parent / "out"
    with pytest.raises(ImportRefused) as caught:
        unpack(archive, target, bounds or Bounds())
    return str(caught.value)


@pytest.mark.parametrize("make", ["zip", "tar"])
def test_an_ordinary_archive_is_unpacked_at_its_only_folder(tmp_path: Path, make: str) -> None:
    if make == "zip":
        archive = zipped(tmp_path, ("p-1/a.py", b"x = 1\n"), ("p-1/t/ä.txt", b"ok"))
    else:
        archive = tarred(tmp_path, ("p-1/a.py", tarfile.REGTYPE, b"x = 1\n"), ("p-1/t/ä.txt", tarfile.REGTYPE, b"ok"))
    root = unpack(archive, tmp_path / "out")
    assert root.name == "p-1"
    assert (root / "a.py").read_bytes() == b"x = 1\n"
    assert (root / "t" / "ä.txt").read_bytes() == b"ok"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.py", "leads out"),
        ("a/../../evil.py", "leads out"),
        ("/etc/evil", "absolute"),
        ("C:/evil", "absolute"),
        ("a\\..\\evil", "backslash"),
        ("a/.git/config", ".git inside"),
        ("a/.GIT /hooks/pre-commit", ".git inside"),
        ("a/git~1/config", ".git inside"),
        ("a\nb", "control"),
        ("d/" * 50 + "f", "folders deep"),
        ("n" * 300, "255 bytes"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str, reason: str) -> None:
    for archive in (
        zipped(tmp_path, ("ok.py", b""), (name, b"x")),
        tarred(tmp_path, ("ok.py", tarfile.REGTYPE, b""), (name, tarfile.REGTYPE, b"x")),
    ):
        said = refused(archive)
        assert reason in said
        assert ascii(name)[1:9] in said
        assert {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()} <= {"ok.py"}
        (tmp_path / "out").rename(tmp_path / f"seen-{archive.suffix}")
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "device"),
    ],
)
def test_links_and_devices_in_a_tar(tmp_path: Path, kind: bytes, words: str) -> None:
    said = refused(tarred(tmp_path, ("bad", kind, b"")))
    assert "'bad'" in said
    assert words in said


def test_a_link_in_a_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("bad")
    info.external_attr = 0o120777 << 16
    assert "symbolic link" in refused(zipped(tmp_path, (info, b"/etc/passwd")))


@pytest.mark.parametrize("second", ["A/readme", "a/README", "a/readme", "a/readme/x"])
def test_two_entries_of_one_place(tmp_path: Path, second: str) -> None:
    assert second in refused(tarred(tmp_path, ("a/readme", tarfile.REGTYPE, b"1"), (second, tarfile.REGTYPE, b"2")))


def test_bombs_by_ratio_size_and_count(tmp_path: Path) -> None:
    bomb = zipped(tmp_path, ("bomb", b"\0" * (1 << 20)))
    assert "'bomb'" in refused(bomb, Bounds(ratio_from=1 << 16))
    (tmp_path / "out").rename(tmp_path / "out1")
    assert "more than 1,000" in refused(bomb, Bounds(file_bytes=1000))
    (tmp_path / "out").rename(tmp_path / "out2")
    many = zipped(tmp_path, *((f"f{n}", b"") for n in range(12)))
    assert "more than 10 entries" in refused(many, Bounds(entries=10))
    (tmp_path / "out").rename(tmp_path / "out3")
    tar = tarred(tmp_path, ("bomb", tarfile.REGTYPE, b"\0" * (1 << 20)))
    assert "'bomb'" in refused(tar, Bounds(ratio_from=1 << 16))


def test_a_size_that_lies(tmp_path: Path) -> None:
    """The directory says 10 bytes, the data hold a megabyte."""
    path = zipped(tmp_path, ("liar", b"\0" * (1 << 20)))
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.index(mark) + offset, 10)
    path.write_bytes(data)
    assert refused(path)
    assert sum(file.stat().st_size for file in (tmp_path / "out").rglob("*")) <= 1 << 16


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    path = zipped(tmp_path, ("xxxx", b""))
    path.write_bytes(path.read_bytes().replace(b"xxxx", b"\xff\xfe\xff\xfe"))
    assert "not UTF-8" in refused(path)
    (tmp_path / "out").rename(tmp_path / "out1")
    tar = tmp_path / "b.tar"
    with tarfile.open(tar, "w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("\udcff\udcfe"))
    assert "not UTF-8" in refused(tar)


def test_a_huge_header(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("f")
        info.pax_headers = {"comment": "x" * (1 << 20)}
        archive.addfile(info)
    assert "header of" in refused(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8bbroken", b"PK\x03\x04broken"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert "cannot be read" in refused(path) or "no file" in refused(path)
