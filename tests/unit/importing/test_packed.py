"""A folder goes as a copy; links and secrets stay behind."""

from __future__ import annotations

import zipfile
from pathlib import Path

from server.cli.import_project import packed


def test_a_folder_is_packed_without_links_and_secrets(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    for name in ("a.py", ".env", ".git/config", "node_modules/x.js"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "link").symlink_to("/etc/passwd")
    before = sorted(folder.rglob("*"))
    with zipfile.ZipFile(packed(folder, tmp_path)) as archive:
        assert archive.namelist() == ["a.py"]
    assert sorted(folder.rglob("*")) == before
