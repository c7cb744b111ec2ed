"""Encrypted files: what is in them, who may open them, what happens without the right key."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from memory.secrets import Kind, Place, SecretsError, redacted
from memory.secrets_file import FileSecrets
from memory.settings import REPOSITORY

DEV = Place("shop", "dev", Kind.USER)
CANARY = "canary-value-4711"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture
def secrets(root: Path) -> FileSecrets:
    return FileSecrets(root)


def test_what_is_set_is_read_and_changed(secrets: FileSecrets, root: Path) -> None:
    assert secrets.read(DEV) == {}
    assert not root.exists()  # looking makes nothing
    assert secrets.change(DEV, {"A": CANARY, "B": "ü\n"}) == {"A": CANARY, "B": "ü\n"}
    assert secrets.change(DEV, {"B": None, "C": ""}) == {"A": CANARY, "C": ""}
    assert FileSecrets(root).read(DEV) == {"A": CANARY, "C": ""}
    assert secrets.change(DEV, {"D": "x"}, whole=True) == {"D": "x"}
    assert secrets.read(Place("shop", "production", Kind.USER)) == {}
    assert secrets.read(Place("shop", "dev", Kind.GENERATED)) == {}


def test_files_are_private_and_hold_no_text(secrets: FileSecrets, root: Path) -> None:
    secrets.change(DEV, {"NAME_OF_IT": CANARY})
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert sorted(path.name for path in files) == ["dev.user", "master.key"]
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600
        assert CANARY.encode() not in path.read_bytes()
        assert b"NAME_OF_IT" not in path.read_bytes()
    assert root.stat().st_mode & 0o777 == 0o700


def test_the_same_values_are_never_written_alike(secrets: FileSecrets, root: Path) -> None:
    file = root / "projects" / "shop" / "dev.user"
    secrets.change(DEV, {"A": CANARY})
    first = file.read_bytes()
    secrets.change(DEV, {"A": CANARY})
    assert file.read_bytes() != first


def test_generated_values_are_made_once(secrets: FileSecrets) -> None:
    place = Place("shop", "dev", Kind.GENERATED)
    made = secrets.ensure(place, ["SECRET_KEY"])
    assert len(made["SECRET_KEY"]) >= 43
    again = secrets.ensure(place, ["SECRET_KEY", "API_TOKEN"])
    assert again["SECRET_KEY"] == made["SECRET_KEY"] != again["API_TOKEN"]
    assert secrets.ensure(place, ["API_TOKEN"]) == {"API_TOKEN": again["API_TOKEN"]}
    assert secrets.remember(place, "seen", "first") == "first"
    assert secrets.remember(place, "seen", "second") == "first"


def test_another_key_is_told_with_file_and_remedy(secrets: FileSecrets, root: Path) -> None:
    secrets.change(DEV, {"A": CANARY})
    (root / "master.key").write_bytes(base64.b64encode(os.urandom(32)))
    with pytest.raises(SecretsError, match=r"dev\.user does not open with the key .*master\.key.*Put the key back"):
        secrets.read(DEV)
    with pytest.raises(SecretsError):
        secrets.change(DEV, {"B": "x"})  # nothing is overwritten that cannot be read


@pytest.mark.parametrize("content", [b"", b"short", b"not base64!", base64.b64encode(b"x" * 31)])
def test_a_damaged_key_is_no_key(secrets: FileSecrets, root: Path, content: bytes) -> None:
    secrets.change(DEV, {"A": CANARY})
    (root / "master.key").write_bytes(content)
    with pytest.raises(SecretsError, match=r"master\.key holds no key of 32 bytes"):
        secrets.read(DEV)


def test_a_missing_key_is_not_made_anew_over_secrets(secrets: FileSecrets, root: Path) -> None:
    secrets.change(DEV, {"A": CANARY})
    (root / "master.key").unlink()
    for ask in (lambda: secrets.read(DEV), lambda: secrets.change(Place("other", "dev", Kind.USER), {"A": "b"})):
        with pytest.raises(SecretsError, match=r"master\.key is missing.*put it back"):
            ask()
    assert not (root / "master.key").exists()


def test_a_key_that_others_may_read_is_refused(secrets: FileSecrets, root: Path) -> None:
    secrets.change(DEV, {"A": CANARY})
    (root / "master.key").chmod(0o640)
    with pytest.raises(SecretsError, match="chmod 600"):
        secrets.read(DEV)


@pytest.mark.parametrize("cut", [0, 5, 25, -1])
def test_a_file_that_was_changed_does_not_open(secrets: FileSecrets, root: Path, cut: int) -> None:
    secrets.change(DEV, {"A": CANARY})
    file = root / "projects" / "shop" / "dev.user"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(SecretsError, match="does not open"):
        secrets.read(DEV)


def test_a_file_moved_to_another_place_does_not_open(secrets: FileSecrets, root: Path) -> None:
    secrets.change(DEV, {"A": CANARY})
    (root / "projects" / "shop" / "dev.user").rename(root / "projects" / "shop" / "production.user")
    with pytest.raises(SecretsError):
        secrets.read(Place("shop", "production", Kind.USER))


def test_what_is_sealed_opens_for_its_purpose_only(secrets: FileSecrets) -> None:
    sealed = secrets.seal(CANARY, "shop/dev/d1")
    assert CANARY not in sealed
    assert secrets.unseal(sealed, "shop/dev/d1") == CANARY
    for wrong, about in ((sealed, "shop/dev/d2"), ("", "shop/dev/d1"), ("!", "shop/dev/d1"), (sealed[:-4], "x")):
        with pytest.raises(SecretsError):
            secrets.unseal(wrong, about)


def test_forgetting_takes_all_of_a_project(secrets: FileSecrets, root: Path) -> None:
    secrets.change(DEV, {"A": CANARY})
    secrets.change(Place("other", "dev", Kind.USER), {"A": "b"})
    secrets.forget("shop")
    secrets.forget("shop")
    assert secrets.read(DEV) == {}
    assert secrets.read(Place("other", "dev", Kind.USER)) == {"A": "b"}


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\0", ".hidden", "x" * 65])
def test_odd_names_are_no_place(name: str) -> None:
    with pytest.raises(ValueError, match="names no project"):
        Place(name, "dev", Kind.USER)
    with pytest.raises(ValueError, match="names no project"):
        Place("shop", name, Kind.USER)


SETS_ONE = """
import sys
from pathlib import Path
from memory.secrets import Kind, Place
from memory.secrets_file import FileSecrets

sys.stdin.readline()
FileSecrets(Path(sys.argv[1])).change(Place("shop", "dev", Kind.USER), {sys.argv[2]: "x"})
"""


def test_writers_at_once_lose_nothing(root: Path) -> None:
    """Also the first key is made by one of them only."""
    names = [f"A{number}" for number in range(6)]
    commands = [[sys.executable, "-c", SETS_ONE, str(root), name] for name in names]
    writers = [subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE) for command in commands]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    assert [writer.wait(60) for writer in writers] == [0] * 6
    assert sorted(FileSecrets(root).read(DEV)) == names


def test_a_write_that_fails_leaves_what_was(secrets: FileSecrets, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.change(DEV, {"A": CANARY})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SecretsError, match=r"dev\.user cannot be written: No space left on device"):
        secrets.change(DEV, {"A": "new"})
    monkeypatch.undo()
    assert secrets.read(DEV) == {"A": CANARY}
    assert [path.name for path in (root / "projects" / "shop").iterdir() if path.name.startswith(".")] == []


def test_values_are_taken_out_of_texts() -> None:
    values = {"KEY": "abcdef", "LONGER": "abcdefgh", "SHORT": "no"}
    assert redacted("abcdefgh abcdef no", values) == "[LONGER] [KEY] no"
