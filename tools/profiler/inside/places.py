"""Lines of the project on a stack: what is told of a library's call is the line that asked for it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

Place = tuple[str, int, str]
"""File below the root, line, function."""
DEEPEST = 8
INSTALLED = ("/site-packages/", "/.venv/", "/venv/", "/node_modules/")


class Places:
    def __init__(self, root: Path) -> None:
        self._root = f"{root}/"
        self._known: dict[str, str | None] = {}

    def chain(self, frame: FrameType | None) -> tuple[Place, ...]:
        """The project's frames, the innermost first."""
        found: list[Place] = []
        hop = True
        while frame is not None and len(found) < DEEPEST:
            file = self.file_of(frame.f_code.co_filename)
            if file is not None:
                found.append((file, _line(frame), frame.f_code.co_name))
            frame = frame.f_back
            if frame is None and hop and not found:
                frame, hop = _waiting_parent(), False
        return tuple(found)

    def file_of(self, name: str) -> str | None:
        """Below the root, or None where it is no file of the project."""
        if name not in self._known:
            own = name.startswith(self._root) and not any(part in name for part in INSTALLED)
            self._known[name] = name.removeprefix(self._root) if own else None
        return self._known[name]

    def is_library(self, frame: FrameType) -> bool:
        """Of an installed package; the standard library and the project are none."""
        return "/site-packages/" in frame.f_code.co_filename


def _line(frame: FrameType) -> int:
    """A thread is mostly interrupted where a loop jumps back; that instruction has no line of its own."""
    if frame.f_lineno is not None:
        return frame.f_lineno
    before = frame.f_code.co_firstlineno
    for start, _, line in frame.f_code.co_lines():
        if start > frame.f_lasti:
            break
        before = line or before
    return before


def _waiting_parent() -> FrameType | None:
    """SQLAlchemy's asyncio runs its core in greenlets, whose stacks end there: the caller waits in the parent."""
    greenlet: Any = sys.modules.get("greenlet")
    if greenlet is None:
        return None
    parent = greenlet.getcurrent().parent
    frame: FrameType | None = None if parent is None else parent.gr_frame
    return frame


__all__ = ["DEEPEST", "Place", "Places"]
