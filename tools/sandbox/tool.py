"""The sandbox as a LangChain tool, for an agent that wants a command run."""

from __future__ import annotations

import shlex

from langchain_core.tools import BaseTool, tool

from memory.records.execution import Command, Completed, Confinement, Executor, SandboxError

SHOWN = 8_000
"""Characters of each stream that the agent sees."""


def run_command_tool(executor: Executor, within: Confinement) -> BaseTool:
    """A tool `run_command(command)` whose commands run in `within`. It tells errors as text and never raises them."""

    @tool
    async def run_command(command: str) -> str:
        """Runs a shell command in the project's folder, in a sandbox without network.

        Args:
            command: what to run, as for `sh -c`.
        """
        try:
            completed = await executor.run(Command(("sh", "-c", command)), within)
        except SandboxError as error:
            return f"not run: {error}"
        return describe(command, completed)

    return run_command


def describe(command: str, completed: Completed) -> str:
    """Exit code, reason and output, for a reader of text."""
    parts = [f"$ {shlex.join(['sh', '-c', command])}", f"exit code {completed.exit_code} ({completed.ending})"]
    if completed.reason:
        parts.append(completed.reason)
    for name, data in (("stdout", completed.stdout), ("stderr", completed.stderr)):
        text = data.decode(errors="replace")
        if text:
            shown = text if len(text) <= SHOWN else f"{text[: SHOWN // 2]}\n[...]\n{text[-SHOWN // 2 :]}"
            parts.append(f"{name}:\n{shown}")
    return "\n".join(parts)


__all__ = ["describe", "run_command_tool"]
