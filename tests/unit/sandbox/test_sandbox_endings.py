from __future__ import annotations

import pytest

from memory.records.execution import Ending, Limits
from tools.sandbox.endings import Seen, classify
from tools.sandbox.output import shortened

LIMITS = Limits(cpu_s=10, memory_bytes=64 << 20, file_bytes=5 << 20, processes=9)


@pytest.mark.parametrize(
    ("seen", "ending", "figure"),
    [
        (Seen(0, b"MemoryError", 1.0, memory_kills=1), Ending.EXITED, ""),
        (Seen(3, b"some error", 1.0), Ending.EXITED, ""),
        (Seen(1, b"", 1.0, memory_kills=1), Ending.MEMORY, "64 MiB"),
        (Seen(1, b"Traceback\nMemoryError\n", 1.0), Ending.MEMORY, "64 MiB"),
        (Seen(1, b"E   x.NotMemoryError: no\n", 1.0), Ending.EXITED, ""),
        (Seen(152, b"", 10.0), Ending.CPU_TIME, "10 s"),
        (Seen(137, b"", 11.0), Ending.CPU_TIME, "10 s"),
        (Seen(137, b"", 6.0, cores=2), Ending.CPU_TIME, "10 s"),
        (Seen(137, b"", 1.0), Ending.SIGNALLED, "SIGKILL"),
        (Seen(139, b"", 1.0), Ending.SIGNALLED, "SIGSEGV"),
        (Seen(153, b"", 1.0), Ending.FILE_SIZE, "5 MiB"),
        (Seen(1, b"OSError: [Errno 27] File too large", 1.0), Ending.FILE_SIZE, "5 MiB"),
        (Seen(1, b"RuntimeError: can't start new thread", 1.0), Ending.PROCESSES, "9"),
        (Seen(2, b"sh: 1: Cannot fork", 1.0), Ending.PROCESSES, "9"),
        (Seen(2, b"", 1.0, refused_forks=3), Ending.PROCESSES, "9"),
        (Seen(255, b"", 1.0), Ending.EXITED, ""),
    ],
)
def test_reason_and_figure(seen, ending, figure):
    told, reason = classify(seen, LIMITS)
    assert told is ending
    assert bool(reason) == (ending is not Ending.EXITED)
    assert figure in reason


def test_output_within_the_limit_is_whole():
    assert shortened(b"abcdef", 6, 6) == b"abcdef"


def test_longer_output_keeps_both_ends():
    told = shortened(b"start" + b"." * 90 + b"final", 10, 100)
    assert told == b"start\n[... 90 bytes left out ...]\nfinal"
