"""The suite runner as a LangChain tool."""

from __future__ import annotations

from pathlib import Path

from langchain_core.tools import BaseTool, tool

from memory.records.manifest import Manifest
from tools.testing.interface import SuiteRunner


def run_tests_tool(runner: SuiteRunner, project: Path, manifest: Manifest) -> BaseTool:
    """A tool without arguments: a model chooses when to test, not what or where."""

    @tool
    async def run_tests() -> str:
        """Run the project's test suite with coverage. Gives outcome, counts, failing tests and uncovered lines."""
        return (await runner.run(project, manifest)).model_dump_json()

    return run_tests


__all__ = ["run_tests_tool"]
