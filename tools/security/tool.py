"""The scanners as LangChain tools."""

from __future__ import annotations

from pathlib import Path

from langchain_core.tools import BaseTool, StructuredTool

from memory.records.manifest import Manifest
from tools.security.interface import Scanner


def scan_tool(scanner: Scanner, project: Path, manifest: Manifest) -> BaseTool:
    """A tool without arguments, named `scan_` and the scanner's check."""

    async def scan() -> str:
        return (await scanner.scan(project, manifest)).model_dump_json()

    return StructuredTool.from_function(
        coroutine=scan,
        name=f"scan_{scanner.name}",
        description=f"Scan the project for {scanner.name}. Gives outcome, findings and what was left out.",
    )


__all__ = ["scan_tool"]
