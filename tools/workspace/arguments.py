"""What each tool takes. The same models check a call and give its schema, which each request sends: few words."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

UNSAID = ("title", "default", "additionalProperties", "minItems")


def _from_json(value: Any) -> Any:
    """Weak models write a list as a string of JSON."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _names(value: Any) -> Any:
    value = _from_json(value)
    if value is None:
        return ()
    return (value,) if isinstance(value, str) and value else value


class Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ListFiles(Arguments):
    folder: str = ""


class ReadFile(Arguments):
    path: str
    start: int = 1
    end: int | None = None


class Search(Arguments):
    pattern: str
    path: str = ""
    literal: bool = False


class Replacement(Arguments):
    old: str
    new: str


Drops = Annotated[tuple[str, ...], BeforeValidator(_names)]


class EditFile(Arguments):
    path: str
    edits: Annotated[tuple[Replacement, ...], BeforeValidator(_from_json)]
    drops: Drops = ()


class WriteFile(Arguments):
    path: str
    content: str
    drops: Drops = ()


class DeleteFile(Arguments):
    path: str


class MoveFile(Arguments):
    path: str
    to: str


class RunCommand(Arguments):
    command: str


class RunTests(Arguments):
    pass


def schema(name: str, description: str, arguments: type[Arguments]) -> dict[str, Any]:
    """A function in OpenAI's form, without what no model needs."""
    whole = arguments.model_json_schema()
    parameters = _compact(whole, whole.get("$defs", {}))
    parameters.pop("$defs", None)
    parameters.setdefault("properties", {})
    told = {"description": description} if description else {}
    return {"type": "function", "function": {"name": name, **told, "parameters": parameters}}


def _compact(node: Any, defs: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_compact(inner, defs) for inner in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _compact(defs[node["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in node:
        return _compact(next(option for option in node["anyOf"] if option.get("type") != "null"), defs)
    dropped = (*UNSAID, "description") if "properties" in node else UNSAID
    return {
        key: {name: _compact(inner, defs) for name, inner in value.items()}
        if key == "properties"
        else _compact(value, defs)
        for key, value in node.items()
        if key not in dropped
    }


__all__ = [
    "Arguments",
    "DeleteFile",
    "EditFile",
    "ListFiles",
    "MoveFile",
    "ReadFile",
    "RunCommand",
    "RunTests",
    "Search",
    "WriteFile",
    "schema",
]
