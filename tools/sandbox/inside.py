"""A process tree behind walls: started, watched, killed as a whole, and cleared away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Sequence
from typing import IO

from memory.records.execution import Ending, SandboxUnavailable
from tools.sandbox.guard import Usage, measure
from tools.sandbox.hidden import children_of, measure_hidden
from tools.sandbox.preparation import Preparation
from tools.sandbox.probe import explain

GUARD_SHARE = 5
"""The guard rests this many times as long as its last look took."""
KILL_GRACE_S = 5.0


class Inside:
    """One run. `verdict` is why we ended it, where we did."""

    def __init__(self, process: asyncio.subprocess.Process, prepared: Preparation) -> None:
        self.process = process
        self.prepared = prepared
        self.started = time.monotonic()
        self.verdict: tuple[Ending, str] | None = None
        self.entered = asyncio.Event()
        """Set when the namespaces exist, or nothing will come any more."""
        self.set_up = False
        """Whether the command was executed."""
        self._init: int | None = None
        self._init_pid = 0
        self._status = b""
        asyncio.get_running_loop().add_reader(prepared.status, self._read_status)

    @property
    def pid(self) -> int:
        return self._init_pid

    @classmethod
    async def enter(
        cls,
        prepared: Preparation,
        *,
        inherit: Sequence[int] = (),
        stdin: int = asyncio.subprocess.DEVNULL,
        stdout: int | IO[bytes] = asyncio.subprocess.PIPE,
    ) -> Inside:
        """Starts the prepared command. Raises SandboxUnavailable where its programs are missing."""
        merged = stdout is not asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *prepared.argv,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                cwd="/",
                stdin=stdin,
                stdout=stdout,
                stderr=asyncio.subprocess.STDOUT if merged else asyncio.subprocess.PIPE,
                pass_fds=(*prepared.fds.all, *inherit),
                start_new_session=True,
            )
        except BaseException as error:
            os.close(prepared.status)
            if not isinstance(error, OSError):
                raise
            name = error.filename or prepared.argv[0]
            raise SandboxUnavailable(f"{name} cannot be started: {error.strerror}") from error
        finally:
            prepared.close_descriptors()
        return cls(process, prepared)

    def _read_status(self) -> None:
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.prepared.status, 4096)
            self._status += data
            if not data:
                self._close_status()
        *lines, self._status = self._status.split(b"\n")
        for line in lines:
            self._take_status(json.loads(line))

    def _take_status(self, status: dict[str, int]) -> None:
        self.set_up = self.set_up or "exit-code" in status
        if "child-pid" in status:
            self._init_pid = status["child-pid"]
            with contextlib.suppress(ProcessLookupError):
                self._init = os.pidfd_open(self._init_pid)
            self.entered.set()
            if self.verdict is not None:
                self.kill()

    def _close_status(self) -> None:
        self.entered.set()
        if self.prepared.status >= 0:
            asyncio.get_running_loop().remove_reader(self.prepared.status)
            os.close(self.prepared.status)
            self.prepared.status = -1

    def condemn(self, ending: Ending, reason: str) -> None:
        """Kills everything inside and remembers why; the first reason stays."""
        if self.verdict is None:
            self.verdict = (ending, reason)
            self.kill()

    def kill(self) -> None:
        """SIGKILL to the first process of the namespace, with which the kernel ends all others.

        bubblewrap outside then ends by itself, after all of them.
        """
        if self._init is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init, signal.SIGKILL)
        else:
            self._kill_outside()

    def _kill_outside(self) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM to the command itself: the oldest child of bubblewrap's first process, which adopts orphans later."""
        if self._init is None or self.process.returncode is not None:
            return
        children = children_of(self._init_pid)
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(children[0], signal.SIGTERM)

    async def guard(self, interval_s: float) -> None:
        """Watches what the command writes, until it is too much."""
        pause = interval_s
        while self.verdict is None:
            await asyncio.sleep(pause)
            before = time.monotonic()
            excess = await self.excess()
            if excess:
                self.condemn(Ending.WORKSPACE_SIZE, excess)
            pause = max(interval_s, GUARD_SHARE * (time.monotonic() - before))

    async def excess(self) -> str:
        """Which limit of the workspace is passed; empty where none is."""
        return await asyncio.to_thread(self._excess)

    def _excess(self) -> str:
        limits = self.prepared.within.limits
        usage = measure(self.prepared.writable, limits)
        if self._init is not None and self.process.returncode is None:
            hidden = measure_hidden(self._init_pid)
            usage = Usage(usage.bytes + hidden.bytes, usage.files + hidden.files)
        return usage.excess(limits)

    async def gone(self) -> int:
        """Waits for the end of everything inside; the exit code as a shell gives it."""
        code = await self.process.wait()
        return code if code >= 0 else 128 - code

    def check_set_up(self, stderr: bytes) -> None:
        """Raises SandboxUnavailable where the walls could not be built, so that the command never ran."""
        while self.prepared.status >= 0:
            self._read_status()
        if not self.set_up and self.verdict is None and not self.prepared.group.memory_kills():
            raise SandboxUnavailable(explain(stderr.decode(errors="replace").strip()))

    async def leave(self) -> None:
        """Kills what is left, waits for it, and gives everything back; goes on even if the caller is cancelled."""
        await asyncio.shield(asyncio.ensure_future(self._leave()))

    async def _leave(self) -> None:
        if self.process.returncode is None:
            self.kill()
            try:
                await asyncio.wait_for(self.process.wait(), KILL_GRACE_S)
            except TimeoutError:
                self._kill_outside()
                await self.process.wait()
        self._close_status()
        if self._init is not None:
            os.close(self._init)
            self._init = None
        await asyncio.to_thread(self.prepared.release)


__all__ = ["Inside"]
