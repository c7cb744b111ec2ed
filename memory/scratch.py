"""Folders for one piece of work, gone afterwards. What blocks runs beside the event loop."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def scratch_folder(root: Path) -> AsyncIterator[Path]:
    """A new folder below `root`, readable by the sandbox's user."""
    folder = await asyncio.to_thread(_make, root)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _make(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root))
    folder.chmod(0o755)
    return folder


__all__ = ["scratch_folder"]
