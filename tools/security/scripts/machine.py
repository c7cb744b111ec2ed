"""What the parts of the pass over a script share: its state, what they report, what they ask of each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from memory.records.report import Confidence, Finding, Severity
from tools.security.scripts.guards import Told
from tools.security.scripts.syntax import Syntax, Tree
from tools.security.scripts.values import NOTHING, UP, Closure, Scope, Value
from tools.security.surest import keep_surest

TOOL = "softwright-js"
STEPS = 150_000
"""Nodes looked at with calls followed; beyond it, each function is looked at once more at most."""
DEPTH = 110
"""Of nodes in each other, calls included."""
CALLS = 6
VISITS = 8
"""Times that one function is followed with other arguments."""


Key = tuple[int, int, int, tuple[tuple[int, str, str, int], ...]]
"""A function, the variables around it, its `this`, and what it is given."""


class Modules(Protocol):
    """The other scripts of the folder."""

    texts: Mapping[str, str]
    known: dict[Key, tuple[Value, Value]]
    """Of calls that are given nothing from outside: what they gave, and their `this`."""

    def exports(self, importer: str, source: str) -> Value | None:
        """Of what is required under that name; None where it is none of them."""


@dataclass(frozen=True)
class Call:
    """A call as the rules see it."""

    node: Syntax
    name: str
    """In the names of modules and globals."""
    spelled: str
    """As it stands in the text, without spaces."""
    arguments: list[Value]
    nodes: list[Syntax]
    receiver: Value
    scope: Scope
    new: bool = False

    def argument(self, number: int) -> Value:
        if self.arguments and number < 0:
            return self.arguments[-1] if -number <= len(self.arguments) else NOTHING
        return self.arguments[number] if 0 <= number < len(self.arguments) else NOTHING


@dataclass(frozen=True)
class Deferred:
    """A function that somebody else calls, later."""

    closure: Closure
    arguments: tuple[Value, ...]


def _line(node: Syntax) -> int:
    """In a chain of calls over several lines, that of the method's name."""
    function = node.part("function") if node.type == "call_expression" else None
    method = function.part("property") if function is not None else None
    return method.line if method is not None else node.line


class Machine(ABC):
    def __init__(self, tree: Tree, modules: Modules) -> None:
        self.tree = tree
        """Of the function that is followed: another file's, where that is called."""
        self.modules = modules
        self.findings: dict[tuple[str, int, str], Finding] = {}
        self.steps = 0
        self.depth = 0
        self.active: list[int] = []
        self.visits: dict[int, int] = {}
        self.known: dict[Key, tuple[Value, Value]] = {}
        """What a call gave, and its `this`."""
        self.deferred: list[Deferred] = []
        self.called: set[int] = set()
        """Functions that were followed with arguments that are known."""
        self.met: dict[int, Closure] = {}
        """Every function, with the variables around it."""
        self.exported: set[int] = set()
        self.exported_names: dict[str, str] = {}
        """The name outside → the variable."""
        self.exported_values: dict[str, Value] = {}
        self.top = Scope(owner=tree.root)
        self.resolved: list[list[Value]] = []
        """What the promises that are being made have been resolved with."""
        self.thrown: list[list[Value]] = []
        """What the error of each `try` that is followed can tell of."""
        self.kept: list[Scope] = []
        """So that no other scope gets the number of one that `known` speaks of."""

    @property
    def following(self) -> bool:
        return self.steps < STEPS and len(self.active) < CALLS

    @abstractmethod
    def evaluate(self, node: Syntax | None, scope: Scope) -> Value: ...

    @abstractmethod
    def execute(self, node: Syntax, scope: Scope) -> bool:
        """True where it goes on behind it."""

    @abstractmethod
    def invoke(self, closure: Closure, arguments: list[Value], this: Value | None = None) -> Value: ...

    @abstractmethod
    def instance(self, made_by: Value, arguments: list[Value]) -> Value:
        """Of a class, or of a function that is called with `new`."""

    @abstractmethod
    def bind(self, pattern: Syntax, value: Value, scope: Scope, *, declare: bool) -> None: ...

    @abstractmethod
    def check_call(self, call: Call) -> None: ...

    @abstractmethod
    def check_node(self, node: Syntax, scope: Scope) -> None: ...

    @abstractmethod
    def check_made(self, node: Syntax, value: Value) -> None:
        """A text put together, or an object."""

    @abstractmethod
    def check_assignment(self, node: Syntax, target: str, value: Value, scope: Scope) -> None: ...

    def report(
        self, node: Syntax, rule: str, cwe: int, severity: Severity, confidence: Confidence, why: str, fix: str
    ) -> None:
        finding = Finding(
            file=node.tree.file,
            line=_line(node),
            cwe=cwe,
            severity=severity,
            confidence=confidence,
            rule=rule,
            tool=TOOL,
            why=why,
            fix=fix,
        )
        keep_surest(self.findings, (finding.file, finding.line or 0, rule), finding)

    def apply(self, told: list[Told], scope: Scope) -> None:
        """What a check has told of places; and of what they were made of."""
        for fact in told:
            value = scope.find(fact.place)
            if value is None:
                value = self.place(fact.place, scope)
            if UP in fact.classes and value.name.endswith("relative()"):
                fact = Told(fact.place, fact.classes | {"path"})
            scope.names[fact.place] = (
                value.cleaned(*fact.classes)
                if value.level or value.fields
                else replace(value, safe=value.safe | fact.classes)
            )
            for origin in value.made_of:
                inner = scope.find(origin)
                scope.names[origin] = (inner if inner is not None else self.place(origin, scope)).cleaned(*fact.classes)

    @abstractmethod
    def place(self, text: str, scope: Scope) -> Value:
        """Of `a.b.c`, as it is now."""


__all__ = ["Call", "Deferred", "Key", "Machine", "Modules"]
