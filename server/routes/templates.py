"""Templates that a project can be built on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from server.pages import page
from server.parts import signed_in
from server.problems import Problem, documented
from tools.scaffold.catalogue import CATALOGUE, find_template
from tools.scaffold.interface import UnknownTemplate

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["templates"])
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


@router.get("/templates", responses=documented(401))
async def list_templates() -> dict[str, Any]:
    return page([asdict(template) for template in CATALOGUE], None)


@router.get("/templates/{template_id}", responses=documented(401, 404))
async def read_template(template_id: Name) -> dict[str, Any]:
    try:
        return asdict(find_template(template_id))
    except UnknownTemplate as error:
        raise Problem(404, str(error)) from error


__all__ = ["router"]
