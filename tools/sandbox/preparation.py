"""What one sandboxed run needs before it starts and has to give back after it: descriptors, groups, ownership."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from memory.records.execution import WORKSPACE, Command, Confinement, Mount, SandboxError
from tools.sandbox.argv import (
    GROUP,
    HOSTS,
    PASSWD,
    WALLS,
    Descriptors,
    Entry,
    Staging,
    bound,
    limited,
    outer,
    sandbox_options,
)
from tools.sandbox.cgroups import Group, create
from tools.sandbox.ownership import Lease, uid_for
from tools.sandbox.seccomp import filter_program

STAGE = Path("/run/softwright")
"""Empty on the host; in the mount namespace of a run, sources that an unprivileged user could not reach appear here."""


@dataclass
class Preparation:
    argv: list[str]
    fds: Descriptors
    status: int
    """Our end of bubblewrap's status pipe."""
    within: Confinement
    """With all sources resolved."""
    group: Group
    lease: Lease
    limits_active: tuple[str, ...]

    @property
    def writable(self) -> tuple[Path, ...]:
        return tuple(mount.source for mount in bound(self.within) if mount.writable)

    def close_descriptors(self) -> None:
        """Of ours, once the child has its own."""
        for number in self.fds.all:
            os.close(number)

    def release(self) -> None:
        """Once everything inside is gone."""
        self.group.remove()
        self.lease.release()


def prepare(bwrap: str, command: Command, within: Confinement, *, timed: bool, inherits: bool) -> Preparation:
    """Blocking. Raises SandboxUnavailable where the filter cannot be built, SandboxError where a source is missing."""
    check_words(command, within)
    program = filter_program(connects=not inherits)
    within = resolved(within)
    root = os.geteuid() == 0
    staging = _staging(within) if root else None
    owned = [mount.source for mount in bound(within) if mount.writable or mount.target == WORKSPACE]
    lease = Lease([path for path in owned if path.is_dir()] if root else [], staging.uid if staging else 0)
    group = create(within.limits)
    try:
        status, fds = _descriptors(program)
        options = sandbox_options(command, within, fds, staging)
        os.pwrite(fds.options, b"".join(os.fsencode(word) + b"\0" for word in options), 0)
    except BaseException:
        group.remove()
        lease.release()
        raise
    return Preparation(
        argv=outer(bwrap, fds, limited(command.argv, within.limits, timed=timed), Entry(staging, group.entry_files)),
        fds=fds,
        status=status,
        within=within,
        group=group,
        lease=lease,
        limits_active=_active(within, group, timed=timed),
    )


def _descriptors(program: bytes) -> tuple[int, Descriptors]:
    """Our end of the status pipe, and what bubblewrap is handed; the options are still to be written."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    contents = {"options": b"", "seccomp": program, "passwd": PASSWD, "group": GROUP, "hosts": HOSTS}
    return reader, Descriptors(status=writer, **{name: _in_memory(name, text) for name, text in contents.items()})


def check_words(command: Command, within: Confinement) -> None:
    """Raises SandboxError for a NUL: it would end a word, and what follows would be read as an option."""
    targets = [mount.target for mount in bound(within)]
    targets += within.environment.scratch if within.environment else ()
    if any("\0" in word for word in (*command.argv, *command.env, *command.env.values(), *targets)):
        raise SandboxError("a NUL character in the command, a variable or a path")
    wrong = [name for name in command.env if not name or "=" in name]
    if wrong or not command.argv:
        raise SandboxError(f"not a name for a variable: {wrong[0]!r}" if wrong else "an empty command")


def resolved(within: Confinement) -> Confinement:
    """The same with real paths. A source in a workspace must not lead out of it by a link made inside."""
    try:
        workspace = within.workspace.resolve(strict=True)
        mounts = tuple(_resolved(mount, workspace) for mount in within.mounts)
        environment = within.environment
        if environment is not None:
            own = tuple(_resolved(mount, workspace) for mount in environment.mounts)
            environment = replace(environment, mounts=own)
    except OSError as error:
        raise SandboxError(f"cannot bind {error.filename}: {error.strerror}") from error
    if not workspace.is_dir():
        raise SandboxError(f"the workspace {workspace} is not a folder")
    return replace(within, workspace=workspace, mounts=mounts, environment=environment)


def _resolved(mount: Mount, workspace: Path) -> Mount:
    source = mount.source.resolve(strict=True)
    if mount.source.absolute().is_relative_to(workspace) and not source.is_relative_to(workspace):
        raise SandboxError(f"cannot bind {mount.source}: a link leads out of the workspace")
    return replace(mount, source=source)


def _staging(within: Confinement) -> Staging:
    STAGE.mkdir(mode=0o755, exist_ok=True)
    status = STAGE.lstat()
    if status.st_uid != 0 or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o022:
        raise SandboxError(f"{STAGE} must be a folder that only root can write to; remove it and try again")
    sources = dict.fromkeys(mount.source for mount in bound(within))
    return Staging(uid_for(within.workspace), STAGE, {source: str(n) for n, source in enumerate(sources)})


def _in_memory(name: str, content: bytes) -> int:
    number = os.memfd_create(name)
    os.pwrite(number, content, 0)
    return number


def _active(within: Confinement, group: Group, *, timed: bool) -> tuple[str, ...]:
    limits = ["rlimit:nproc", "rlimit:as", "rlimit:fsize", "rlimit:nofile", "rlimit:core"]
    times: Sequence[str] = ("rlimit:cpu", "wall-time", "output-size") if timed else ()
    network = () if within.network else ("netns",)
    return (*WALLS, *network, *limits, *times, "workspace-size", *group.names)


__all__ = ["Preparation", "prepare", "resolved"]
