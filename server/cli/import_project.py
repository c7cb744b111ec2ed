"""`softwright import`: a project that exists, from a folder, an archive or a git URL."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from server.cli.connection import connected
from server.cli.errors import WRONG_USE, CommandError
from server.cli.follow import follow_to_end
from server.cli.screen import say

LEFT_OUT = {".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache"}
SECRET = {".env", ".env.local", ".netrc", ".pypirc"}


def command(
    source: Annotated[str, typer.Argument(help="A folder, a zip or tar.gz, or a git URL.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Import an existing project: its stack is found and its tests are run as they are."""
    with connected() as client:
        if "://" in source:
            answer = client.post("/api/projects/import", {"git_url": source})
        else:
            path = Path(source).resolve()
            with tempfile.TemporaryDirectory() as scratch:
                archive = packed(path, Path(scratch)) if path.is_dir() else path
                if not archive.is_file():
                    raise CommandError(f"{source} is no folder, no archive and no URL", WRONG_USE)
                answer = client.upload("/api/projects/import", archive)
        project = answer["project"]["id"]
        say(f"     project {project}")
        follow_to_end(client, project, answer["run"]["id"], as_json=as_json)


def packed(folder: Path, scratch: Path) -> Path:
    """The folder's files as a zip; links, what tools make and files of secrets are left out, and this is said."""
    archive, left = scratch / f"{folder.name or 'project'}.zip", []
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as target:
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
            for name in sorted(names):
                path = Path(place, name)
                if path.is_symlink() or not path.is_file() or name in SECRET:
                    left.append(str(path.relative_to(folder)))
                else:
                    target.write(path, path.relative_to(folder).as_posix())
    if left:
        say(f"     left out (links, secrets, special files): {', '.join(left[:10])}{' ...' if len(left) > 10 else ''}")
    return archive


__all__ = ["command", "packed"]
