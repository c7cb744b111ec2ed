"""One running copy of one version: its sandbox, its private sockets, the end of its output."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from memory.records.execution import Command, Completed, Confinement, Limits, Mount, Running, Starter
from memory.records.serving import HealthProbe, ProbeAnswer
from memory.secrets import redacted
from tools.deploy.local.health import probe, wait_healthy
from tools.deploy.local.logs import RotatingLog
from tools.deploy.local.slot import Settings, Slot, StoredRelease

LAUNCHER = Path(__file__).with_name("launcher.py")
LAUNCHER_INSIDE = "/softwright/launcher.py"
CODE_INSIDE = "/app"
TAIL_BYTES = 16 << 10
TAIL_LINES = 40
ANSWER_S = 5.0
OUTPUT_END_S = 1.0
PROBE_S = 5.0
MODEST, USUAL = "5", "0"
"""Nice values."""
FIXED_VARIABLES = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}


class NotHealthy(Exception):
    """The copy is gone again; the text says why it did not become healthy."""

    def __init__(self, why: str, log_end: str, answers: tuple[ProbeAnswer, ...] = ()) -> None:
        super().__init__(why)
        self.log_end = log_end
        self.answers = answers


@dataclass(frozen=True)
class Counts:
    requests: int = 0
    errors: int = 0
    seconds: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.requests + other.requests, self.errors + other.errors, self.seconds + other.seconds)


def command(
    release: StoredRelease,
    variables: Mapping[str, str],
    descriptors: tuple[int, int, int],
    grace_s: float,
    *,
    modest: bool = False,
) -> Command:
    numbers = [str(number) for number in descriptors]
    # the launcher's own limit lies before the keeper's, so that the application's shutdown handler still runs
    inner_grace = str(max(math.floor(grace_s) - 1, 1))
    python = str(release.environment.bin / "python")
    argv = (
        python,
        LAUNCHER_INSIDE,
        release.manifest.asgi,
        CODE_INSIDE,
        *numbers,
        inner_grace,
        MODEST if modest else USUAL,
    )
    return Command(argv=argv, env={**FIXED_VARIABLES, **variables})


def confinement(slot: Slot, release: StoredRelease, settings: Settings, data: Path) -> Confinement:
    """The data folder is the workspace, because that is the one writable place and the sandbox bounds its size."""
    mounts = (Mount(slot.code(release.commit), CODE_INSIDE), Mount(LAUNCHER, LAUNCHER_INSIDE))
    limits = Limits(
        memory_bytes=release.resources.memory_mb << 20,
        processes=release.resources.processes,
        cpus=release.resources.cpus,
        file_bytes=settings.data_bytes,
        workspace_bytes=settings.data_bytes,
        open_files=1024,
    )
    return Confinement(workspace=data, environment=release.environment, mounts=mounts, limits=limits)


class Instance:
    """Made by `launch`; it is proven healthy when that returns, and takes requests only after `accept`."""

    def __init__(self, release: StoredRelease, variables: Mapping[str, str], log: RotatingLog, address: str) -> None:
        self.release = release
        self._variables = variables
        self._log = log
        self.address = address
        """Of its private socket."""
        self._tail = bytearray()
        self._orders = asyncio.Lock()
        self._running: Running
        self._channel: tuple[asyncio.StreamReader, asyncio.StreamWriter]
        self._pump: asyncio.Task[None]
        self.ended: asyncio.Task[Completed]

    @property
    def limits_active(self) -> tuple[str, ...]:
        return self._running.limits_active

    @property
    def log_end(self) -> str:
        """It goes into errors and events, so the values of its variables are taken out."""
        end = "\n".join(self._tail.decode(errors="replace").splitlines()[-TAIL_LINES:])
        return redacted(end, self._variables)

    @property
    def pid(self) -> int:
        return self._running.pid

    async def start(
        self,
        starter: Starter,
        slot: Slot,
        settings: Settings,
        listener: socket.socket,
        data: Path,
        *,
        modest: bool = False,
    ) -> None:
        """Raises SandboxError where the walls cannot be put up."""
        private = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        output = os.fdopen(write_end, "wb", buffering=0)
        try:
            private.bind(self.address)
            private.listen(16)
            handed = (listener.fileno(), private.fileno(), theirs.fileno())
            asked = command(self.release, self._variables, handed, settings.grace_s, modest=modest)
            within = confinement(slot, self.release, settings, data)
            self._running = await starter.start(asked, within, inherit=handed, output=output)
        except BaseException:
            os.close(read_end)
            ours.close()
            raise
        finally:
            private.close()
            theirs.close()
            output.close()
        self._pump = asyncio.create_task(self._keep_output(read_end))
        self.ended = asyncio.create_task(self._running.wait())
        self._channel = await asyncio.open_connection(sock=ours)

    async def prove(self, within_s: float) -> HealthProbe:
        """Raises NotHealthy after it has killed the copy."""
        path = self.release.manifest.health_path
        asking = asyncio.create_task(wait_healthy(self.address, path, within_s=within_s))
        try:
            await asyncio.wait({asking, self.ended}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.kill()
            raise
        finally:
            asking.cancel()
        if self.ended.done():
            why = await self.why_ended()
        else:
            result = asking.result()
            if result.healthy:
                return result
            why = f"{result.error} (waited {within_s:g} s)"
        await self.kill()
        raise NotHealthy(why, self.log_end)

    async def accept(self) -> None:
        """Let it take requests from the shared listener. Raises NotHealthy after it has killed the copy."""
        if await self._ordered(b"accept\n", b"accepting", ANSWER_S) != b"accepting\n":
            await self.kill()
            raise NotHealthy("it did not take over the listening socket", self.log_end)

    async def probe(self, within_s: float = PROBE_S) -> HealthProbe:
        return await probe(self.address, self.release.manifest.health_path, timeout_s=within_s)

    async def drain(self, seconds: float) -> None:
        """Leave the listener to others and end kept-alive connections with their next answer, or after that time.

        Then nobody is answered by it any more but callers whose requests it has begun.
        """
        await self._ordered(f"drain {seconds}\n".encode(), b"drained", seconds + ANSWER_S)

    async def linger(self, seconds: float) -> None:
        """Until WebSockets and slow requests that it has begun have ended by themselves, or the time is over."""
        await self._ordered(f"linger {seconds}\n".encode(), b"lingered", seconds + ANSWER_S)

    async def counts(self, within_s: float = ANSWER_S) -> Counts | None:
        """Of callers' requests since it began; None where it does not answer."""
        answer = await self._ordered(b"counts\n", b"counts", within_s)
        try:
            _, requests, errors, taken_s = answer.split()
            return Counts(int(requests), int(errors), float(taken_s))
        except ValueError:
            return None

    async def _ordered(self, order: bytes, answer: bytes, within_s: float) -> bytes:
        """The launcher's answer; empty where the application keeps it from answering."""
        async with self._orders:
            reader, writer = self._channel
            try:
                writer.write(order)
                async with asyncio.timeout(within_s):
                    # an order that nobody waited for any more may have been answered since
                    while not (line := await reader.readuntil(b"\n")).startswith(answer):
                        pass
                    return line
            except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return b""

    async def stop(self, grace_s: float) -> None:
        """SIGTERM, time for its handler, then SIGKILL to whatever is left."""
        if not self.ended.done():
            self._running.terminate()
            await asyncio.wait({self.ended}, timeout=grace_s)
        await self.kill()

    async def kill(self) -> None:
        if not self.ended.done():
            self._running.kill()
        await asyncio.wait({self.ended})
        await asyncio.wait({self._pump}, timeout=OUTPUT_END_S)
        self._pump.cancel()
        self._channel[1].transport.abort()

    async def why_ended(self) -> str:
        """One sentence, once `ended` is done."""
        await asyncio.wait({self._pump}, timeout=OUTPUT_END_S)
        failure = self.ended.exception()
        if failure is not None:
            return f"the sandbox failed: {failure}"
        completed = self.ended.result()
        return completed.reason or f"the application ended with exit code {completed.exit_code}"

    async def _keep_output(self, descriptor: int) -> None:
        reader = asyncio.StreamReader()
        pipe = os.fdopen(descriptor, "rb", buffering=0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(64 << 10):
                    self._log.write(data)
                    self._tail += data
                    del self._tail[:-TAIL_BYTES]
        finally:
            transport.close()


async def launch(
    starter: Starter,
    slot: Slot,
    release: StoredRelease,
    settings: Settings,
    listener: socket.socket,
    log: RotatingLog,
    variables: Mapping[str, str],
    data: Path,
    *,
    modest: bool = False,
) -> tuple[Instance, HealthProbe]:
    """Start a copy on that folder of data and prove its health. Raises NotHealthy, SandboxError.

    `modest`: behind the version that serves, for the processors, until it takes over.
    """
    # an abstract address: no file to clean up, and out of reach from inside any sandbox
    instance = Instance(release, variables, log, f"\0softwright-{secrets.token_hex(16)}")
    log.note(f"starting {release.commit[:12]}")
    await instance.start(starter, slot, settings, listener, data, modest=modest)
    return instance, await instance.prove(settings.startup_s)


__all__ = ["Counts", "Instance", "NotHealthy", "command", "confinement", "launch"]
