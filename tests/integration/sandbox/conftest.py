from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from memory.records.execution import Command, Completed, Confinement, Limits
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.interpreter import choose

RunPython = Callable[..., Awaitable[Completed]]


@pytest.fixture(scope="session")
def sandbox() -> BubblewrapSandbox:
    return BubblewrapSandbox()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def run_python(sandbox: BubblewrapSandbox, workspace: Path) -> RunPython:
    """Runs a script inside; keyword arguments are limits."""

    async def run(script: str, *arguments: str, **limits: float) -> Completed:
        python = choose()
        command = Command((str(python.path), "-c", textwrap.dedent(script), *arguments))
        limits.setdefault("wall_s", 20)
        within = Confinement(workspace, mounts=python.mounts, limits=Limits(**limits))  # type: ignore[arg-type]
        return await sandbox.run(command, within)

    return run
