"""The interpreter that we run on, as an environment that a sandbox can use for scanners."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from memory.records.execution import Environment, Mount

SCANNER_HOME = Path("/opt/softwright-scanners")
"""Not its own path: that could lie below the sandbox's workspace."""
OUR_CODE = Path("/opt/softwright-code")
ROOT = Path(__file__).resolve().parents[2]


def running_environment() -> Environment:
    """Our virtual environment (its base interpreter, where it lies outside /usr), read-only."""
    base, prefix = Path(sys.base_prefix), Path(sys.prefix).resolve()
    outside = not base.is_relative_to("/usr")
    mounts = (Mount(prefix, str(SCANNER_HOME)), *((Mount(base.resolve(), str(base)),) if outside else ()))
    version = ".".join(map(str, sys.version_info[:3]))
    return Environment(id=f"running-{version}", path=SCANNER_HOME, bin=SCANNER_HOME / "bin", mounts=mounts)


def with_our_code(environment: Environment) -> Environment:
    """The same with the engines' own code beside it, for a driver that imports it."""
    ours = tuple(Mount(ROOT / name, str(OUR_CODE / name)) for name in ("tools", "memory"))
    return replace(environment, mounts=(*environment.mounts, *ours))


def driver_argv(environment: Environment, module: str, *arguments: str) -> tuple[str, ...]:
    """Isolated (-I), so that a `json.py` of the project is not imported."""
    start = (
        f"import sys, runpy; sys.path.insert(0, {str(OUR_CODE)!r}); runpy.run_module({module!r}, run_name='__main__')"
    )
    return (str(environment.bin / "python"), "-I", "-c", start, *arguments)


__all__ = ["OUR_CODE", "SCANNER_HOME", "driver_argv", "running_environment", "with_our_code"]
