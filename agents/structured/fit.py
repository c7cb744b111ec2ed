"""A value brought into a record's shape: names nearly right, types that convert."""

from __future__ import annotations

import difflib
import re
import types
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

NEAR = 0.8
_BULLET = re.compile(r"^\s*[-*•]\s+")
_TRUE, _FALSE = {"true", "yes", "y", "on", "1"}, {"false", "no", "n", "off", "0", "none", "null", ""}


def fit(value: Any, model: type[BaseModel]) -> Any:
    """What pydantic is given. Pure; never raises, and leaves alone what it cannot improve.

    A key that is no field of the record goes to the field with nearly its name, or is dropped.
    """
    return _record(_unwrapped(value, model), model)


def _unwrapped(value: Any, model: type[BaseModel]) -> Any:
    """`{"plan": {...}}` and `[{...}]` mean what is inside."""
    while True:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict) and len(value) == 1:
            key, inner = next(iter(value.items()))
            if not isinstance(inner, dict) or _field_of(str(key), model, set()) is not None:
                return value
            value = inner
        else:
            return value


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _field_of(key: str, model: type[BaseModel], taken: set[str]) -> str | None:
    fields = [name for name in model.model_fields if name not in taken]
    if key in fields:
        return key
    plain = {_plain(name): name for name in fields}
    if _plain(key) in plain:
        return plain[_plain(key)]
    near = difflib.get_close_matches(_plain(key), plain, n=2, cutoff=NEAR)
    return plain[near[0]] if near else None


def _record(value: Any, model: type[BaseModel]) -> Any:
    if not isinstance(value, dict):
        return value
    exact = {key: key for key in value if key in model.model_fields}
    names: dict[str, str] = dict(exact)
    for key in value:
        if key not in names and (name := _field_of(str(key), model, set(names.values()))) is not None:
            names[key] = name
    return {
        name: _fitted(value[key], model.model_fields[name].annotation)
        for key, name in names.items()
        if not (value[key] is None and not _takes_none(model.model_fields[name].annotation))
    }


def _takes_none(annotation: Any) -> bool:
    return annotation is Any or type(None) in get_args(annotation)


def _fitted(value: Any, annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        if value is None or len(inner) != 1:
            return value
        return _fitted(value, inner[0])
    if origin in (list, tuple):
        item = next(iter(get_args(annotation)), Any)
        return [_fitted(part, item) for part in _listed(value, item) if part is not None]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _record(_unwrapped(value, annotation), annotation)
    return _scalar(value, annotation)


def _listed(value: Any, item: Any) -> list[Any]:
    """`{"a": "x"}` for a list of texts is `["a: x"]`; anything single is a list of one."""
    if isinstance(value, list | tuple):
        return list(value)
    if value is None or value == "":
        return []
    if isinstance(value, dict) and item is str:
        return [f"{key}: {part}" for key, part in value.items()]
    if isinstance(value, dict) and isinstance(item, type) and issubclass(item, BaseModel):
        return _named(value, item)
    if isinstance(value, str) and item is str:
        return [_BULLET.sub("", line).strip() for line in value.splitlines() if line.strip()]
    return [value]


def _named(value: dict[Any, Any], item: type[BaseModel]) -> list[Any]:
    """`{"book": {...}}` for a list of records with a name is `[{"name": "book", ...}]`."""
    inner = list(value.values())
    if "name" in item.model_fields and inner and all(isinstance(part, dict) for part in inner):
        return [{"name": str(key), **part} for key, part in value.items()]
    return [value]


def _scalar(value: Any, annotation: Any) -> Any:
    if annotation is str and isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if annotation is bool and isinstance(value, str):
        low = value.strip().lower()
        return low in _TRUE if low in _TRUE | _FALSE else value
    if annotation is int and isinstance(value, str) and (found := re.fullmatch(r"\s*([+-]?\d{1,18})\b.*", value)):
        return int(found[1])
    return value


__all__ = ["fit"]
