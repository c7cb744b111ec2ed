"""What a followed function's parameters hold."""

from __future__ import annotations

import ast

from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.values import UNKNOWN, Value, container


def bind_parameters(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    given: Arguments,
    receiver: Value | None,
    inner: Frame,
    machine: Machine,
) -> str:
    """Gives the name of the parameter that holds the object itself, if it has one."""
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    decorators = {ast.unparse(d) for d in getattr(node, "decorator_list", [])}
    bound = receiver is not None and names[:1] in (["self"], ["cls"]) and "staticmethod" not in decorators
    positional = [receiver, *given.positional] if bound and receiver is not None else list(given.positional)
    defaults = dict(zip(reversed(names), reversed(node.args.defaults), strict=False))
    for position, name in enumerate(names):
        if position < len(positional):
            inner.names[name] = positional[position]
        elif name in given.named:
            inner.names[name] = given.named[name]
        elif name in defaults and given.spread is None:
            inner.names[name] = machine.evaluate(defaults[name], inner.around or inner)
        else:
            inner.names[name] = given.rest or given.spread or UNKNOWN
    for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        known = given.named.get(argument.arg)
        inner.names[argument.arg] = known or (
            machine.evaluate(default, inner.around or inner) if default else given.spread or UNKNOWN
        )
    if node.args.vararg:
        inner.names[node.args.vararg.arg] = container(dict(enumerate(positional[len(names) :])), "tuple")
    if node.args.kwarg:
        left = {name: value for name, value in given.named.items() if name not in names}
        inner.names[node.args.kwarg.arg] = given.spread if given.spread is not None else container(left, "dict")
    return names[0] if names and (bound or names[0] == "self") else ""


__all__ = ["bind_parameters"]
