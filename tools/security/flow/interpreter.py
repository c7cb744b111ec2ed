"""Runs statements over values instead of data: every path, save those that constants rule out."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from tools.security.flow import folding
from tools.security.flow.again import Key, call_key
from tools.security.flow.assignments import check_assignment, imported
from tools.security.flow.definitions import check_definition
from tools.security.flow.expressions import bind, class_member, value_of
from tools.security.flow.guards import checks_of
from tools.security.flow.items import item
from tools.security.flow.machine import (
    DEPTH,
    MODULE_STEPS,
    STEPS,
    Arguments,
    Checks,
    Entered,
    Frame,
    Machine,
    add_checks,
    fresh,
)
from tools.security.flow.modules import Folder, Module
from tools.security.flow.parameters import bind_parameters
from tools.security.flow.returned import check_return
from tools.security.flow.values import (
    ALL,
    NOTHING,
    UNKNOWN,
    Callable_,
    Source,
    Value,
    constant,
    container,
    element_of,
    join,
)

ENDING = frozenset({"abort", "exit", "_exit", "quit"})


class Interpreter(Machine):
    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self.last_checks: dict[int, Checks] = {}
        self.made: dict[Key, Entered] = {}
        """Calls that got nothing from outside, which need not be followed again."""
        self.module_steps = 0

    def evaluate(self, node: ast.expr | None, frame: Frame) -> Value:
        if node is None:
            return UNKNOWN
        self.steps += 1
        self.module_steps += 1
        if not isinstance(node, ast.Call):
            return value_of(node, frame, self)
        held = frame.memo.get(id(node))
        if held is None:
            held = frame.memo[id(node)] = value_of(node, frame, self)
        return held

    def module_frame(self, module: Module) -> Frame:
        held = self.module_frames.get(module.file)
        if held is None:
            held = self.module_frames[module.file] = Frame(module)
            depth, self.depth = self.depth, 0
            self.execute(module.tree.body, held)
            self.depth = depth
        return held

    def execute(self, body: Sequence[ast.stmt], frame: Frame) -> bool:
        for statement in body:
            self.steps += 1
            frame.memo.clear()
            if not self._statement(statement, frame):
                return False
        return True

    def _statement(self, node: ast.stmt, frame: Frame) -> bool:
        match node:
            case ast.Assign():
                value = self.evaluate(node.value, frame)
                for target in node.targets:
                    check_assignment(target, value, node, frame, self)
                    bind(target, value, frame, self)
            case ast.AnnAssign():
                if node.value is not None:
                    value = self.evaluate(node.value, frame)
                    check_assignment(node.target, value, node, frame, self)
                    bind(node.target, value, frame, self)
            case ast.AugAssign():
                self._augmented(node, frame)
            case ast.Expr():
                self._expression(node, frame)
                return not _ends(node.value)
            case ast.Return():
                self._return(node, frame)
                return False
            case ast.If():
                return self._if(node, frame)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, frame)
            case ast.Try():
                return self._try(node, frame)
            case ast.With() | ast.AsyncWith():
                for entry in node.items:
                    value = self.evaluate(entry.context_expr, frame)
                    if entry.optional_vars is not None:
                        bind(entry.optional_vars, value, frame, self)
                return self.execute(node.body, frame)
            case ast.Match():
                return self._match(node, frame)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                frame.names[node.name] = Value(target=Callable_(node, frame.module, frame), name=node.name)
                check_definition(node, frame, self)
            case ast.Import() | ast.ImportFrom():
                imported(node, frame, self)
            case ast.Raise():
                self.evaluate(node.exc, frame)
                return False
            case ast.Continue() | ast.Break():
                frame.exits.append(frame.branch())
                return False
            case ast.Global():
                frame.globals_ |= set(node.names)
            case ast.Assert():
                self.evaluate(node.test, frame)
                add_checks(frame, checks_of(node.test, frame, self)[0])
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        frame.names.pop(target.id, None)
        return True

    def _expression(self, node: ast.Expr, frame: Frame) -> None:
        self.evaluate(node.value, frame)

    def _augmented(self, node: ast.AugAssign, frame: Frame) -> None:
        load = ast.copy_location(ast.BinOp(left=node.target, op=node.op, right=node.value), node)
        value = self.evaluate(load, frame)
        check_assignment(node.target, value, node, frame, self)
        bind(node.target, value, frame, self)

    def _return(self, node: ast.Return, frame: Frame) -> None:
        value = self.evaluate(node.value, frame) if node.value is not None else constant(None)
        if node.value is not None and not value.is_const:
            frame.tests.append(checks_of(node.value, frame, self)[0])
        elif value.is_const and value.const is True:
            frame.tests.append([(origin, classes) for origin, classes in frame.checked.items()])
        check_return(node, value, frame, self)
        settled = frozenset(
            replace(taint, safe=taint.safe | frame.checked[taint.origin]) if taint.origin in frame.checked else taint
            for taint in value.taints
        )
        frame.returns.append(replace(value, taints=settled) if settled != value.taints else value)

    def _if(self, node: ast.If, frame: Frame) -> bool:
        test = self.evaluate(node.test, frame)
        if test.is_const:
            return self.execute(node.body if test.const else node.orelse, frame)
        true, false = checks_of(node.test, frame, self)
        ends = []
        for body, checks in ((node.body, true), (node.orelse, false)):
            branch = frame.branch()
            add_checks(branch, checks)
            if self.execute(body, branch):
                ends.append(branch)
        if ends:
            _settle_branches(ends, frame)
        return bool(ends)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, frame: Frame) -> bool:
        if isinstance(node, ast.While):
            test = self.evaluate(node.test, frame)
            if test.is_const and not test.const:
                return self.execute(node.orelse, frame)
        source = UNKNOWN if isinstance(node, ast.While) else self.evaluate(node.iter, frame)
        after: list[Frame] = [] if _runs(node, source) else [frame.branch()]
        for _ in range(2):
            branch = frame.branch()
            if after:
                branch.take(after)
            if isinstance(node, ast.While):
                self.evaluate(node.test, branch)
                add_checks(branch, checks_of(node.test, branch, self)[0])
            else:
                bind(node.target, _member(source), branch, self)
            branch.exits = []
            if self.execute(node.body, branch):
                after.append(branch)
            after += branch.exits
        if not after:
            return False
        frame.take(after)
        return self.execute(node.orelse, frame)

    def _try(self, node: ast.Try, frame: Frame) -> bool:
        before = frame.branch()
        body = frame.branch()
        ends = []
        if self.execute([*node.body, *node.orelse], body):
            ends.append(body)
        for handler in node.handlers:
            branch = before.branch()
            if body.names != before.names:
                branch.take([before, body])
            if handler.name:
                branch.names[handler.name] = Value(name="$error")
            if self.execute(handler.body, branch):
                ends.append(branch)
        if ends:
            frame.take(ends)
        finished = self.execute(node.finalbody, frame)
        return bool(ends) and finished

    def _match(self, node: ast.Match, frame: Frame) -> bool:
        subject = self.evaluate(node.subject, frame)
        ends = []
        complete = False
        for case in node.cases:
            fits = _fits(case.pattern, subject) if case.guard is None else None
            if fits is False:
                continue
            branch = frame.branch()
            if isinstance(case.pattern, ast.MatchAs) and case.pattern.name:
                branch.names[case.pattern.name] = subject
            if isinstance(case.pattern, ast.MatchValue | ast.MatchOr):
                add_checks(branch, [(taint.origin, ALL) for taint in subject.taints])
            if self.execute(case.body, branch):
                ends.append(branch)
            if fits:
                complete = True
                break
        if not complete:
            ends.append(frame.branch())
        if ends:
            frame.take(ends)
        return bool(ends)

    def enter(
        self, target: Callable_, arguments: Arguments, frame: Frame, at: ast.Call, receiver: Value | None = None
    ) -> Entered | None:
        node = target.node
        if isinstance(node, ast.ClassDef):
            return self._instance(target, arguments, frame, at)
        if self.depth >= DEPTH or self.steps > STEPS or self.module_steps > MODULE_STEPS or node in self.active:
            return None
        around = target.around if target.around is not None else self.module_frame(target.module)
        key = call_key(node, around, arguments, receiver)
        if key is not None and key in self.made:
            self.last_checks[id(at)] = self.made[key].checks
            return self.made[key]
        inner = Frame(target.module, {}, around, dict(frame.checked), function=node)
        bound = bind_parameters(node, arguments, receiver, inner, self)
        self.active.append(node)
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                result = self.evaluate(node.body, inner)
            else:
                finished = self.execute(node.body, inner)
                frame.checked.update(inner.checked if finished else {})
                result = _joined(inner.returns) if inner.returns else constant(None)
        finally:
            self.depth -= 1
            self.active.pop()
        checks = _common_tests(inner)
        self.last_checks[id(at)] = checks
        entered = Entered(result, inner.names.get(bound) if bound else None, checks)
        if key is not None and self.steps <= STEPS:
            self.made[key] = entered
        return entered

    def _instance(self, target: Callable_, arguments: Arguments, frame: Frame, at: ast.Call) -> Entered | None:
        node = target.node
        if not isinstance(node, ast.ClassDef):
            return None
        bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        if bases & {"Enum", "IntEnum", "StrEnum"}:
            return Entered(Value(name=node.name, known=True), None, [])
        start = class_member(target, "__init__", self)
        instance = Value(target=target, name=node.name)
        if start is None or start.target is None:
            fields = [s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
            given = dict(zip(fields, arguments.positional, strict=False)) | arguments.named
            spread = arguments.spread.taints if arguments.spread is not None else frozenset()
            return Entered(replace(instance, attributes=given, taints=spread), None, [])
        call = ast.copy_location(ast.Call(func=ast.Name(id="$init", ctx=ast.Load()), args=[], keywords=[]), at)
        entered = self.enter(
            start.target, Arguments([instance, *arguments.positional], arguments.named, arguments.spread), frame, call
        )
        if entered is None:
            return None
        return Entered(entered.self_after or instance, None, [])


def _settle_branches(ends: list[Frame], frame: Frame) -> None:
    """A variable that one path replaced and the other checked is harmless after both."""
    if len(ends) > 1:
        for branch in ends:
            for name, value in branch.names.items():
                if value.taints and value is frame.names.get(name) and branch.checked:
                    taints = frozenset(
                        replace(t, safe=t.safe | branch.checked[t.origin]) if t.origin in branch.checked else t
                        for t in value.taints
                    )
                    if taints != value.taints:
                        branch.names[name] = replace(value, taints=taints)
    frame.take(ends)


def _runs(node: ast.For | ast.AsyncFor | ast.While, source: Value) -> bool:
    """Whether its body is sure to run at least once."""
    if isinstance(node, ast.While):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name) and node.iter.func.id == "range":
        bounds = node.iter.args
        return (
            len(bounds) == 1
            and isinstance(bounds[0], ast.Constant)
            and isinstance(bounds[0].value, int)
            and bounds[0].value > 0
        )
    return bool(source.items)


def _ends(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    return name in ENDING


def _member(source: Value) -> Value:
    """What a loop's variable holds."""
    if source.name.endswith((".items()", "enumerate()")) and source.items is None:
        inner = Value(taints=source.taints)
        return container({0: inner, 1: inner}, "tuple")
    return element_of(source)


def _fits(pattern: ast.pattern, subject: Value) -> bool | None:
    """None where it cannot be known."""
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return True
    if not subject.is_const:
        return None
    if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant):
        return bool(folding.compare(ast.Eq(), subject.const, pattern.value.value) is True)
    if isinstance(pattern, ast.MatchOr):
        answers = [_fits(part, subject) for part in pattern.patterns]
        return True if True in answers else None if None in answers else False
    return None


def _joined(values: list[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


def _common_tests(frame: Frame) -> Checks:
    if not frame.tests:
        return []
    first, *others = frame.tests
    return [check for check in first if all(check[0] in {origin for origin, _ in other} for other in others)]


__all__ = ["NOTHING", "Interpreter", "Source", "fresh", "item"]
