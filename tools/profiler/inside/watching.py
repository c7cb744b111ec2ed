"""Threads that look on: one at the event loop's pulse, one at where all threads are."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from types import FrameType

from tools.profiler.inside.places import Places
from tools.profiler.inside.records import Activity, Notes

PULSE_S = 0.004
LATE_S = 0.020
"""The loop stands still when it has not moved for this long."""
SAMPLE_S = 0.002


def cpu_of(thread: int) -> float:
    """Seconds that a running thread has been on a processor."""
    return time.clock_gettime(time.pthread_getcpuclockid(thread))


class Pulse:
    """Finds what holds up the event loop: while its pulse is missing, the stack of its thread says who."""

    def __init__(self, places: Places, activity: Activity, notes: Notes) -> None:
        self._places, self._activity, self._notes = places, activity, notes
        self._thread = threading.get_ident()
        self._last = time.perf_counter()
        self._stopped = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="softwright-pulse", daemon=True)

    async def beat(self) -> None:
        """Runs on the loop until it is cancelled."""
        self._last = time.perf_counter()
        self._watchdog.start()
        try:
            while True:
                await asyncio.sleep(PULSE_S)
                now = time.perf_counter()
                self._notes.lags.append((now - self._last) * 1000)
                self._last = now
        finally:
            self._stopped.set()
            self._watchdog.join()

    def _watch(self) -> None:
        seen, cpu = self._last, cpu_of(self._thread)
        told = seen
        while not self._stopped.wait(SAMPLE_S):
            now, used = time.perf_counter(), cpu_of(self._thread)
            if self._last != seen:
                seen = told = self._last
            elif now - seen > LATE_S:
                self._note((now - told) * 1000, (used - cpu) * 1000)
                told = now
            cpu = used

    def _note(self, ms: float, cpu_ms: float) -> None:
        frame = sys._current_frames().get(self._thread)
        chain = self._places.chain(frame)
        if chain and self._activity.operation:
            self._notes.add(self._notes.blocked, (self._activity.operation, chain), ms, min(cpu_ms, ms))


class Sampler:
    """Looks at all threads every few milliseconds: a profiler of one thread would miss routes that run in a pool."""

    def __init__(self, places: Places, activity: Activity, notes: Notes) -> None:
        self._places, self._activity, self._notes = places, activity, notes
        self._cpu: dict[int, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="softwright-sampler", daemon=True)
        self._interval = sys.getswitchinterval()

    def __enter__(self) -> Sampler:
        sys.setswitchinterval(SAMPLE_S / 4)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        sys.setswitchinterval(self._interval)

    def _run(self) -> None:
        last = time.perf_counter()
        while not self._stopped.wait(SAMPLE_S):
            now = time.perf_counter()
            me = threading.get_ident()
            for thread, frame in sys._current_frames().items():
                if thread != me:
                    self._sample(thread, frame, (now - last) * 1000)
            last = now

    def _sample(self, thread: int, frame: FrameType, ms: float) -> None:
        used = cpu_of(thread)
        cpu_ms = min(ms, (used - self._cpu.get(thread, used)) * 1000)
        self._cpu[thread] = used
        operation, chain = self._activity.operation, self._places.chain(frame)
        if not chain or not operation:
            return
        own = 0.0 if thread in self._activity.asking or self._places.is_library(frame) else cpu_ms
        self._notes.add(self._notes.samples, (operation, chain), ms, cpu_ms, own)
        self._notes.functions[operation].update({(file, name): 1 for file, _, name in chain})


__all__ = ["Pulse", "Sampler"]
