"""The flow pass over all Python files of a folder."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from memory.records.report import Finding
from tools.security.flow.authorisation import check_routes, check_views
from tools.security.flow.entries import bind_entry
from tools.security.flow.interpreter import Interpreter
from tools.security.flow.machine import Frame
from tools.security.flow.modules import Function, Module, functions, parse_folder

RECURSION = 5000


@dataclass
class FlowResult:
    findings: list[Finding]
    verdicts: dict[tuple[str, int, str], str]
    """(file, first line of the call, class) → tainted, unknown or safe."""
    spans: dict[tuple[str, int, str], int]
    broken: dict[str, str] = field(default_factory=dict)
    """File → why it was not (wholly) looked at."""


def analyse(sources: Iterable[tuple[str, str]], patience_s: float = math.inf) -> FlowResult:
    """`patience_s`: files that are not reached within it are named as not followed."""
    until = time.monotonic() + patience_s
    folder = parse_folder(sources)
    machine = Interpreter(folder)
    broken = dict(folder.broken)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        for module in folder.modules:
            if time.monotonic() > until:
                broken[module.file] = f"the flow pass did not reach it within {patience_s:g} s"
                continue
            try:
                _module(module, machine)
            except RecursionError:
                broken[module.file] = "it is nested too deeply"
            except Exception as error:  # the border of the pass: a file that breaks it is named, and the others go on
                broken[module.file] = f"the flow pass broke on it: {type(error).__name__}"
    finally:
        sys.setrecursionlimit(limit)
    return FlowResult(list(machine.findings.values()), machine.verdicts, machine.spans, broken)


def by_place(result: FlowResult) -> dict[tuple[str, str], list[tuple[int, int, str]]]:
    """(file, class) → (first line, last line, verdict) of each dangerous call."""
    places: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for (file, line, kind), word in result.verdicts.items():
        places.setdefault((file, kind), []).append((line, max(result.spans.get((file, line, kind), line), line), word))
    return places


def _module(module: Module, machine: Interpreter) -> None:
    machine.steps = machine.module_steps = 0
    top = machine.module_frame(module)
    found = functions(module)
    holding = {defined.outer for defined in found}
    around: dict[Function, Frame] = {}
    for defined in found:
        node = defined.node
        machine.steps = 0
        outside = around.get(defined.outer, top) if defined.outer is not None else top
        frame = Frame(module, {}, outside, owner=defined.owner, function=node)
        bind_entry(node, defined.owner, frame, machine)
        machine.active = [node]
        machine.depth = 0
        machine.execute(node.body, frame)
        if node in holding:
            # What it imports and defines; what it was given is judged where it is called.
            own = {name: value for name, value in frame.names.items() if not value.taints}
            around[node] = Frame(module, own, frame.around)
    machine.active = []
    owned = [(defined.node, defined.owner) for defined in found]
    check_routes(module, owned, top, machine)
    check_views(module, owned, top, machine)


__all__ = ["FlowResult", "analyse", "by_place"]
