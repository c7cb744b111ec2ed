"""PM plans: a request in words, or an OpenAPI file, becomes an AppSpec. Here by rules, without a model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agents.pm.contract.reader import ContractError, read_contract
from agents.pm.reader.reader import read_request
from agents.pm.reader.text import RequestError
from memory.records.spec import AppSpec


class PlanError(Exception):
    """The request cannot be planned. The message names the place and the remedy."""


@dataclass(frozen=True)
class PmInput:
    request: str
    name: str | None = None
    openapi: str | None = None
    """Text of an OpenAPI 3 document; then the request only describes it."""


async def run(input: PmInput) -> AppSpec:
    """Raises PlanError."""
    try:
        if input.openapi is not None:
            return await asyncio.to_thread(read_contract, input.openapi.encode(), request=input.request)
        return (await asyncio.to_thread(read_request, input.request, name=input.name)).spec
    except (RequestError, ContractError) as error:
        raise PlanError(str(error)) from error


__all__ = ["PlanError", "PmInput", "run"]
