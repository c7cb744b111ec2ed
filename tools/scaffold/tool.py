"""The scaffold as a LangChain tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from langchain_core.tools import StructuredTool
from pydantic import ValidationError

from memory.records.spec import AppSpec
from tools.scaffold.interface import Scaffold, ScaffoldError


def render_tool(scaffold: Scaffold, target: Path) -> StructuredTool:
    """A tool that renders into `target`, and nowhere else."""

    def render_application(
        spec: Annotated[dict[str, Any], "The application, as an AppSpec in JSON"],
        template: Annotated[str, "Id of the template"] = "rest_api",
    ) -> str:
        """Write a whole, tested application. Answers the files written, or what is wrong with the spec."""
        try:
            files = scaffold.render(AppSpec.model_validate(spec), template, target)
        except (ScaffoldError, ValidationError) as error:
            return f"not rendered: {error}"
        return "\n".join(files)

    return StructuredTool.from_function(render_application)


__all__ = ["render_tool"]
