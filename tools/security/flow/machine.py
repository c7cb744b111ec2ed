"""What the parts of the flow pass share: the state of a run and what they ask of each other."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from memory.records.report import Confidence, Finding, Severity
from tools.security.flow.modules import Folder, Module
from tools.security.flow.values import UNKNOWN, Callable_, Origin, Source, Taint, Value, join
from tools.security.surest import keep_surest

STEPS = 30_000
"""Nodes looked at for one entry; beyond it, calls are no longer followed."""
MODULE_STEPS = 150_000
"""The same for all functions of a file together."""
DEPTH = 7
TOOL = "softwright-flow"


@dataclass(eq=False)
class Frame:
    """The variables of a function on one path through it."""

    module: Module
    names: dict[str, Value] = field(default_factory=dict)
    around: Frame | None = None
    checked: dict[Origin, frozenset[str]] = field(default_factory=dict)
    """Origins that a check on this path has made harmless, and for which classes."""
    returns: list[Value] = field(default_factory=list)
    tests: list[Checks] = field(default_factory=list)
    """What each returned value says of the arguments, when true."""
    globals_: set[str] = field(default_factory=set)
    owner: ast.ClassDef | None = None
    function: ast.AST | None = None
    exits: list[Frame] = field(default_factory=list)
    """Where the loop that is being run is left by break or continue."""
    memo: dict[int, Value] = field(default_factory=dict)
    """Calls of the statement that is being run: each is made once, however often its value is asked for."""
    web: str = ""
    """How what it returns reaches a browser: `html`, or nothing."""

    def branch(self) -> Frame:
        return replace(self, names=dict(self.names), checked=dict(self.checked), memo={})

    def take(self, frames: Sequence[Frame]) -> None:
        """Goes on from wherever the frames ended."""
        names: dict[str, Value] = {}
        for frame in frames:
            for name, value in frame.names.items():
                names[name] = join(names[name], value) if name in names else value
        self.names = names
        common = set(frames[0].checked).intersection(*(frame.checked for frame in frames[1:]))
        checked = {}
        for origin in common:
            classes = _common([frame.checked[origin] for frame in frames])
            if classes:
                checked[origin] = classes
        self.checked = checked


def _common(sets: list[frozenset[str]]) -> frozenset[str]:
    narrow = [found for found in sets if "*" not in found]
    return frozenset.intersection(*narrow) if narrow else sets[0]


Checks = list[tuple[Origin, frozenset[str]]]


class Machine(ABC):
    folder: Folder
    steps: int
    depth: int

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.steps = 0
        self.depth = 0
        self.active: list[ast.AST] = []
        self.findings: dict[tuple[str, int, str], Finding] = {}
        self.verdicts: dict[tuple[str, int, str], str] = {}
        """(file, line, class) of each sink → `tainted`, `unknown` or `safe`, the worst of all its visits."""
        self.spans: dict[tuple[str, int, str], int] = {}
        """Last line of each sink's statement."""
        self.module_frames: dict[str, Frame] = {}

    @abstractmethod
    def evaluate(self, node: ast.expr | None, frame: Frame) -> Value: ...

    @abstractmethod
    def execute(self, body: Sequence[ast.stmt], frame: Frame) -> bool:
        """True where it falls through its end."""

    @abstractmethod
    def module_frame(self, module: Module) -> Frame: ...

    @abstractmethod
    def enter(
        self, target: Callable_, arguments: Arguments, frame: Frame, at: ast.Call, receiver: Value | None = None
    ) -> Entered | None:
        """Follows a call into the scanned code; None where it is not followed."""

    def report(
        self,
        frame: Frame,
        node: ast.AST,
        rule: str,
        cwe: int,
        severity: Severity,
        confidence: Confidence,
        why: str,
        fix: str,
    ) -> None:
        line = getattr(node, "lineno", 1)
        finding = Finding(
            file=frame.module.file,
            line=line,
            cwe=cwe,
            severity=severity,
            confidence=confidence,
            rule=rule,
            tool=TOOL,
            why=why,
            fix=fix,
        )
        keep_surest(self.findings, (frame.module.file, line, rule), finding)

    def verdict(self, frame: Frame, node: ast.AST, kind: str, word: str) -> None:
        key = (frame.module.file, getattr(node, "lineno", 1), kind)
        order = ("safe", "unknown", "tainted")
        if order.index(word) >= order.index(self.verdicts.get(key, "safe")):
            self.verdicts[key] = word
        self.spans[key] = max(self.spans.get(key, 0), getattr(node, "end_lineno", None) or key[1])


@dataclass
class Arguments:
    positional: list[Value]
    named: dict[str, Value]
    spread: Value | None = None
    """What stands after `**`."""
    rest: Value | None = None
    """What stands after `*`."""

    def all(self) -> list[Value]:
        extra = [value for value in (self.spread, self.rest) if value is not None]
        return [*self.positional, *self.named.values(), *extra]

    def at(self, position: int, *names: str) -> Value | None:
        for name in names:
            if name in self.named:
                return self.named[name]
        return self.positional[position] if 0 <= position < len(self.positional) else None


@dataclass
class Entered:
    result: Value
    self_after: Value | None
    checks: Checks
    """What is known of the arguments where the result is true."""


def live_taints(value: Value, kind: str, frame: Frame) -> list[Taint]:
    """Those that can still cause this class of weakness on this path."""
    found = []
    for taint in value.taints:
        if kind in taint.safe or "*" in taint.safe:
            continue
        if any(kind in classes or "*" in classes for classes in _checks(taint.origin, frame)):
            continue
        found.append(taint)
    return found


def _checks(origin: Origin, frame: Frame) -> Iterable[frozenset[str]]:
    for length in range(3, len(origin) + 1):
        classes = frame.checked.get(origin[:length])
        if classes is not None:
            yield classes


def add_checks(frame: Frame, checks: Checks) -> None:
    for origin, classes in checks:
        frame.checked[origin] = frame.checked.get(origin, frozenset()) | classes


def fresh(source: Source, node: ast.AST, frame: Frame, key: str = "") -> Value:
    """Data that has just come in."""
    line = getattr(node, "lineno", 1)
    origin: Origin = (frame.module.file, line, getattr(node, "col_offset", 0))
    return Value(taints=frozenset({Taint(source, line, (*origin, key) if key else origin)}))


def lookup(name: str, frame: Frame) -> Value | None:
    scope: Frame | None = frame
    while scope is not None:
        if name in scope.names:
            return scope.names[name]
        scope = scope.around
    return None


__all__ = [
    "DEPTH",
    "STEPS",
    "TOOL",
    "UNKNOWN",
    "Arguments",
    "Checks",
    "Entered",
    "Frame",
    "Machine",
    "add_checks",
    "fresh",
    "live_taints",
    "lookup",
]
