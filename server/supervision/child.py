"""One child process: started, started again with back-off when it dies, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from memory.settings import REPOSITORY, Settings
from server.supervision.environment import child_environment
from server.supervision.plan import LISTENER, ChildSpec

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 5.0
"""A child that lived this long had started: it starts again without a pause to speak of."""


class Child:
    def __init__(self, spec: ChildSpec, settings: Settings, listener: int) -> None:
        self.spec = spec
        self.log: Path = settings.logs / f"{spec.name}.log"
        self.failures = 0
        """Deaths in a row, each after a short life."""
        self._argv = [part.replace(LISTENER, str(listener)) for part in spec.argv]
        self._inherited = (listener,) if LISTENER in spec.argv else ()
        self._environment = child_environment(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_again_at = 0.0

    def start(self) -> None:
        """Call it in the main thread only: the kernel ties the death signal to the thread that forks."""
        orphaned = self.spec.when_orphaned.name.removeprefix("SIG")
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", orphaned, "--", *self._argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=REPOSITORY,
                env=self._environment,
                pass_fds=self._inherited,
                start_new_session=True,
            )
        self._started_at = time.monotonic()

    def look(self) -> str | None:
        """Starts it again where it died and its pause is over. One sentence where it was just found dead."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_again_at:
                self.start()
            return None
        code = self._process.poll()
        if code is None:
            return None
        self._kill_group()
        self._process = None
        self.failures = 0 if now - self._started_at > STEADY_AFTER_S else self.failures + 1
        pause = min(FIRST_PAUSE_S * 2 ** max(self.failures - 1, 0), LONGEST_PAUSE_S)
        self._start_again_at = now + pause
        ending = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return f"{self.spec.name} ended {ending}; it starts again in {pause:.1f} s"

    def stop(self) -> None:
        """SIGTERM, its drain time, then SIGKILL to it and all that it started."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self.spec.drain_s)
        self._kill_group()
        self._process.wait()
        self._process = None

    def _kill_group(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


__all__ = ["Child"]
