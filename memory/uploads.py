"""What is to be imported, kept for the worker: an archive, or a git URL with its credentials. Blocking."""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path

from memory.private_files import write_private


class Uploads:
    def __init__(self, root: Path) -> None:
        self._root = root

    def keep_archive(self, archive: Path) -> str:
        """Moves the file here; its id."""
        id = uuid.uuid4().hex
        shutil.move(archive, self._made(id))
        self.path(id).chmod(0o600)
        return id

    def keep_url(self, url: str) -> str:
        id = uuid.uuid4().hex
        write_private(self._made(id), url.encode())
        return id

    def path(self, id: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{32}", id):
            raise ValueError(f"no id of an upload: {id!r}")
        return self._root / id

    def forget(self, id: str) -> None:
        self.path(id).unlink(missing_ok=True)

    def _made(self, id: str) -> Path:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.path(id)


__all__ = ["Uploads"]
