"""A virtual environment that is there already, as one that a sandbox can use."""

from __future__ import annotations

import os
from pathlib import Path

from memory.records.execution import Environment, Mount
from tools.profiler.interface import ProfilerError

NAMES = (".venv", "venv")
HOME = Path("/opt/softwright-environment")
"""Not its own path: that could lie below the sandbox's workspace."""


def folder_environment(project: Path, named: Path | None = None) -> Environment | None:
    """The named one, else the project's own; None without either. Raises ProfilerError."""
    for folder in [named] if named is not None else [project / name for name in NAMES]:
        python = folder / "bin" / "python"
        if python.exists():
            return _environment(folder.resolve(), python)
        if named is not None:
            raise ProfilerError(f"{named} is no virtual environment: it has no bin/python")
    return None


def _environment(folder: Path, python: Path) -> Environment:
    home = Path(os.path.realpath(python)).parent.parent
    outside = () if home.is_relative_to("/usr") or home == folder else (Mount(home, str(home)),)
    mounts = (Mount(folder, str(HOME)), *outside)
    return Environment(id=f"folder-{folder.name}", path=HOME, bin=HOME / "bin", mounts=mounts)


__all__ = ["folder_environment"]
