"""Looking at a deployment as LangChain tools. Deploying is none of them: it needs QA's gate, not a model's wish."""

from __future__ import annotations

from langchain_core.tools import BaseTool, tool
from pydantic import TypeAdapter

from memory.records.serving import Serving
from tools.deploy.interface import DeployError, Platform

MAX_LINES = 500


def deployment_tools(platform: Platform, deployment_id: str) -> list[BaseTool]:
    """For one deployment: a model chooses when to look, not at whose."""

    @tool
    async def deployment_status() -> str:
        """Whether the deployed application is healthy now, how fast it answers, and what is wrong if it does not."""
        try:
            serving = await platform.status(deployment_id)
        except DeployError as error:
            return str(error)
        return TypeAdapter(Serving).dump_json(serving).decode()

    @tool
    async def deployment_logs(lines: int = 100) -> str:
        """The last lines that the deployed application wrote, at most 500."""
        try:
            return await platform.logs(deployment_id, lines=min(max(lines, 1), MAX_LINES))
        except DeployError as error:
            return str(error)

    return [deployment_status, deployment_logs]


__all__ = ["deployment_tools"]
