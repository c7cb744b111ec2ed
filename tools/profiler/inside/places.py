"""Lines of the project on a stack: what is told of a library's call is the line that asked for it."""

from __future__ import annotations

import dis
import functools
import sys
from pathlib import Path
from types import CodeType, FrameType
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
    return frame.f_lineno if frame.f_lineno is not None else _jumps_to(frame.f_code, frame.f_lasti)


@functools.cache
def _jumps_to(code: CodeType, offset: int) -> int:
    """A thread is mostly interrupted where a loop jumps back: an instruction without a line, so that of the loop."""
    lines = {start: line for start, _, line in code.co_lines() if line is not None}
    target = next((i.argval for i in dis.get_instructions(code) if i.offset == offset and "JUMP" in i.opname), offset)
    return max(((start, line) for start, line in lines.items() if start <= target), default=(0, code.co_firstlineno))[1]


def _waiting_parent() -> FrameType | None:
    """SQLAlchemy's asyncio runs its core in greenlets, whose stacks end there: the caller waits in the parent."""
    greenlet: Any = sys.modules.get("greenlet")
    if greenlet is None:
        return None
    parent = greenlet.getcurrent().parent
    frame: FrameType | None = None if parent is None else parent.gr_frame
    return frame


__all__ = ["DEEPEST", "Place", "Places"]
