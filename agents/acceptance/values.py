"""JSON values with `$` references in them: reading them from a line, and what a reference may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import json_repair
import yaml

REFERENCE = re.compile(r"\$(?P<name>[a-z_]\w*)(?P<path>(?:\.\w+|\[\d+\])*)(?P<shift>[+-]\d+[smhd]?)?", re.IGNORECASE)
CLOCK = frozenset({"today", "now"})
ANY = "any"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class BadValue(ValueError):
    """The message tells a model what cannot be read."""


@dataclass(frozen=True)
class Reference:
    name: str
    path: tuple[str | int, ...] = ()
    shift: int = 0
    """Days after today, or seconds after now."""


def reference(text: object) -> Reference | None:
    """The reference that the whole text is; None for any other value. Raises BadValue for one that cannot be."""
    if not isinstance(text, str) or not text.startswith("$") or not (found := REFERENCE.fullmatch(text)):
        return None
    name, path, shift = found["name"].lower(), found["path"], found["shift"]
    if name not in CLOCK | {ANY}:
        if shift:
            raise BadValue(f"{text}: only $today and $now can be shifted")
        return Reference(found["name"], _path(path))
    if path or (shift and name == ANY):
        raise BadValue(f"{text}: ${name} has no parts")
    return Reference(name, shift=_shift(name, shift) if shift else 0)


def _path(text: str) -> tuple[str | int, ...]:
    parts = re.findall(r"\w+", text)
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _shift(name: str, text: str) -> int:
    unit = text[-1].lower() if text[-1].isalpha() else ""
    count = int(text.rstrip("smhdSMHD"))
    if abs(count) > 100_000:
        raise BadValue(f"{text} is too far away")
    if name == "now":
        return count * SECONDS[unit or "s"]
    if unit not in ("", "d"):
        raise BadValue(f"$today{text}: days only")
    return count


def references(value: Any) -> Iterator[Reference]:
    """All references in a JSON value, its keys excepted."""
    if isinstance(value, dict):
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)
    elif (found := reference(value)) is not None:
        yield found


class _JsonLoader(yaml.SafeLoader):
    """Flow YAML with JSON's scalars only: `no`, `12:30` and dates stay texts. No aliases, so nothing can grow."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own form

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("bool", r"true|false|True|False", "tTfF"),
    ("null", r"null|None|~", "nN~"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
):
    _JsonLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))


def read_value(text: str) -> Any:
    """A JSON object or list; keys and references may stand without quotes. Pure. Raises BadValue."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        value = _relaxed(text)
    if not isinstance(value, dict | list):
        raise BadValue(f"{text} is no JSON")
    return value


def _relaxed(text: str) -> Any:
    with suppress(yaml.YAMLError, ValueError, TypeError, RecursionError):
        value = yaml.load(text, _JsonLoader)  # noqa: S506 - a SafeLoader
        if not _glued(value):
            return value
    try:
        return json_repair.loads(text)
    except (ValueError, RecursionError):
        return None


def _glued(value: Any) -> bool:
    """`{a:1}` is one key without a value in YAML."""
    if isinstance(value, dict):
        return any(not isinstance(k, str) or (v in (None, "") and ":" in k) or _glued(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_glued, value))


__all__ = ["ANY", "CLOCK", "REFERENCE", "BadValue", "Reference", "read_value", "reference", "references"]
