"""The profiler as a LangChain tool."""

from __future__ import annotations

from pathlib import Path

from langchain_core.tools import BaseTool, tool

from memory.records.execution import Environment
from memory.records.manifest import Manifest
from tools.profiler.profiler import Profiler


def profile_tool(profiler: Profiler, project: Path, manifest: Manifest, environment: Environment) -> BaseTool:
    """A tool without arguments: a model chooses when to measure, not what or where."""

    @tool
    async def profile() -> str:
        """Measure the application under a short load. Gives operations, queries, loops, blocking calls by line."""
        report = await profiler.measure(project, manifest, environment)
        return report.model_dump_json(include={"outcome", "summary", "score", "findings", "operations"})

    return profile


__all__ = ["profile_tool"]
