"""The command lines of a sandboxed run, as pure functions: nothing is executed or looked up here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memory.records.execution import WORKSPACE, Command, Confinement, Limits, Mount

SYSTEM_PATH = "/usr/bin:/bin"
SCRATCH = "/tmp"  # noqa: S108
SCRATCH_BYTES = 64 << 20
SANDBOX_ID = "65534"
PASSWD = b"sandbox:x:65534:65534:sandbox:/tmp:/usr/sbin/nologin\n"
GROUP = b"sandbox:x:65534:\n"
HOSTS = b"127.0.0.1 localhost sandbox\n::1 localhost\n"
NETWORK_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl", "/etc/ca-certificates")
LINKS = (("usr/bin", "/bin"), ("usr/sbin", "/sbin"), ("usr/lib", "/lib"), ("usr/lib64", "/lib64"))
WALLS = ("userns", "pidns", "mountns", "ipcns", "utsns", "cgroupns", "seccomp", "no-new-privs", "read-only-system")

STAGE_SCRIPT = """set -eu
umask 022
while [ "$1" != -- ]; do echo $$ > "$1"; shift; done
shift
if [ "$1" != -- ]; then
  stage=$1; shift
  mount -n -t tmpfs -o mode=0755,size=1m,nosuid,nodev softwright "$stage"
  while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir "$stage/$2"; else : > "$stage/$2"; fi
    mount -n --bind -- "$1" "$stage/$2"
    shift 2
  done
fi
shift
exec "$@"
"""
"""Arguments: files to write the own process id to, `--`, a folder and pairs of source and name, `--`, the command."""


@dataclass(frozen=True)
class Descriptors:
    """Numbers of the open files that bubblewrap is handed."""

    options: int
    seccomp: int
    status: int
    passwd: int
    group: int
    hosts: int

    @property
    def all(self) -> tuple[int, ...]:
        return (self.options, self.seccomp, self.status, self.passwd, self.group, self.hosts)


@dataclass(frozen=True)
class Staging:
    """How root hands over to an unprivileged user, who could not reach sources below a private folder."""

    uid: int
    folder: Path
    names: Mapping[Path, str]
    """Source → its name in `folder` within the mount namespace made for this run."""

    def place(self, source: Path) -> Path:
        return self.folder / self.names[source]


def bound(within: Confinement) -> tuple[Mount, ...]:
    """Everything of the host that is bound beside the system: the workspace first."""
    environment = within.environment.mounts if within.environment else ()
    workspace = Mount(within.workspace, WORKSPACE, writable=not within.read_only_workspace)
    return (workspace, *environment, *within.mounts)


def sandbox_options(command: Command, within: Confinement, fds: Descriptors, staging: Staging | None) -> list[str]:
    """Options of bubblewrap, in their order: later mounts lie over earlier ones."""
    options = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup"]
    options += [] if within.network else ["--unshare-net"]
    options += ["--disable-userns", "--uid", SANDBOX_ID, "--gid", SANDBOX_ID, "--hostname", "sandbox"]
    options += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    options += ["--seccomp", str(fds.seccomp), "--json-status-fd", str(fds.status)]
    options += ["--clearenv", *_variables(command, within)]
    options += _system(within.network, fds)
    for mount in bound(within):
        source = staging.place(mount.source) if staging else mount.source
        options += ["--bind" if mount.writable else "--ro-bind", str(source), mount.target]
    for folder in within.environment.scratch if within.environment else ():
        options += ["--size", str(SCRATCH_BYTES), "--tmpfs", folder]
    return [*options, "--chdir", WORKSPACE, "--remount-ro", "/dev", "--remount-ro", "/"]


def _variables(command: Command, within: Confinement) -> list[str]:
    path = f"{within.environment.bin}:{SYSTEM_PATH}" if within.environment else SYSTEM_PATH
    variables = {"PATH": path, "HOME": SCRATCH, "TMPDIR": SCRATCH, "LANG": "C.UTF-8", **command.env}
    return [word for name, value in variables.items() for word in ("--setenv", name, value)]


def _system(network: bool, fds: Descriptors) -> list[str]:
    options = ["--ro-bind", "/usr", "/usr"]
    for target, link in LINKS:
        options += ["--symlink", target, link]
    for path in ("/etc/ld.so.cache", "/etc/alternatives"):
        options += ["--ro-bind-try", path, path]
    options += ["--ro-bind-data", str(fds.passwd), "/etc/passwd", "--ro-bind-data", str(fds.group), "/etc/group"]
    if network:
        for path in NETWORK_FILES:
            options += ["--ro-bind-try", path, path]
    else:
        options += ["--ro-bind-data", str(fds.hosts), "/etc/hosts"]
    options += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    for folder in (SCRATCH, "/dev/shm"):  # noqa: S108
        options += ["--size", str(SCRATCH_BYTES), "--tmpfs", folder]
    return options


def limited(argv: Sequence[str], limits: Limits, *, timed: bool) -> list[str]:
    """The command under its resource limits, to run inside.

    Set inside, the number of processes is counted in the sandbox's own user namespace (since Linux 5.14) and not
    together with all that the host's user runs.
    """
    options = [f"--nproc={limits.processes}", f"--as={limits.address_bytes or limits.memory_bytes}"]
    options += [f"--data={limits.memory_bytes}"] if limits.address_bytes else []
    options += [f"--fsize={limits.file_bytes}"]
    options += [f"--nofile={limits.open_files}", "--core=0"]
    if timed:
        options.append(f"--cpu={limits.cpu_s}:{limits.cpu_s + 1}")
    return ["/usr/bin/prlimit", *options, "--", *argv]


def outer(bwrap: str, fds: Descriptors, inner: Sequence[str], entry: Entry) -> list[str]:
    """The whole command line as the host starts it."""
    argv = [bwrap, "--args", str(fds.options), "--", *inner]
    if entry.staging is None and not entry.cgroup_files:
        return argv
    staged: list[str] = []
    if entry.staging is not None:
        uid = str(entry.staging.uid)
        drop = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs", "--inh-caps=-all"]
        argv = [*drop, "--", *argv]
        pairs = [word for source, name in entry.staging.names.items() for word in (str(source), name)]
        staged = [str(entry.staging.folder), *pairs]
    script = ["/bin/sh", "-c", STAGE_SCRIPT, "softwright", *map(str, entry.cgroup_files), "--", *staged, "--", *argv]
    return script if entry.staging is None else ["unshare", "--mount", "--propagation", "private", "--", *script]


@dataclass(frozen=True)
class Entry:
    """What stands between us and bubblewrap."""

    staging: Staging | None = None
    cgroup_files: tuple[Path, ...] = ()


__all__ = ["Descriptors", "Entry", "Staging", "bound", "limited", "outer", "sandbox_options"]
