from __future__ import annotations

from pathlib import Path

from memory.records.execution import Command, Completed, Confinement, Ending, SandboxUnavailable
from tools.sandbox.tool import run_command_tool


class Scripted:
    """An Executor that tells what it was asked."""

    def __init__(self, answer: Completed | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[Command, Confinement]] = []

    async def run(self, command: Command, within: Confinement) -> Completed:
        self.asked.append((command, within))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


WITHIN = Confinement(Path("/srv/ws"))


async def test_the_agent_reads_code_reason_and_output():
    executor = Scripted(Completed(137, Ending.WALL_TIME, "still running after 1 s", b"out\xff", b"", 1.0, ()))
    told = await run_command_tool(executor, WITHIN).ainvoke({"command": "echo 'a b'"})
    assert executor.asked == [(Command(("sh", "-c", "echo 'a b'")), WITHIN)]
    assert told.splitlines()[1:] == ["exit code 137 (wall time)", "still running after 1 s", "stdout:", "out\ufffd"]


async def test_long_output_is_shortened():
    executor = Scripted(Completed(0, Ending.EXITED, "", b"a" * 50_000 + b"end", b"", 1.0, ()))
    told = await run_command_tool(executor, WITHIN).ainvoke({"command": "x"})
    assert len(told) < 9_000
    assert told.endswith("end")


async def test_a_missing_wall_is_told_and_not_raised():
    tool = run_command_tool(Scripted(SandboxUnavailable("bubblewrap is not installed")), WITHIN)
    assert await tool.ainvoke({"command": "x"}) == "not run: bubblewrap is not installed"
