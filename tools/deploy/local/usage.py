"""What a tree of processes uses."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class TreeUsage:
    memory_bytes: int = 0
    cpu_seconds: float = 0.0
    processes: int = 0


def measured(pid: int) -> TreeUsage:
    """Blocking. Of the process and its descendants; all zero where it has gone.

    Processor time of children that have ended is in their parent's, so the sum only grows.
    """
    try:
        first = psutil.Process(pid)
        tree = [first, *first.children(recursive=True)]
    except psutil.Error:
        return TreeUsage()
    memory, seconds, alive = 0, 0.0, 0
    for process in tree:
        try:
            times, resident = process.cpu_times(), process.memory_info().rss
        except psutil.Error:
            continue
        memory += resident
        seconds += times.user + times.system + times.children_user + times.children_system
        alive += 1
    return TreeUsage(memory, round(seconds, 3), alive)


__all__ = ["TreeUsage", "measured"]
