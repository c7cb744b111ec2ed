"""Whether this machine can build the walls, and what to do where it cannot."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from memory.records.execution import SandboxUnavailable
from tools.sandbox.seccomp import filter_program

OLDEST = (0, 8, 0)
"""The first release with --disable-userns."""
INSTALL = "apt-get install bubblewrap"
SYSCTL = Path("/proc/sys")
APPARMOR = "kernel/apparmor_restrict_unprivileged_userns"
CLONE = "kernel/unprivileged_userns_clone"
MAXIMUM = "user/max_user_namespaces"
NAMESPACE_SIGNS = re.compile(
    r"No permissions to create|namespace|uid map|gid map|Operation not permitted|Permission denied|No space left", re.I
)


def find_bwrap(path: str | None = None) -> str:
    """Where bubblewrap is. Raises SandboxUnavailable where it is missing or too old. Blocking, about 3 ms."""
    found = shutil.which("bwrap", path=path)
    if found is None:
        raise SandboxUnavailable(f"bubblewrap is not installed, and nothing is run without it; install it: {INSTALL}")
    try:
        told = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxUnavailable(f"{found} does not run ({error}); install it again: {INSTALL}") from error
    numbers = tuple(int(n) for n in re.findall(r"\d+", told)[:3])
    if numbers < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise SandboxUnavailable(f"{told.strip()} is too old, {wanted} or later is needed: {INSTALL}")
    return found


def find_walls(path: str | None = None) -> str:
    """bubblewrap, with the filter and the limiter present too. Raises SandboxUnavailable."""
    filter_program()
    if shutil.which("prlimit", path="/usr/bin") is None:
        raise SandboxUnavailable("/usr/bin/prlimit is missing; install it: apt-get install util-linux")
    return find_bwrap(path)


def explain(message: str, *, sysctl: Path = SYSCTL) -> str:
    """What kept the walls from being built, from bubblewrap's message and the kernel's settings, and the remedy."""
    said = message.splitlines()[-1] if message else "no message"
    if not NAMESPACE_SIGNS.search(message):
        return f"the sandbox could not be built: {said}"
    for setting, bad, remedy in (
        (APPARMOR, "1", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for bwrap"),
        (CLONE, "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        (MAXIMUM, "0", "sysctl -w user.max_user_namespaces=15000"),
    ):
        if _value(sysctl / setting) == bad:
            name = setting.replace("/", ".")
            return f"user namespaces are off here ({name}={bad}; bubblewrap: {said}); as root: {remedy}"
    return (
        f"a namespace could not be made ({said}); inside a container, it has to be started with the right to make user "
        "namespaces (docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined)"
    )


def _value(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


__all__ = ["explain", "find_bwrap", "find_walls"]
