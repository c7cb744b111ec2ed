"""What is known of a value of a script while it is followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tools.security.scripts.syntax import Syntax

FOREIGN, INPUT, ARGUMENT, NONE = 3, 2, 1, 0
"""Of a request, a message or a page's address; of the process (arguments, environment); of whoever calls a library."""
HOLE = "\0"
"""Stands in a text for what is not known of it."""
OWN_HOLE = "\1"
"""The same, for a part that nobody outside has chosen."""
ENVIRONMENT = "the environment"
TEXT_CHARS = 800
UP, ROOT = "up", "root"
"""Of a path: it does not lead upwards with `..`; it does not begin at the root. With both it stays where it is."""
DEEPEST = 30
"""Fields within fields that are looked at."""
DEEP = 3
"""Fields within fields that are told apart when two values become one."""
EVERY = "*"
"""Among the classes that a value is safe for: all of them. Among an object's fields: any other."""


@dataclass(frozen=True, slots=True)
class Closure:
    node: Syntax
    scope: Scope
    this: Value | None = None
    bound: tuple[Value, ...] = ()
    """What it is given before anything else."""


@dataclass(frozen=True, slots=True)
class Value:
    level: int = NONE
    source: str = ""
    safe: frozenset[str] = frozenset()
    name: str = ""
    """Where it comes from, in the names of modules and globals: `mysql.createPool().query`."""
    text: str | None = None
    kind: str = ""
    """request, response, string, number, object, array, regex."""
    origin: str = ""
    """request, page, dom, process, argument."""
    closure: Closure | None = None
    fields: Mapping[str, Value] | None = None
    made_of: tuple[str, ...] = ()
    """Places whose text it was parsed or resolved from: what a check says of it, it says of these."""
    worst: Value | None = field(default=None, init=False, compare=False, repr=False)
    """Looked for once: objects hold objects, and are asked often."""

    def at(self, cls: str) -> int:
        if cls == "path" and self.safe >= {UP, ROOT}:
            return NONE
        return NONE if cls in self.safe or EVERY in self.safe else self.level

    def cleaned(self, *classes: str, deep: int = 0) -> Value:
        fields = self.fields
        if fields and deep < DEEPEST:
            fields = {key: held.cleaned(*classes, deep=deep + 1) for key, held in fields.items()}
        return replace(self, safe=self.safe | set(classes), fields=fields)

    def held(self, key: str) -> Value:
        if self.fields is None:
            return NOTHING
        return self.fields.get(key) or self.fields.get(EVERY) or NOTHING

    def with_field(self, key: str, value: Value) -> Value:
        return replace(self, fields={**(self.fields or {}), key: value})

    def whole(self, cls: str = "", deep: int = 0) -> Value:
        """With what its fields hold: the worst of them."""
        if not self.fields or self.kind in {"module", "class"}:
            return self
        if self.worst is None:
            object.__setattr__(self, "worst", self._worst("", deep))
        worst = self.worst or self
        return worst if not cls or not worst.level else self._worst(cls, deep)

    def _worst(self, cls: str, deep: int) -> Value:
        found = self
        for value in (self.fields or {}).values() if deep < DEEPEST else ():
            inner = value.whole(cls, deep + 1)
            if inner.at(cls) > found.at(cls):
                found = inner
        return found


NOTHING = Value()
NUMBER = Value(kind="number")


def _unknown(value: Value) -> str:
    """What stands for it in a text: nobody outside has chosen the environment."""
    return HOLE if value.whole().level and value.source != ENVIRONMENT else OWN_HOLE


def join(values: Iterable[Value], deep: int = 0) -> Value:
    """Any of them."""
    some = list({id(value): value for value in values if value is not NOTHING}.values())
    if len(some) < 2:
        return some[0] if some else NOTHING
    worst = max(some, key=lambda value: (value.level, EVERY not in value.safe))
    risky = [value.safe for value in some if value.level]
    told = [value for value in some if value.level] or some
    texts = [_unknown(value) if value.text is None and value.level else value.text for value in told]
    fields: dict[str, Value] = {}
    for value in some:
        for key, held in (value.fields or {}).items():
            fields[key] = join((fields[key], held), deep + 1) if key in fields and deep < DEEP else held
    if all(value.kind == "boolean" for value in some) and len(set(texts)) > 1:
        texts = []
    return Value(
        level=worst.level,
        source=worst.source,
        safe=frozenset.intersection(*risky) if risky else frozenset(),
        name=next((value.name for value in some if value.name), ""),
        text=max(
            (text for text in texts if text is not None), key=lambda text: (HOLE in text, len(text)), default=None
        ),
        kind=some[0].kind if all(value.kind == some[0].kind for value in some) else worst.kind,
        closure=next((value.closure for value in some if value.closure), None),
        fields=fields or None,
        origin=worst.origin,
    )


def concatenated(parts: Iterable[Value]) -> Value:
    """One text of them all."""
    some = list(parts)
    text = "".join(part.text if part.text is not None else _unknown(part) for part in some)[:TEXT_CHARS]
    made = replace(made_of(some), text=text, kind="string")
    begun = text[:1] not in {"", HOLE}
    return replace(made, safe=made.safe | {ROOT}) if begun and made.level else made


def made_of(parts: Iterable[Value]) -> Value:
    """Something new that each of them is in."""
    whole = [part.whole() for part in parts]
    risky = [part for part in whole if part.level]
    if not risky:
        return NOTHING
    worst = max(risky, key=lambda part: (part.level, not part.safe))
    return Value(
        level=worst.level,
        source=worst.source,
        safe=frozenset.intersection(*(part.safe for part in risky)),
        origin=worst.origin,
    )


@dataclass(eq=False)
class Scope:
    parent: Scope | None = None
    names: dict[str, Value] = field(default_factory=dict)
    """Variables; and places such as `req.body.url` of which a check has told something."""
    branch: bool = False
    """Of a way through an if: what is assigned in it is joined with the other way's."""
    owner: Syntax | None = None
    returned: list[Value] = field(default_factory=list)

    def find(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def declare(self, name: str, value: Value) -> None:
        self.forget(name)
        self.names[name] = value

    def assign(self, name: str, value: Value) -> None:
        scope: Scope = self
        while not scope.branch and name not in scope.names and scope.parent is not None:
            scope = scope.parent
        scope.forget(name)
        scope.names[name] = value

    def forget(self, name: str) -> None:
        """What a check said of `name.x` says nothing of another value."""
        for place in [place for place in self.names if place.startswith((f"{name}.", f"{name}["))]:
            del self.names[place]

    def function(self) -> Scope:
        scope: Scope = self
        while scope.owner is None and scope.parent is not None:
            scope = scope.parent
        return scope


def merge(outer: Scope, ways: Iterable[Scope]) -> None:
    """Goes on in `outer` from wherever the ways ended."""
    some = list(ways)
    for name in {name for way in some for name in way.names}:
        before = outer.find(name)
        if before is None and ("." in name or "[" in name):
            continue
        held = [way.names.get(name, before if before is not None else NOTHING) for way in some]
        if any(value is not before for value in held):
            outer.assign(name, join(held))


__all__ = [
    "ARGUMENT",
    "ENVIRONMENT",
    "EVERY",
    "FOREIGN",
    "HOLE",
    "INPUT",
    "NONE",
    "NOTHING",
    "NUMBER",
    "OWN_HOLE",
    "ROOT",
    "UP",
    "Closure",
    "Scope",
    "Value",
    "concatenated",
    "join",
    "made_of",
    "merge",
]
