"""The operations of an OpenAPI document, with every `$ref` outside of schemas followed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tools.scaffold.contract.pointers import follow, pointer

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
JSON_TYPE = re.compile(r"application/(json|[\w.+-]+\+json)\s*(;.*)?", re.IGNORECASE)
FORM_TYPE = "application/x-www-form-urlencoded"
MULTIPART_TYPE = "multipart/form-data"
RAW_TYPE = re.compile(r"(text|image|audio|video|font)/[\w.+*-]+|application/(octet-stream|pdf|zip|gzip)", re.IGNORECASE)
"""Bodies that are one text or one file, no structure."""
WILDCARDS = {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain"}


@dataclass(frozen=True)
class Parameter:
    name: str
    place: str
    """path | query | header | cookie"""
    required: bool
    schema: Any
    style: str
    explode: bool
    json: bool
    """Its value is a JSON text (`content` instead of `schema`)."""


@dataclass(frozen=True)
class Answer:
    status: str
    """`200`, `4XX` or `default`"""
    media_type: str | None
    """None: no content declared."""
    schema: Any
    """None where it has no content, or one that is no JSON."""
    headers: dict[str, dict[str, Any]]
    other_types: tuple[str, ...] = ()
    text: Any = None
    """Schema of a content that is no JSON."""
    examples: tuple[Any, ...] = ()
    """Of the whole content, as the file gives them."""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    tag: str
    summary: str
    parameters: tuple[Parameter, ...]
    bodies: dict[str, Any]
    """Schemas of the bodies that are read, by media type: JSON before forms, forms before texts and files."""
    other_body_types: tuple[str, ...]
    body_required: bool
    answers: dict[str, Answer]
    security: tuple[tuple[str, ...], ...]
    """Alternatives, each the names of schemes that are needed together; empty: open to all."""

    @property
    def body(self) -> Any:
        """Schema of the body that is meant most; None where none is read."""
        return next(iter(self.bodies.values()), None)

    @property
    def body_types(self) -> tuple[str, ...]:
        return tuple(self.bodies)

    @property
    def where(self) -> str:
        return pointer(("paths", self.path, self.method))

    @property
    def success(self) -> Answer | None:
        """The declared answer of a success: the lowest 2xx, 2XX, a redirect, or default."""
        found = sorted(status for status in self.answers if re.fullmatch(r"2\d\d", status))
        redirects = sorted(status for status in self.answers if re.fullmatch(r"30[12378]", status))
        for status in (*found, "2XX", "2xx", *redirects, "default"):
            if status in self.answers:
                return self.answers[status]
        return None

    def path_parameters(self) -> list[str]:
        return re.findall(r"\{([^{}]+)\}", self.path)


def operations(document: dict[str, Any]) -> list[Operation]:
    """In the order of the file. Raises ContractError for a `$ref` that cannot be followed."""
    found = []
    for path, raw in (document.get("paths") or {}).items():
        item = follow(document, raw)
        if path.startswith("x-") or not isinstance(item, dict):
            continue
        for method in METHODS:
            if isinstance(item.get(method), dict):
                found.append(_operation(document, path, method, item))
    return found


def _operation(document: dict[str, Any], path: str, method: str, item: dict[str, Any]) -> Operation:
    raw = item[method]
    body = _dict(follow(document, raw.get("requestBody")))
    content = _dict(body.get("content"))
    readable = _readable(content)
    tags = [t for t in raw.get("tags") or [] if isinstance(t, str)]
    fallback = next((s for s in path.split("/") if s and "{" not in s), "root")
    security = raw.get("security", document.get("security")) or []
    alternatives = tuple(tuple(names) for names in security if isinstance(names, dict))
    return Operation(
        id=str(raw.get("operationId") or f"{method} {path}"),
        method=method,
        path=path,
        tag=tags[0] if tags else fallback,
        summary=str(raw.get("summary") or raw.get("description") or "").strip(),
        parameters=_parameters(document, item, raw, path),
        bodies={name: _dict(content[name]).get("schema", True) for name in readable},
        other_body_types=tuple(name for name in content if name not in readable),
        body_required=bool(body.get("required")),
        answers=_answers(document, _dict(raw.get("responses"))),
        security=() if () in alternatives else alternatives,
    )


def _readable(content: dict[str, Any]) -> list[str]:
    """JSON before forms, forms before what is one text or file."""
    found = [name for name in content if JSON_TYPE.fullmatch(name) or name == "*/*"]
    for wanted in (FORM_TYPE, MULTIPART_TYPE):
        found += [name for name in content if name.split(";")[0].strip().lower() == wanted]
    return found + [name for name in content if RAW_TYPE.fullmatch(name.split(";")[0].strip())]


def _parameters(
    document: dict[str, Any], item: dict[str, Any], raw: dict[str, Any], path: str
) -> tuple[Parameter, ...]:
    found: dict[tuple[str, str], Parameter] = {}
    for given in [*(item.get("parameters") or []), *(raw.get("parameters") or [])]:
        entry = _dict(follow(document, given))
        name, place = str(entry.get("name")), str(entry.get("in"))
        if place not in ("path", "query", "header", "cookie"):
            continue
        if place == "header" and name.lower() in ("accept", "content-type", "authorization"):
            continue
        content = _dict(entry.get("content"))
        style = str(entry.get("style") or ("form" if place in ("query", "cookie") else "simple"))
        found[place, name] = Parameter(
            name=name,
            place=place,
            required=bool(entry.get("required")) or place == "path",
            schema=_dict(next(iter(content.values()))).get("schema", True) if content else entry.get("schema", True),
            style=style,
            explode=bool(entry.get("explode", style == "form")),
            json=any(JSON_TYPE.fullmatch(name) for name in content),
        )
    for name in re.findall(r"\{([^{}]+)\}", path):
        found.setdefault(("path", name), Parameter(name, "path", True, {"type": "string"}, "simple", False, False))
    return tuple(found.values())


def _answers(document: dict[str, Any], responses: dict[str, Any]) -> dict[str, Answer]:
    found = {}
    for status, given in responses.items():
        if str(status).startswith("x-"):
            continue
        entry = _dict(follow(document, given))
        content = _dict(entry.get("content"))
        chosen = next((n for n in content if JSON_TYPE.fullmatch(n)), None)
        chosen = chosen or next((n for n in content if n in ("*/*", "application/*")), None)
        chosen = (
            chosen or next((n for n in content if n.lower().startswith("text/")), None) or next(iter(content), None)
        )
        media_type = None if chosen is None else WILDCARDS.get(chosen, chosen.replace("/*", "/octet-stream"))
        json = JSON_TYPE.fullmatch(media_type or "") is not None
        schema = None if chosen is None else _dict(content[chosen]).get("schema", True)
        headers = {name: _dict(follow(document, h)) for name, h in _dict(entry.get("headers")).items()}
        found[str(status)] = Answer(
            status=str(status),
            media_type=media_type,
            schema=schema if json else None,
            text=None if json else schema,
            examples=_examples(document, _dict(content.get(chosen or ""))),
            headers={n: h for n, h in headers.items() if n.lower() != "content-type"},
            other_types=tuple(n for n in content if n != chosen),
        )
    return found


def _examples(document: dict[str, Any], media: dict[str, Any]) -> tuple[Any, ...]:
    named = [_dict(follow(document, given)) for given in _dict(media.get("examples")).values()]
    found = [given["value"] for given in named if "value" in given]
    return (media["example"], *found) if "example" in media else tuple(found)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


__all__ = [
    "FORM_TYPE",
    "JSON_TYPE",
    "METHODS",
    "MULTIPART_TYPE",
    "RAW_TYPE",
    "Answer",
    "Operation",
    "Parameter",
    "operations",
]
