"""What this package fulfils and hands out; the records stand below tools/, where its siblings may use them too."""

from __future__ import annotations

from memory.records.execution import (
    WORKSPACE,
    Command,
    Completed,
    Confinement,
    Ending,
    Environment,
    EnvironmentProvider,
    Executor,
    InstallFailed,
    Limits,
    Mount,
    Running,
    SandboxError,
    SandboxUnavailable,
    Starter,
)

__all__ = [
    "WORKSPACE",
    "Command",
    "Completed",
    "Confinement",
    "Ending",
    "Environment",
    "EnvironmentProvider",
    "Executor",
    "InstallFailed",
    "Limits",
    "Mount",
    "Running",
    "SandboxError",
    "SandboxUnavailable",
    "Starter",
]
