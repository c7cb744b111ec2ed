"""Reading a project's repository for those who look at it from outside: files, archives. Blocking."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from memory.code import MAIN, CodeError
from memory.records.manifest import MANIFEST_NAME, Manifest

MAX_FILE_BYTES = 1 << 20
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


class CodeReader:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._pins = lru_cache(maxsize=512)(self._read_pins)
        self._manifest = lru_cache(maxsize=512)(self._read_manifest)

    def files(self, project_id: str, commit: str) -> dict[str, str | None]:
        """Path → text of a commit; None for what is no UTF-8 text, or larger than 1 MB. Raises CodeError."""
        listing = self._git(project_id, "ls-tree", "-r", "-z", "--long", commit).decode(errors="surrogateescape")
        entries = [line.partition("\t") for line in listing.split("\0") if line]
        blobs = [(about.split(), path) for about, _, path in entries]
        small = [(about[2], path) for about, path in blobs if about[1] == "blob" and int(about[3]) <= MAX_FILE_BYTES]
        texts = self._texts(project_id, [blob for blob, _ in small])
        found: dict[str, str | None] = {_shown(path): None for _, path in blobs}
        return found | {_shown(path): texts[blob] for blob, path in small}

    def archive(self, project_id: str, commit: str, target: Path, folder: str) -> None:
        """A zip of the commit's files, below `folder` within. Raises CodeError."""
        self._git(project_id, "archive", "--format=zip", f"--prefix={folder}/", f"--output={target}", commit)

    def bundle(self, project_id: str, target: Path) -> None:
        """The main branch with its whole history, as `git clone` takes it. Raises CodeError."""
        self._git(project_id, "bundle", "create", "--quiet", str(target), "HEAD", MAIN)

    def history(self, project_id: str) -> list[str]:
        """The commits of the main branch, newest first. Raises CodeError."""
        return self._git(project_id, "rev-list", "--first-parent", MAIN, "--").decode().split()

    def dependencies(self, project_id: str, commit: str) -> dict[str, str]:
        """Name → version of what the application's lock file pins; empty where it has none."""
        return dict(self._pins(project_id, commit))

    def manifest(self, project_id: str, commit: str) -> Manifest | None:
        """None where the commit has none, or none that can be read."""
        return self._manifest(project_id, commit)

    def forget(self, project_id: str) -> None:
        folder = self._folder(project_id)
        if folder.exists():
            shutil.rmtree(folder)

    def _read_pins(self, project_id: str, commit: str) -> tuple[tuple[str, str], ...]:
        try:
            manifest = Manifest.model_validate(json.loads(self._git(project_id, "show", f"{commit}:{MANIFEST_NAME}")))
            lock = self._git(project_id, "show", f"{commit}:{manifest.lock}").decode(errors="replace")
        except (CodeError, ValueError):
            return ()
        return tuple((found[1], found[2]) for found in PIN.finditer(lock))

    def _read_manifest(self, project_id: str, commit: str) -> Manifest | None:
        try:
            return Manifest.model_validate(json.loads(self._git(project_id, "show", f"{commit}:{MANIFEST_NAME}")))
        except (CodeError, ValueError):
            return None

    def _texts(self, project_id: str, blobs: list[str]) -> dict[str, str | None]:
        output = self._git(project_id, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
        texts: dict[str, str | None] = {}
        place = 0
        for blob in blobs:
            head, place = output[place : (end := output.index(b"\n", place))], end + 1
            size = int(head.split()[2])
            texts[blob] = _text(output[place : place + size])
            place += size + 1
        return texts

    def _folder(self, project_id: str) -> Path:
        return self._root / f"{project_id}.git"

    def _git(self, project_id: str, *words: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", "--git-dir", str(self._folder(project_id)), *words],
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        )
        if done.returncode:
            raise CodeError(f"git {words[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout


def _text(content: bytes) -> str | None:
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _shown(path: str) -> str:
    """A name that JSON can carry, whatever bytes it has."""
    return path.encode(errors="surrogateescape").decode(errors="replace")


__all__ = ["CodeReader"]
