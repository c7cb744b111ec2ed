"""Commands run in bubblewrap: short ones to their end, and served applications."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from typing import BinaryIO

from memory.records.execution import Command, Completed, Confinement, Ending, Running, SandboxError
from tools.sandbox.endings import Seen, classify
from tools.sandbox.inside import Inside
from tools.sandbox.output import BoundedOutput
from tools.sandbox.preparation import Preparation, prepare
from tools.sandbox.probe import find_walls

GUARD_INTERVAL_S = 0.1
SERVED_GUARD_INTERVAL_S = 0.5


class BubblewrapSandbox:
    """Executor and Starter. `path`: where to look for bubblewrap, as in PATH.

    bubblewrap dies with the thread that started it: call from an event loop that lives as long as what it starts.
    """

    def __init__(self, *, path: str | None = None) -> None:
        self._path = path
        self._bwrap: str | None = None

    async def run(self, command: Command, within: Confinement) -> Completed:
        """To its end or to the first limit. When cancelled, everything inside is gone before the error goes on."""
        prepared = await self._prepare(command, within, timed=True, inherits=False)
        stdin = asyncio.subprocess.PIPE if command.stdin else asyncio.subprocess.DEVNULL
        inside = await _enter(prepared, stdin=stdin)
        try:
            return await _attend(inside, command)
        finally:
            await inside.leave()

    async def start(
        self, command: Command, within: Confinement, *, inherit: Sequence[int], output: BinaryIO
    ) -> Running:
        """Returns once the namespaces exist. Standard output and error both go to `output`.

        Where that is a regular file, `file_bytes` holds for it as well.
        """
        prepared = await self._prepare(command, within, timed=False, inherits=bool(inherit))
        inside = await _enter(prepared, inherit=inherit, stdout=output)
        try:
            await inside.entered.wait()
        except asyncio.CancelledError:
            await inside.leave()
            raise
        return Served(inside)

    async def _prepare(self, command: Command, within: Confinement, *, timed: bool, inherits: bool) -> Preparation:
        if self._bwrap is None:
            self._bwrap = await asyncio.to_thread(find_walls, self._path)
        preparing = asyncio.ensure_future(
            asyncio.to_thread(prepare, self._bwrap, command, within, timed=timed, inherits=inherits)
        )
        try:
            return await asyncio.shield(preparing)
        except asyncio.CancelledError:
            with contextlib.suppress(SandboxError):
                await asyncio.to_thread(_discard, await preparing)
            raise


def _discard(prepared: Preparation) -> None:
    prepared.close_descriptors()
    os.close(prepared.status)
    prepared.release()


async def _enter(
    prepared: Preparation,
    *,
    inherit: Sequence[int] = (),
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | BinaryIO = asyncio.subprocess.PIPE,
) -> Inside:
    entering = asyncio.ensure_future(Inside.enter(prepared, inherit=inherit, stdin=stdin, stdout=stdout))
    try:
        return await asyncio.shield(entering)
    except asyncio.CancelledError:
        try:
            inside = await entering
        except SandboxError:
            await asyncio.to_thread(prepared.release)
        else:
            await inside.leave()
        raise
    except BaseException:
        await asyncio.to_thread(prepared.release)
        raise


async def _attend(inside: Inside, command: Command) -> Completed:
    limits = inside.prepared.within.limits
    process = inside.process
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
    output = BoundedOutput(limits.output_bytes, lambda: inside.condemn(Ending.OUTPUT, _too_much(limits.output_bytes)))
    clock = asyncio.get_running_loop().call_later(
        limits.wall_s, inside.condemn, Ending.WALL_TIME, f"still running after {limits.wall_s:g} s"
    )
    guard = asyncio.ensure_future(inside.guard(GUARD_INTERVAL_S))
    try:
        stdout, stderr, _ = await asyncio.gather(
            output.collect(process.stdout), output.collect(process.stderr), _feed(process.stdin, command.stdin)
        )
        code = await inside.gone()
    finally:
        clock.cancel()
        guard.cancel()
    inside.check_set_up(stderr)
    return await _completed(inside, code, stdout, stderr)


def _too_much(limit: int) -> str:
    return f"wrote more than {limit / 2**20:.3g} MiB of output"


async def _feed(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    if stream is None:
        return
    try:
        stream.write(data)
        await stream.drain()
    except (BrokenPipeError, ConnectionResetError):
        return  # the command does not want to read it
    finally:
        stream.close()


async def _completed(inside: Inside, code: int, stdout: bytes, stderr: bytes) -> Completed:
    prepared = inside.prepared
    limits = prepared.within.limits
    duration = time.monotonic() - inside.started
    excess = await inside.excess()
    seen = Seen(
        exit_code=code,
        stderr=stderr,
        duration_s=duration,
        memory_kills=prepared.group.memory_kills(),
        refused_forks=prepared.group.refused_forks(),
        cores=os.cpu_count() or 1,
    )
    ending, reason = inside.verdict or ((Ending.WORKSPACE_SIZE, excess) if excess else classify(seen, limits))
    return Completed(
        exit_code=code,
        ending=ending,
        reason=reason,
        stdout=stdout,
        stderr=stderr,
        duration_s=duration,
        limits_active=prepared.limits_active,
    )


class Served:
    """A Running: see there. Ends by itself, by `terminate`, by `kill`, or when what it wrote is too much."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self.limits_active = inside.prepared.limits_active
        self._ended = asyncio.ensure_future(self._attend())

    @property
    def pid(self) -> int:
        return self._inside.pid

    async def wait(self) -> Completed:
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        self._inside.terminate()

    def kill(self) -> None:
        self._inside.condemn(Ending.CANCELLED, "killed by its operator")

    async def _attend(self) -> Completed:
        inside = self._inside
        guard = asyncio.ensure_future(inside.guard(SERVED_GUARD_INTERVAL_S))
        try:
            code = await inside.gone()
            inside.check_set_up(b"its message is in the output file")
            return await _completed(inside, code, b"", b"")
        finally:
            guard.cancel()
            await inside.leave()


__all__ = ["BubblewrapSandbox"]
