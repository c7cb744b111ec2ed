"""The Python that environments are built for."""

from __future__ import annotations

import functools
import platform
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from memory.records.execution import InstallFailed, Mount

SYSTEM_FOLDERS = (Path("/usr/bin"), Path("/usr/local/bin"))


@dataclass(frozen=True)
class Interpreter:
    path: Path
    version: str
    """All of `sys.version`, so that an upgrade in place makes a new environment."""
    mounts: tuple[Mount, ...] = ()
    """What has to be bound for it to run, where it does not lie below /usr."""

    @property
    def fingerprint(self) -> str:
        libc = "-".join(platform.libc_ver())
        return f"{self.path} {self.version} {sysconfig.get_platform()} {libc}"


@functools.cache
def choose(folders: tuple[Path, ...] = SYSTEM_FOLDERS) -> Interpreter:
    """The system's Python of our own minor version, which every sandbox sees anyway, else the one that runs us.

    Blocking, about 20 ms, once per process. Raises InstallFailed where neither runs.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for folder in folders:
        version = _version(folder / name)
        if version:
            return Interpreter(folder / name, version)
    prefix = Path(sys.base_prefix).resolve()
    own = prefix / "bin" / name
    version = _version(own)
    if not version:
        raise InstallFailed(f"no {name} runs, neither in /usr/bin nor as {own}; install it: apt-get install {name}")
    below_usr = prefix.is_relative_to("/usr")
    return Interpreter(own, version, () if below_usr else (Mount(prefix, str(prefix)),))


def _version(python: Path) -> str:
    try:
        told = subprocess.run(
            [python, "-I", "-c", "import sys, ctypes, sqlite3, ssl; print(sys.version)"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return " ".join(told.stdout.split())


__all__ = ["Interpreter", "choose"]
