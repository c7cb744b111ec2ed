"""The system-call filter: what a program inside may not ask of the kernel that it shares with the host."""

from __future__ import annotations

import errno
import functools
import importlib
import stat
import tempfile
from types import ModuleType

from memory.records.execution import SandboxUnavailable

DENIED = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"),
    *("keyctl", "add_key", "request_key"),
    *("bpf", "perf_event_open", "userfaultfd", "fanotify_init", "lookup_dcookie"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick"),
    *("mount_setattr", "swapon", "swapoff", "quotactl", "acct", "syslog", "vhangup"),
    *("unshare", "setns"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    *("open_by_handle_at", "name_to_handle_at"),
    *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"),
    *("iopl", "ioperm", "modify_ldt", "uselib", "ustat", "sysfs", "_sysctl", "nfsservctl", "vm86", "vm86old"),
    *("migrate_pages", "move_pages"),
)
UNKNOWN = ("clone3", "openat2")
"""Their arguments lie in memory, where a filter cannot look: answered as if the kernel were older, so that callers
use `clone` and `openat`, which can be checked."""

CLONE_NEWUSER = 0x10000000
TIOCSTI = 0x5412
TIOCLINUX = 0x541C
MSG_FASTOPEN = 0x20000000
SOCKET_FAMILIES = (1, 2, 10, 16)
"""UNIX, INET, INET6, and NETLINK, with which the C library lists the interfaces of the (empty) network namespace."""
SET_ID = (stat.S_ISUID, stat.S_ISGID)
MODE_ARGUMENT = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "fchmodat2": 2, "creat": 1, "mknod": 1, "mknodat": 2}
MODE_ARGUMENT |= {"open": 2, "openat": 3, "mkdir": 1, "mkdirat": 2}
FLAGS_ARGUMENT = {"open": 1, "openat": 2}
CREATING = (0o100, 0o20000000)
"""O_CREAT, and O_TMPFILE without the O_DIRECTORY that goes with it."""


def _library() -> ModuleType:
    try:
        return importlib.import_module("pyseccomp")
    except (ImportError, OSError, RuntimeError) as error:
        raise SandboxUnavailable(
            f"the system-call filter cannot be built ({error}); install the library: apt-get install libseccomp2"
        ) from error


@functools.cache
def filter_program(*, connects: bool = True) -> bytes:
    """The filter as BPF, built once per process.

    `connects=False` for a program that is handed a listening socket of the host: such a socket, or one accepted from
    it, could be disconnected and then connected to any address that the host can reach.
    Raises SandboxUnavailable where libseccomp is missing.
    """
    lib = _library()
    rules = lib.SyscallFilter(defaction=lib.ALLOW)
    refuse = lib.ERRNO(errno.EPERM)
    for name in DENIED:
        _add(lib, rules, refuse, name)
    for name in UNKNOWN:
        _add(lib, rules, lib.ERRNO(errno.ENOSYS), name)
    _add(lib, rules, refuse, "clone", lib.Arg(0, lib.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER))
    for request in (TIOCSTI, TIOCLINUX):
        _add(lib, rules, refuse, "ioctl", lib.Arg(1, lib.MASKED_EQ, 0xFFFFFFFF, request))
    _limit_socket_families(lib, rules)
    _refuse_set_id(lib, rules, refuse)
    if not connects:
        _add(lib, rules, refuse, "connect")
        for name, argument in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
            _add(lib, rules, refuse, name, lib.Arg(argument, lib.MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _limit_socket_families(lib: ModuleType, rules: object) -> None:
    refuse = lib.ERRNO(errno.EAFNOSUPPORT)
    low = 0
    for family in (*SOCKET_FAMILIES, None):
        for name in ("socket", "socketpair"):
            if family is None:
                _add(lib, rules, refuse, name, lib.Arg(0, lib.GT, low - 1))
                continue
            for refused in range(low, family):
                _add(lib, rules, refuse, name, lib.Arg(0, lib.EQ, refused))
        low = low if family is None else family + 1


def _refuse_set_id(lib: ModuleType, rules: object, refuse: int) -> None:
    """No file with a set-user-ID or set-group-ID bit can be made, so none can be left behind for the host."""
    for name, argument in MODE_ARGUMENT.items():
        for bit in SET_ID:
            wanted = lib.Arg(argument, lib.MASKED_EQ, bit, bit)
            if name not in FLAGS_ARGUMENT:
                _add(lib, rules, refuse, name, wanted)
                continue
            for flag in CREATING:  # without one of them the mode is whatever stands in the register
                _add(lib, rules, refuse, name, wanted, lib.Arg(FLAGS_ARGUMENT[name], lib.MASKED_EQ, flag, flag))


def _add(lib: ModuleType, rules: object, action: int, syscall: str, *wanted: object) -> None:
    try:
        number = lib.resolve_syscall(lib.system_arch(), syscall)
    except (ValueError, RuntimeError):
        return  # this architecture has no such call
    if isinstance(number, int) and number >= 0:
        rules.add_rule(action, syscall, *wanted)  # type: ignore[attr-defined]


__all__ = ["filter_program"]
