"""What a model fills in: small, flat, mostly lines of text."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, field_validator


class DraftResource(BaseModel):
    name: str
    fields: list[str] = []
    rules: list[str] = []

    @field_validator("fields", mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        """Weak models write a field as an object."""
        return [_line(part) for part in value] if isinstance(value, list) else value


def _line(part: Any) -> Any:
    if not isinstance(part, dict) or "name" not in part:
        return part
    kind = part.get("type", "text")
    flags = [key for key, value in part.items() if value is True and key not in ("name", "type")]
    default = part.get("default")
    return f"{part['name']}: {', '.join([str(kind), *flags])}" + (f", default {default}" if default is not None else "")


class DraftCheck(BaseModel):
    title: str
    steps: list[str] = []


class DraftTask(BaseModel):
    title: str
    detail: str = ""
    covers: list[str] = []
    given: list[str] = []
    checks: list[DraftCheck] = []


class DraftQuestion(BaseModel):
    text: str
    options: list[str] = []
    default: str = ""


class DraftMissing(BaseModel):
    text: str
    reason: str = ""


class DraftPlan(BaseModel):
    title: str | None = None
    accounts: bool | None = None
    resources: list[DraftResource] | None = None
    """Left out: those of the rules' draft are right."""
    page_size: int | None = None
    tasks: list[DraftTask] = []
    assumptions: list[str] = []
    questions: list[DraftQuestion] = []
    not_understood: list[DraftMissing] = []


class DraftChange(DraftPlan):
    """Of an application that exists: what is left out stays as it is."""

    renames: list[str] = []
    removes: list[str] = []
    touches: list[str] = []
    contradicts: list[str] = []
    alters: list[str] = []


__all__ = ["DraftChange", "DraftCheck", "DraftMissing", "DraftPlan", "DraftQuestion", "DraftResource", "DraftTask"]
