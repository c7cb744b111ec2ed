"""The interpreter that we run on, as an environment that a sandbox can use for scanners."""

from __future__ import annotations

import sys
from pathlib import Path

from memory.records.execution import Environment, Mount

SCANNER_HOME = Path("/opt/softwright-scanners")
"""Not its own path: that could lie below the sandbox's workspace."""


def running_environment() -> Environment:
    """Our virtual environment (its base interpreter, where it lies outside /usr), read-only."""
    base, prefix = Path(sys.base_prefix), Path(sys.prefix).resolve()
    outside = not base.is_relative_to("/usr")
    mounts = (Mount(prefix, str(SCANNER_HOME)), *((Mount(base.resolve(), str(base)),) if outside else ()))
    version = ".".join(map(str, sys.version_info[:3]))
    return Environment(id=f"running-{version}", path=SCANNER_HOME, bin=SCANNER_HOME / "bin", mounts=mounts)


__all__ = ["SCANNER_HOME", "running_environment"]
