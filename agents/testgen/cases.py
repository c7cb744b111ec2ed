"""Test cases from an OpenAPI document: what it promises of each operation, and what it must refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.profiler.inside.samples import Samples

METHODS = ("get", "post", "put", "patch", "delete")
PARAMETER = re.compile(r"\{([^}]+)\}")
LEFT_OUT = re.compile(r"^/(docs|redoc|openapi\.json|metrics|health)")
JSON = "application/json"
UNKNOWN = {"integer": 987_654, "string": "00000000-0000-4000-8000-00000000dead"}
DEEPEST = 4
REFUSED = ("400", "409", "422")


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    """With {name} where an earlier answer's id goes."""
    body: Any = None
    """Values "{name}" are ids of earlier answers."""


@dataclass(frozen=True)
class Case:
    name: str
    """Of the test function, without `test_`."""
    calls: tuple[tuple[str, Call], ...]
    """Name to keep the id under → what has to be there first."""
    asked: Call
    statuses: tuple[int, ...]
    """What the document promises."""
    echoed: tuple[str, ...] = ()
    """Fields that come back as they were sent."""


@dataclass
class Reading:
    cases: list[Case] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """`operation: why`"""


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    described: Mapping[str, Any]

    @property
    def collection(self) -> str:
        words = [part for part in self.path.split("/") if part and "{" not in part]
        return words[-1] if words else "root"

    @property
    def statuses(self) -> list[str]:
        return [str(status) for status in self.described.get("responses", {})]


class CaseReader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._samples = Samples(document)
        self._operations = [
            Operation(method.upper(), path, described)
            for path, item in document.get("paths", {}).items()
            for method, described in item.items()
            if method in METHODS and not LEFT_OUT.match(path)
        ]
        self._makers = {
            o.collection: o for o in self._operations if o.method == "POST" and not PARAMETER.search(o.path)
        }
        self._number = 0

    def read(self) -> Reading:
        found = Reading()
        for operation in self._operations:
            made = list(self._of(operation))
            found.cases += made
            if not made:
                found.left_out.append(f"{operation.method} {operation.path}: the document does not say enough")
        return found

    def _of(self, operation: Operation) -> Iterator[Case]:
        stem = _word(f"{operation.method.lower()}_{operation.path}")
        before = self._before(operation)
        if before is None:
            return
        calls, path = before
        good = tuple(int(s) for s in operation.statuses if s.startswith("2"))
        schema = self._schema(operation)
        if good:
            bodies = [("", False)] if schema is None else [("", False), ("_with_all_fields", True)]
            for suffix, whole in bodies:
                body, more = self._body(schema, whole=whole, depth=0)
                echoed = self._echoed(operation, body)
                yield Case(f"{stem}{suffix}", (*calls, *more), Call(operation.method, path, body), good, echoed)
        if schema is not None:
            yield from self._refused(operation, stem, calls, path, schema)
        if PARAMETER.search(operation.path) and "404" in operation.statuses:
            body, more = self._body(schema, whole=False, depth=0)
            yield Case(f"{stem}_unknown", tuple(more), Call(operation.method, self._unknown(operation), body), (404,))

    def _before(self, operation: Operation) -> tuple[list[tuple[str, Call]], str] | None:
        """Rows that the path names, and the path with their ids. None where nobody knows how to make them."""
        calls: list[tuple[str, Call]] = []
        path = operation.path
        for name in PARAMETER.findall(operation.path):
            collection = path.partition("{" + name)[0].rstrip("/").rpartition("/")[2]
            maker = self._makers.get(collection)
            if maker is None:
                return None
            calls += self._made(maker, _word(name), 0)
            path = path.replace("{" + name + "}", "{" + _word(name) + "}")
        return calls, path

    def _made(self, maker: Operation, name: str, depth: int) -> list[tuple[str, Call]]:
        body, before = self._body(self._schema(maker), whole=False, depth=depth + 1)
        return [*before, (name, Call("POST", maker.path, body))]

    def _body(self, schema: Mapping[str, Any] | None, *, whole: bool, depth: int) -> tuple[Any, list[tuple[str, Call]]]:
        """A body that fits, and the rows that it refers to."""
        if schema is None:
            return None, []
        self._number += 1
        wanted = {**schema, "required": list(schema.get("properties", {}))} if whole else schema
        body: Any = self._samples.value(wanted, self._number)
        before: list[tuple[str, Call]] = []
        for name in list(body) if isinstance(body, dict) else ():
            maker = self._maker_of(name)
            if maker is not None and depth < DEEPEST:
                kept = f"{_word(name)}_{self._number}"
                before += self._made(maker, kept, depth)
                body[name] = "{" + kept + "}"
        return body, before

    def _maker_of(self, name: str) -> Operation | None:
        stem = re.sub(r"_id$", "", name)
        if stem == name:
            return None
        words = (stem, f"{stem}s", f"{stem}es", re.sub(r"y$", "ies", stem))
        return next((maker for word in words if (maker := self._makers.get(word.replace("_", "-")))), None)

    def _refused(
        self, operation: Operation, stem: str, calls: list[tuple[str, Call]], path: str, schema: Mapping[str, Any]
    ) -> Iterator[Case]:
        statuses = tuple(int(s) for s in operation.statuses if s in REFUSED)
        if not statuses:
            return
        for suffix, name, value in self._wrong(schema):
            body, more = self._body(schema, whole=False, depth=0)
            if not isinstance(body, dict):
                continue
            if value is MISSING:
                body.pop(name, None)
            else:
                body[name] = value
            yield Case(f"{stem}_{suffix}", (*calls, *more), Call(operation.method, path, body), statuses)

    def _wrong(self, schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
        """One thing wrong each: (words, field, value)."""
        for name in schema.get("required", ()):
            yield f"without_{_word(name)}", name, MISSING
        for name, raw in schema.get("properties", {}).items():
            found = self._samples.resolved(raw)
            kind, word = found.get("type"), _word(name)
            if "enum" in found:
                yield f"{word}_unknown_choice", name, "no such choice"
            if kind in ("integer", "number"):
                yield f"{word}_no_number", name, "many"
            if isinstance(found.get("maximum"), int | float):
                yield f"{word}_too_large", name, found["maximum"] + 1
            if isinstance(found.get("minimum"), int | float):
                yield f"{word}_too_small", name, found["minimum"] - 1
            if kind == "string" and isinstance(found.get("maxLength"), int) and found["maxLength"] < 10_000:
                yield f"{word}_too_long", name, "x" * (found["maxLength"] + 1)
            if kind == "string" and found.get("minLength") == 1:
                yield f"{word}_empty", name, ""
            if kind == "string" and found.get("format") in ("date", "date-time", "email", "uuid"):
                yield f"{word}_malformed", name, "not at all"

    def _echoed(self, operation: Operation, body: Any) -> tuple[str, ...]:
        """Fields that the document says come back, and whose form does not change on the way."""
        if not isinstance(body, dict):
            return ()
        answers = [a for s, a in operation.described.get("responses", {}).items() if str(s).startswith("2")]
        content = (answers[0].get("content", {}) if answers else {}).get(JSON, {})
        promised = self._samples.resolved(content.get("schema")).get("properties", {})
        return tuple(n for n, v in body.items() if n in promised and isinstance(v, bool | int | str) and not _dated(v))

    def _schema(self, operation: Operation) -> dict[str, Any] | None:
        content = operation.described.get("requestBody", {}).get("content", {})
        found = content.get(JSON, {}).get("schema")
        return None if found is None else self._samples.resolved(found)

    def _unknown(self, operation: Operation) -> str:
        parameters = {p.get("name"): p for p in map(self._samples.resolved, operation.described.get("parameters", ()))}

        def value(match: re.Match[str]) -> str:
            schema = self._samples.resolved(parameters.get(match[1], {}).get("schema", {}))
            return str(UNKNOWN.get(str(schema.get("type")), UNKNOWN["integer"]))

        return PARAMETER.sub(value, operation.path)


MISSING = object()


def _dated(value: Any) -> bool:
    """Times come back in another form."""
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value) is not None


def _word(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower() or "x"


__all__ = ["Call", "Case", "CaseReader", "Reading"]
