"""A field of the spec as a line, and back: `due_date: date, required, at least today`."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from agents.pm.reader.limits import LONG, SHORT
from agents.pm.reader.names import singular_name, slug
from memory.records.spec import FieldSpec, FieldType

_TYPES = {kind.value: kind for kind in FieldType} | {
    **dict.fromkeys(("string", "str", "char", "varchar", "longtext", "uuid", "phone"), FieldType.TEXT),
    **dict.fromkeys(("int", "number of", "count", "whole number", "bigint"), FieldType.INTEGER),
    **dict.fromkeys(("float", "double", "decimal", "real"), FieldType.NUMBER),
    **dict.fromkeys(("currency", "amount", "price"), FieldType.MONEY),
    **dict.fromkeys(("bool", "boolean", "yes/no"), FieldType.FLAG),
    **dict.fromkeys(("timestamp", "date-time", "date time"), FieldType.DATETIME),
    **dict.fromkeys(("link", "uri"), FieldType.URL),
}
_NUMBERS = (FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY)
_TEXTS = (FieldType.TEXT, FieldType.EMAIL, FieldType.URL)
_LONG_WORDS = frozenset({"description", "body", "notes", "note", "content", "comment", "text", "message", "bio"})
_MODIFIER = re.compile(
    r"^(?:required|optional|nullable|not null|unique|default\b.*|(?:at least|at most|min|max|minimum|maximum)\b.*"
    r"|matches .*)$",
    re.IGNORECASE | re.DOTALL,
)
_BOUND = re.compile(
    r"^(?P<side>at least|at most|minimum|maximum|min|max)\s*[:=]?\s*(?P<value>\S+)"
    r"(?:\s+(?P<unit>characters?|chars|items?))?$",
    re.IGNORECASE,
)


class BadField(ValueError):
    """The message tells a model what is wrong with the line."""


def field_line(spec: FieldSpec) -> str:
    """What `read_field` reads. A text's usual length is left out."""
    parts = [_kind(spec)]
    parts += [word for word, wanted in (("required", spec.required), ("unique", spec.unique)) if wanted]
    if spec.default is not None:
        parts.append(f"default {json.dumps(spec.default, ensure_ascii=False)}")
    parts += [f"at least {spec.minimum}"] if spec.minimum is not None else []
    parts += [f"at most {spec.maximum}"] if spec.maximum is not None else []
    unit = "items" if spec.type is FieldType.LIST else "characters"
    parts += [f"at least {spec.min_length} {unit}"] if spec.min_length is not None else []
    if spec.max_length is not None and spec.max_length != _usual_length(spec.type, spec.name):
        parts.append(f"at most {spec.max_length} {unit}")
    parts += [f"matches {spec.pattern}"] if spec.pattern is not None else []
    return f"{spec.name}: {', '.join(parts)}"


def _kind(spec: FieldSpec) -> str:
    if spec.type is FieldType.ENUM:
        plain = all(re.fullmatch(r"[\w -]+", choice) and choice == choice.strip() for choice in spec.choices)
        return "one of " + " | ".join(c if plain else json.dumps(c, ensure_ascii=False) for c in spec.choices)
    if spec.type is FieldType.REFERENCE:
        return f"reference to {spec.target}"
    if spec.type is FieldType.LIST:
        return f"list of {spec.item.value if spec.item else 'text'}"
    return spec.type.value


def _usual_length(kind: FieldType, name: str) -> int | None:
    if kind is not FieldType.TEXT:
        return None
    return LONG if name.rpartition("_")[2] in _LONG_WORDS else SHORT


def read_field(line: str) -> FieldSpec:
    """Pure. Raises BadField."""
    name, colon, rest = line.partition(":")
    rest, _, pattern = rest.partition(", matches ")
    parts = _split(rest)
    if not slug(name) or not colon or not parts:
        raise BadField(f"field {line!r} is not of the form: name: type, required")
    count = next((i for i, part in enumerate(parts) if i and _MODIFIER.match(part)), len(parts))
    values = _typed(slug(name), parts[:count], line)
    values |= {
        "name": _name(slug(name), values["type"]),
        "label": " ".join(name.strip(" -*`").replace("_", " ").split()),
    }
    values |= {"pattern": pattern.strip()} if pattern.strip() else {}
    for part in parts[count:]:
        _modify(values, part, line)
    if values["type"] is FieldType.TEXT:
        usual = _usual_length(FieldType.TEXT, values["name"]) or SHORT
        values.setdefault("max_length", max(usual, values.get("min_length") or 0))
    try:
        return FieldSpec.model_validate(values)
    except ValidationError as error:
        raise BadField(f"field {line!r}: {error.errors()[0]['msg']}") from error


def _split(text: str) -> list[str]:
    """At commas outside of double quotes."""
    parts = re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*"|")+', text)
    return [part.strip() for part in parts if part.strip()]


def _name(name: str, kind: FieldType) -> str:
    return f"{name}_id" if kind is FieldType.REFERENCE and not name.endswith("_id") else name


def _typed(name: str, parts: list[str], line: str) -> dict[str, Any]:
    text = ", ".join(parts)
    low = text.lower()
    if found := re.match(r"(?:one of|enum(?: of)?|choices?)\b[\s:(\[]*(.+?)[)\]]*$", text, re.IGNORECASE | re.DOTALL):
        return {"type": FieldType.ENUM, "choices": tuple(_choices(found[1]))}
    if found := re.match(r"(?:reference(?: to)?|ref(?: to)?|foreign key(?: to)?|fk)\s+(\w+)$", low):
        return {"type": FieldType.REFERENCE, "target": singular_name(slug(found[1]))}
    if found := re.match(r"(?:list|array)(?: of|\[)\s*(\w+?)s?\]?$", low):
        return {"type": FieldType.LIST, "item": _TYPES.get(found[1], FieldType.TEXT)}
    if low in ("reference", "foreign key") and name.endswith("_id"):
        return {"type": FieldType.REFERENCE, "target": singular_name(name.removesuffix("_id"))}
    kind = _TYPES.get(low)
    if kind is None or kind in (FieldType.ENUM, FieldType.REFERENCE, FieldType.LIST):
        known = ", ".join(k.value for k in FieldType if k not in (FieldType.ENUM, FieldType.REFERENCE, FieldType.LIST))
        raise BadField(
            f"field {line!r}: {text!r} is no type; types: {known}, one of a | b, reference to x, list of text"
        )
    return {"type": kind}


def _choices(text: str) -> list[str]:
    separator = r"\|" if re.search(r'^(?:[^"|]|"(?:[^"\\]|\\.)*")*\|', text) else r",|/|\bor\b"
    parts = re.findall(rf'"(?:[^"\\]|\\.)*"|(?:(?!{separator})[^"])+', text)
    choices = [json.loads(part) if part.startswith('"') else part.strip(" '`") for part in parts]
    return list(dict.fromkeys(choice for choice in choices if choice))


def _modify(values: dict[str, Any], part: str, line: str) -> None:
    low = part.lower()
    if low in ("required", "not null"):
        values["required"] = True
    elif low == "unique":
        values["unique"] = True
    elif low.startswith("default"):
        values["default"] = _default(part[len("default") :].strip(" :="), values, line)
    elif bound := _BOUND.match(part):
        _bound(values, bound, line)
    elif low.startswith("matches "):
        values["pattern"] = part[len("matches ") :].strip()
    elif low not in ("optional", "nullable"):
        raise BadField(f"field {line!r}: {part!r} is not understood")


def _default(text: str, values: dict[str, Any], line: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = text.strip("'\"`")
    kind = values["type"]
    if kind is FieldType.FLAG and isinstance(value, str):
        value = {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)
    fits = (
        isinstance(value, bool)
        if kind is FieldType.FLAG
        else isinstance(value, int | float) and not isinstance(value, bool)
        if kind in _NUMBERS
        else isinstance(value, str)
    )
    if value is None or text.lower() in ("null", "none"):
        return None
    if kind is FieldType.ENUM and value not in values["choices"]:
        fits = False
    if not fits:
        raise BadField(f"field {line!r}: the default {text} does not fit its type")
    return value


def _bound(values: dict[str, Any], found: re.Match[str], line: str) -> None:
    low = found["side"].lower() in ("at least", "minimum", "min")
    text, kind = found["value"], values["type"]
    if found["unit"] or kind in (*_TEXTS, FieldType.LIST):
        if not re.fullmatch(r"\d{1,6}", text):
            raise BadField(f"field {line!r}: {text} is no length")
        values["min_length" if low else "max_length"] = int(text)
        return
    if kind in (FieldType.DATE, FieldType.DATETIME):
        values["minimum" if low else "maximum"] = text
        return
    try:
        values["minimum" if low else "maximum"] = Decimal(text)
    except InvalidOperation as error:
        raise BadField(f"field {line!r}: {text} is no number") from error


__all__ = ["BadField", "field_line", "read_field"]
