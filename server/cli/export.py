"""`softwright export`: a project's code with its history, as a git repository in a folder."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from server.cli.connection import Project, connected_to
from server.cli.errors import WRONG_USE, CommandError
from server.cli.screen import print_json, result


def command(
    project: Project,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    compose: Annotated[bool, typer.Option("--compose", help="With a docker-compose.yml beside it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a project's code and history to a folder, as a git repository."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"{folder} exists and is no empty folder", WRONG_USE)
    with connected_to(project) as (client, project_id), tempfile.TemporaryDirectory() as scratch:
        path = f"/api/projects/{project_id}"
        bundle = Path(scratch) / "code.bundle"
        client.download(f"{path}/archive", bundle, format="bundle")
        _git("clone", "--quiet", str(bundle), str(folder))
        if compose:
            (folder / "docker-compose.yml").write_text(client.text(f"{path}/environments/dev/compose"))
    _git("-C", str(folder), "remote", "remove", "origin")
    commit = _git("-C", str(folder), "rev-parse", "HEAD")
    if as_json:
        print_json({"project_id": project_id, "folder": str(folder.resolve()), "commit": commit})
    else:
        result(f"{folder}: commit {commit}")


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], capture_output=True, text=True, check=False, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    )
    if done.returncode:
        raise CommandError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


__all__ = ["command"]
