"""Running a command away from the host: what is asked, what came back, and the contract that sandboxes fulfil.

It stands here, below tools/, because sibling tools (testing, security, deploy) use a sandbox but may not import one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

WORKSPACE = "/work"
"""Where the workspace is mounted, and the working directory of every command."""
NODE_ADDRESS_BYTES = 256 << 30
"""node reserves address space by the ten gigabytes, and uses little of it."""


@dataclass(frozen=True)
class Limits:
    wall_s: float = 120.0
    cpu_s: int = 120
    memory_bytes: int = 1 << 30
    """Per process always (RLIMIT_AS); for the whole sandbox where a memory cgroup can be made."""
    address_bytes: int | None = None
    """Address space of a process where it reserves far more than it uses, as node does; its data stay within
    `memory_bytes` (RLIMIT_DATA)."""
    processes: int = 64
    cpus: float = 2.0
    """Processors at most, where a control group can be made."""
    file_bytes: int = 50 << 20
    workspace_bytes: int = 256 << 20
    workspace_files: int = 20_000
    output_bytes: int = 1 << 20
    open_files: int = 256


@dataclass(frozen=True)
class Mount:
    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Environment:
    """An installed dependency set: bound read-only into the sandbox at its own path."""

    id: str
    """Hash of lock file, interpreter and platform."""
    path: Path
    bin: Path
    """Put first on PATH."""
    mounts: tuple[Mount, ...] = ()
    """What has to be bound for it to work (the environment itself, an interpreter outside /usr)."""
    scratch: tuple[str, ...] = ()
    """Folders inside it that tools write to: empty in each run, and gone after it."""


@dataclass(frozen=True)
class Command:
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """All of the environment that the command sees, beside PATH, HOME, LANG and TMPDIR."""
    stdin: bytes = b""


@dataclass(frozen=True)
class Confinement:
    """Where and within what a command runs."""

    workspace: Path
    environment: Environment | None = None
    mounts: tuple[Mount, ...] = ()
    limits: Limits = field(default_factory=Limits)
    network: bool = False
    read_only_workspace: bool = False


class Ending(StrEnum):
    EXITED = "exited"
    """Ended by itself, with any exit code."""
    SIGNALLED = "signalled"
    WALL_TIME = "wall time"
    CPU_TIME = "cpu time"
    MEMORY = "memory"
    OUTPUT = "output size"
    WORKSPACE_SIZE = "workspace size"
    FILE_SIZE = "file size"
    PROCESSES = "number of processes"
    """A process or thread was refused, and the command failed."""
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Completed:
    exit_code: int
    """As a shell gives it: 128 + signal where a signal ended it."""
    ending: Ending
    reason: str
    """One sentence for a person: which limit was reached, with its figure; empty for EXITED."""
    stdout: bytes
    stderr: bytes
    duration_s: float
    limits_active: tuple[str, ...]
    """Names of the limits and walls that were in force, e.g. `rlimit:as`, `cgroup:memory`, `seccomp`, `netns`."""

    @property
    def ok(self) -> bool:
        return self.ending is Ending.EXITED and self.exit_code == 0


class SandboxError(Exception):
    """The sandbox could not do its work."""


class SandboxUnavailable(SandboxError):
    """A wall is missing (bwrap, a namespace, the filter): refused. The message names it and the remedy."""


class ExecutionCancelled(SandboxError):
    """The caller stopped waiting; everything that the command started is gone."""


class InstallFailed(SandboxError):
    """A dependency set could not be installed; the message names the package and the remedy."""


class Executor(Protocol):
    """Runs one command inside walls. Raises SandboxUnavailable; never falls back to the bare host."""

    async def run(self, command: Command, within: Confinement) -> Completed: ...


class Running(Protocol):
    """A long-lived command inside walls."""

    limits_active: tuple[str, ...]

    @property
    def pid(self) -> int:
        """Of the first process inside, as the host numbers it; 0 before it runs. All others are its descendants."""
        ...

    async def wait(self) -> Completed:
        """Until it has ended; stdout and stderr are empty, for they went to the output file."""
        ...

    def terminate(self) -> None:
        """SIGTERM to the command itself, so that its handler runs."""
        ...

    def kill(self) -> None:
        """SIGKILL to everything inside."""
        ...


class Starter(Protocol):
    """Starts a long-lived command inside walls, as Executor does: no time limits, the others hold."""

    async def start(
        self, command: Command, within: Confinement, *, inherit: Sequence[int], output: BinaryIO
    ) -> Running:
        """`inherit`: open file descriptors (listening sockets) that the command keeps under the same numbers."""
        ...


class EnvironmentProvider(Protocol):
    """Turns the text of a lock file (requirements format with hashes) into an installed environment, once per hash."""

    async def provide(self, lock: bytes) -> Environment: ...


class Resolver(Protocol):
    """Turns requirements into the text of a lock file, held to the versions in `pins`. Raises InstallFailed."""

    async def resolve(self, requirements: Sequence[str], pins: Mapping[str, str]) -> bytes: ...


class ScriptPackages(Protocol):
    """Installs the npm packages of a project, once per manifest and lock file. Raises InstallFailed."""

    async def provide(self, project: Path) -> Environment: ...


__all__ = [
    "NODE_ADDRESS_BYTES",
    "WORKSPACE",
    "Command",
    "Completed",
    "Confinement",
    "Ending",
    "Environment",
    "EnvironmentProvider",
    "ExecutionCancelled",
    "Executor",
    "InstallFailed",
    "Limits",
    "Mount",
    "Resolver",
    "Running",
    "SandboxError",
    "SandboxUnavailable",
    "ScriptPackages",
    "Starter",
]
