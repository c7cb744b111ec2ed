"""Accounts at platforms: which are set up; set, removed, never shown. They are the whole installation's."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import AfterValidator, Field, RootModel

from server.parts import PartsDep, Text, administrator, signed_in
from server.problems import Problem, documented
from tools.deploy.remote.accounts import ACCOUNTS, Accounts

router = APIRouter(prefix="/api/platforms", dependencies=[Depends(signed_in)], tags=["platforms"])
ADMINISTRATORS = [Depends(administrator)]
Name = Annotated[str, Path(pattern=r"^[a-z]{2,20}$")]


def _one_line(value: str) -> str:
    if any(character.isspace() for character in value):
        raise ValueError("it has spaces or line breaks in it; copy it again")
    return value


Value = Annotated[Text, Field(max_length=4096), AfterValidator(_one_line)]


class Account(RootModel[Annotated[dict[str, Value], Field(max_length=10)]]):
    """Parts by name; an empty one is removed, what is not named stays."""


@router.get("", responses=documented(401))
async def accounts(parts: PartsDep) -> dict[str, Any]:
    """All that can be set up, with what each needs. Values of secrets are not told."""
    kept = Accounts(parts.secrets)
    return {"items": await asyncio.to_thread(lambda: [kept.shown(name) for name in ACCOUNTS]), "next": None}


@router.put("/{name}/account", dependencies=ADMINISTRATORS, responses=documented(400, 401, 403, 404, 413, 422))
async def set_account(name: Name, body: Account, parts: PartsDep) -> dict[str, Any]:
    kept = Accounts(parts.secrets)
    try:
        await asyncio.to_thread(kept.save, _known(name), body.root)
    except ValueError as error:
        raise Problem(422, str(error)) from error
    return await asyncio.to_thread(kept.shown, name)


@router.delete("/{name}/account", dependencies=ADMINISTRATORS, responses=documented(401, 403, 404))
async def remove_account(name: Name, parts: PartsDep) -> dict[str, Any]:
    """What runs there runs on; from here it cannot be reached any more."""
    kept = Accounts(parts.secrets)
    await asyncio.to_thread(kept.remove, _known(name))
    return await asyncio.to_thread(kept.shown, name)


def _known(name: str) -> str:
    if name not in ACCOUNTS:
        raise Problem(404, f"there is no such platform; known are {', '.join(ACCOUNTS)}")
    return name


__all__ = ["router"]
