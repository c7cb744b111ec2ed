"""Lists in pages: `?limit=&cursor=` and `{"items": [...], "next": cursor or null}`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from memory.store import Position, Row
from server.parts import Text
from server.problems import Problem

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]


class Place(BaseModel):
    """What a cursor says: the last row of the page before."""

    at: AwareDatetime
    id: Text


def position(cursor: str | None) -> Position | None:
    """The place that a cursor names. Raises Problem 422."""
    if cursor is None:
        return None
    try:
        place = Place.model_validate_json(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise Problem(422, "cursor: it is none of this list; ask without one for the first page") from error
    return place.at, place.id


def cursor_after(row: Row) -> str:
    place = Place(at=row["created_at"], id=row["id"])
    return base64.urlsafe_b64encode(place.model_dump_json().encode()).decode()


def cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """Rows of a page out of `limit + 1` that were asked for, and the next page's cursor."""
    return rows[:limit], cursor_after(rows[limit - 1]) if len(rows) > limit else None


def page(items: Sequence[Any], following: str | None) -> dict[str, Any]:
    return {"items": list(items), "next": following}


__all__ = ["Cursor", "Limit", "cut", "page", "position"]
