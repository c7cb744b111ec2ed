"""Costs as a LangChain tool."""

from __future__ import annotations

import json

from langchain_core.tools import BaseTool, tool
from pydantic import ValidationError

from tools.cost.advice import Measured
from tools.cost.book import PriceBook
from tools.cost.interface import CostError, Profile
from tools.cost.report import report


def cost_tools(book: PriceBook, platform: str, measured: Measured) -> list[BaseTool]:
    """For one application: what it runs on and what was measured of it are given."""

    @tool
    def estimate_costs(vcpu: float = 0.5, memory_mb: int = 512, requests_month: int = 100_000) -> str:
        """USD a month on every platform for an application of that size; what is unknown, what could be saved."""
        try:
            profile = Profile(vcpu=vcpu, memory_mb=memory_mb, requests_month=requests_month)
            return json.dumps(report(book, platform, profile, measured))
        except (CostError, ValidationError) as error:
            return str(error)

    return [estimate_costs]


__all__ = ["cost_tools"]
