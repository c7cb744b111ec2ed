"""What is said where a function or a class is defined: its decorators, its defaults, its settings."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from tools.security.flow.answers import CSRF, PROTECTIONS, check_exempt
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.modules import Function
from tools.security.flow.secrets_in_code import check_secret
from tools.security.flow.transport import check_address
from tools.security.flow.weaknesses import tell


def check_definition(node: Function | ast.ClassDef, frame: Frame, machine: Machine) -> None:
    if isinstance(node, ast.ClassDef):
        _class(node, frame, machine)
    else:
        _function(node, frame, machine)


def _function(node: Function, frame: Frame, machine: Machine) -> None:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            machine.evaluate(decorator, frame)
        if _exempts(decorator, frame, machine) and not frame.module.is_test:
            check_exempt(node, frame, machine)
    arguments = node.args
    names = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(names), reversed(arguments.defaults), strict=False)]
    pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
    for argument, default in pairs:
        if isinstance(default, ast.Constant) and isinstance(default.value, str):
            value = machine.evaluate(default, frame)
            check_address(value, default, frame, machine)
            check_secret(argument.arg, value, default, frame, machine)


def _exempts(decorator: ast.expr, frame: Frame, machine: Machine) -> bool:
    text = ast.unparse(decorator)
    if re.search(r"(^|\.)csrf_exempt$|method_decorator\(\s*\[?(\w+\.)*csrf_exempt", text):
        return True
    if not isinstance(decorator, ast.Attribute) or decorator.attr != "exempt":
        return False
    name = machine.evaluate(decorator.value, frame).name
    return name.endswith(PROTECTIONS) or "csrf" in text.lower()


def _class(node: ast.ClassDef, frame: Frame, machine: Machine) -> None:
    inner = replace(frame.branch(), owner=node)
    for statement in node.body:
        if isinstance(statement, Function):
            _function(statement, inner, machine)
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.ClassDef):
            machine.execute([statement], inner)
    if any(_exempts(decorator, frame, machine) for decorator in node.decorator_list) and not frame.module.is_test:
        tell(CSRF, node, frame, machine)


__all__ = ["check_definition"]
