"""Why a command ended, told from what can be seen of it: pure."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from memory.records.execution import Ending, Limits

SIGNAL_BASE = 128
MEMORY_SIGNS = re.compile(rb"^MemoryError\b|Cannot allocate memory|std::bad_alloc|JavaScript heap out of memory", re.M)
FILE_SIZE_SIGNS = re.compile(rb"\[Errno 27\]|File too large")
PROCESS_SIGNS = re.compile(
    rb"BlockingIOError: \[Errno 11\]|can't start new thread|[Ff]ork: .*Resource temporarily unavailable|Cannot fork"
)


@dataclass(frozen=True)
class Seen:
    exit_code: int
    stderr: bytes
    duration_s: float
    memory_kills: int = 0
    """Of the control group: how often the kernel killed a process inside for memory."""
    refused_forks: int = 0
    cores: int = 1


def classify(seen: Seen, limits: Limits) -> tuple[Ending, str]:
    """Ending and its sentence for a command that ended without our doing."""
    if seen.exit_code == 0:
        return Ending.EXITED, ""
    memory = f"{limits.memory_bytes / 2**20:.0f} MiB"
    if seen.memory_kills:
        return Ending.MEMORY, f"killed by the kernel: all processes together passed {memory} of memory"
    number = seen.exit_code - SIGNAL_BASE
    if number == signal.SIGXCPU or (number == signal.SIGKILL and seen.duration_s * seen.cores >= limits.cpu_s):
        return Ending.CPU_TIME, f"used up its {limits.cpu_s} s of processor time"
    size = f"{limits.file_bytes / 2**20:.0f} MiB"
    if number == signal.SIGXFSZ:
        return Ending.FILE_SIZE, f"wrote a file beyond the limit of {size}"
    if FILE_SIZE_SIGNS.search(seen.stderr):
        return Ending.FILE_SIZE, f"a write was refused: files may have {size} (told from its error output)"
    if MEMORY_SIGNS.search(seen.stderr):
        return Ending.MEMORY, f"memory was refused: a process may have {memory} (told from its error output)"
    if seen.refused_forks or PROCESS_SIGNS.search(seen.stderr):
        return Ending.PROCESSES, f"a new process or thread was refused: the limit is {limits.processes}"
    if 0 < number <= max(signal.valid_signals()):
        return Ending.SIGNALLED, f"ended by {_signal_name(number)}"
    return Ending.EXITED, ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


__all__ = ["Seen", "classify"]
