"""Tests that cannot fail, found in their source."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

CHECKERS = ("assert_",)
NOT_FOUND = 404
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "request", "head", "options"})
_OPS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}


@dataclass(frozen=True)
class WeakTest:
    name: str
    line: int
    reason: str


def weak_tests(source: str) -> tuple[WeakTest, ...]:
    """Tests that an application passes which answers 404 to everything, or that assert nothing of an answer.

    Judged from the source alone, so what it cannot follow counts as a real assertion. Raises SyntaxError.
    """
    functions = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]
    found = []
    for function in functions:
        reason = _weakness(function)
        if reason:
            found.append(WeakTest(function.name, function.lineno, reason))
    return tuple(found)


def _weakness(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    if any(_skips(decorator) for decorator in function.decorator_list):
        return "it is skipped or expected to fail"
    answers = _answers(function)
    asked = [node for node in _reached(function.body) if isinstance(node, ast.Assert) or _is_checker(node)]
    if not asked:
        return "it asserts nothing"
    demanding = [node for node in asked if _uses(node, answers)]
    if not demanding:
        return "none of its assertions is about an answer"
    if all(_holds_without_routes(node) for node in demanding):
        return "an application without any route passes it"
    return ""


def _reached(body: Iterable[ast.stmt]) -> list[ast.AST]:
    """Nodes of the statements that run for certain, up to the first `return`; what `try` swallows does not count."""
    found: list[ast.AST] = []
    for statement in body:
        if isinstance(statement, ast.Return):
            break
        if isinstance(statement, ast.If | ast.Try | ast.FunctionDef | ast.AsyncFunctionDef | ast.While):
            continue
        if isinstance(statement, ast.With | ast.AsyncWith | ast.For):
            if not _suppresses(statement):
                found += _reached(statement.body)
            continue
        found += ast.walk(statement)
    return found


def _suppresses(statement: ast.stmt) -> bool:
    items = statement.items if isinstance(statement, ast.With | ast.AsyncWith) else []
    return any("suppress" in ast.unparse(item.context_expr) for item in items)


def _skips(decorator: ast.expr) -> bool:
    return any(word in ast.unparse(decorator) for word in ("skip", "xfail"))


def _is_checker(node: ast.AST) -> bool:
    """`assert_problem(answer, 409)`: a helper that asserts."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith(CHECKERS)


def _answers(function: ast.AST) -> set[str]:
    """Names whose value comes from a request, directly or not."""
    names: set[str] = set()
    assignments = [node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.AnnAssign | ast.For)]
    for _ in range(len(assignments) + 1):
        before = len(names)
        for node in assignments:
            value = node.iter if isinstance(node, ast.For) else node.value
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if value is not None and _uses(value, names):
                names |= {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        if len(names) == before:
            break
    return names


def _uses(node: ast.AST, answers: set[str]) -> bool:
    parts = ast.walk(node)
    return any((isinstance(part, ast.Name) and part.id in answers) or _is_request(part) for part in parts)


def _is_request(node: ast.AST) -> bool:
    """A call of a client's method, or any `.get("/path")`; `row.get("id")` is none."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS):
        return False
    receiver = ast.unparse(node.func.value).lower()
    return "client" in receiver or receiver == "anonymous" or (bool(node.args) and "/" in ast.unparse(node.args[0]))


def _holds_without_routes(node: ast.AST) -> bool:
    """Whether the assertion is known to hold of an answer 404."""
    if isinstance(node, ast.Assert):
        return _true_of_404(node.test)
    if isinstance(node, ast.Call):
        statuses = [a.value for a in node.args[1:] if isinstance(a, ast.Constant) and isinstance(a.value, int)]
        return node.func.id == "assert_problem" and statuses == [NOT_FOUND]  # type: ignore[attr-defined]
    return False


def _true_of_404(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp):
        parts = [_true_of_404(value) for value in test.values]
        return any(parts) if isinstance(test.op, ast.Or) else all(parts)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return "is_success" in ast.unparse(test.operand) or ".ok" in ast.unparse(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance":
        return ast.unparse(test.args[1]) in ("dict", "object", "str")
    return isinstance(test, ast.Name | ast.Constant) or ast.unparse(test).endswith((".json()", ".text", ".is_error"))


def _compared(test: ast.Compare) -> bool:
    left, right, op = test.left, test.comparators[0], _OPS.get(type(test.ops[0]))
    if isinstance(left, ast.Constant):
        swapped = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
        left, right, op = right, left, swapped.get(op or "")
    if isinstance(test.ops[0], ast.IsNot) and ast.unparse(right) == "None":
        return isinstance(left, ast.Name) or ast.unparse(left).endswith((".json()", ".text"))
    if op is None or not ast.unparse(left).endswith("status_code"):
        return False
    try:
        value = ast.literal_eval(right)
    except ValueError:
        return False
    return _evaluated(op, value)


def _evaluated(op: str, value: object) -> bool:
    if op in ("in", "not in"):
        return isinstance(value, tuple | list | set | frozenset) and ((NOT_FOUND in value) == (op == "in"))
    if not isinstance(value, int):
        return op == "!="
    return {
        "==": value == NOT_FOUND,
        "!=": value != NOT_FOUND,
        "<": value > NOT_FOUND,
        "<=": value >= NOT_FOUND,
        ">": value < NOT_FOUND,
        ">=": value <= NOT_FOUND,
    }[op]


__all__ = ["WeakTest", "weak_tests"]
