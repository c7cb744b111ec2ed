"""The application's SQLite database: copied for a rehearsal, kept before a change, put back after a failure.

The copying itself is done inside the application's own walls: its folder may hold links that lead elsewhere.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from memory.records.execution import WORKSPACE, Command, Confinement, Limits, Mount, Starter
from memory.untrusted_files import remove_tree
from tools.deploy.local.files import private_folder
from tools.deploy.local.slot import Slot, StoredRelease

SCRIPT = Path(__file__).with_name("copy_database.py")
SCRIPT_INSIDE = "/softwright/copy_database.py"
COPY_INSIDE = "/copy"
KEPT_BACKUPS = 3
SQLITE = re.compile(r"sqlite(\+\w+)?:///(?P<path>/[^?]+)")


class CopyFailed(Exception):
    """The database could not be copied."""


@dataclass(frozen=True)
class Database:
    inside: str
    """Its path as the application sees it; empty: none that is a file of its own."""
    elsewhere: bool
    """It is served by something that we do not run: what is written there stays."""

    def file(self, data: Path) -> Path:
        return data / PurePosixPath(self.inside).relative_to(WORKSPACE)

    def size(self, data: Path) -> int:
        """0 where there is none yet."""
        try:
            return self.file(data).lstat().st_size if self.inside else 0
        except FileNotFoundError:
            return 0


def database_of(release: StoredRelease, values: Mapping[str, str]) -> Database:
    url = values.get(release.manifest.database_variable or "", "")
    if not url:
        return Database("", elsewhere=False)
    match = SQLITE.fullmatch(url)
    path = PurePosixPath(match["path"]) if match else None
    if path is None or ".." in path.parts or not path.is_relative_to(WORKSPACE) or str(path) == WORKSPACE:
        return Database("", elsewhere=True)
    return Database(str(path), elsewhere=False)


async def copy_out(starter: Starter, slot: Slot, release: StoredRelease, database: Database, target: Path) -> None:
    """The database as it stands now, below `target` where the application's folder would have it.

    Raises CopyFailed, SandboxError, OSError.
    """
    await asyncio.to_thread(_emptied, database.file(target).parent, target)
    copy = f"{COPY_INSIDE}/{PurePosixPath(database.inside).relative_to(WORKSPACE)}"
    await _copied(starter, slot, release, target, (database.inside, copy))


async def put_back(starter: Starter, slot: Slot, release: StoredRelease, database: Database, source: Path) -> None:
    """Nobody may be using it. Raises CopyFailed, SandboxError, OSError."""
    copy = f"{COPY_INSIDE}/{PurePosixPath(database.inside).relative_to(WORKSPACE)}"
    await _copied(starter, slot, release, source, (copy, database.inside))


async def _copied(starter: Starter, slot: Slot, release: StoredRelease, folder: Path, files: tuple[str, str]) -> None:
    argv = (str(release.environment.bin / "python"), SCRIPT_INSIDE, *files)
    size = Limits(file_bytes=1 << 40, workspace_bytes=1 << 40)
    mounts = (Mount(SCRIPT, SCRIPT_INSIDE), Mount(folder, COPY_INSIDE, writable=True))
    within = Confinement(workspace=slot.data, environment=release.environment, mounts=mounts, limits=size)
    private_folder(slot.rehearsal_log.parent)
    with slot.rehearsal_log.open("ab") as output:
        running = await starter.start(Command(argv), within, inherit=(), output=output)
        done = await running.wait()
    if not done.ok:
        raise CopyFailed(
            f"the database could not be copied ({done.reason or done.exit_code}); see {slot.rehearsal_log}"
        )


def _emptied(folder: Path, target: Path) -> None:
    if target.exists():
        remove_tree(target)
    private_folder(target)
    private_folder(folder)


def forget_old_backups(slot: Slot) -> None:
    """All but the newest few. Raises OSError."""
    folder = slot.backup("-").parent
    found = sorted(folder.glob("*/"), key=lambda path: path.stat().st_mtime_ns, reverse=True) if folder.exists() else []
    for path in found[KEPT_BACKUPS:]:
        shutil.rmtree(path)


__all__ = ["CopyFailed", "Database", "copy_out", "database_of", "forget_old_backups", "put_back"]
