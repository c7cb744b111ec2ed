"""Impact analysis as a LangChain tool."""

from __future__ import annotations

import json

from langchain_core.tools import BaseTool, tool

from tools.iterator.interface import ImpactAnalyser, IteratorError, Source


def impact_tool(analyser: ImpactAnalyser, source: Source) -> BaseTool:
    @tool
    async def find_impact(request: str) -> str:
        """Files and symbols that a change described in words will probably touch, with reasons, tests and risk."""
        try:
            impact = await analyser.analyse(source, request)
        except IteratorError as error:
            return json.dumps({"error": str(error)})
        return impact.model_dump_json()

    return find_impact


__all__ = ["impact_tool"]
