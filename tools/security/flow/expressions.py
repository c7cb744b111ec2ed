"""The value of each kind of expression."""

from __future__ import annotations

import ast
import re
import stat
from dataclasses import replace

from tools.security.flow import folding, tables
from tools.security.flow.built import check_built
from tools.security.flow.calls import call
from tools.security.flow.guards import checks_of
from tools.security.flow.items import item, percent
from tools.security.flow.machine import Frame, Machine, add_checks, fresh
from tools.security.flow.names import name_of, one_path
from tools.security.flow.secrets_in_code import check_compared
from tools.security.flow.sinks import judge
from tools.security.flow.values import (
    A_NUMBER,
    HOLE,
    NOTHING,
    UNKNOWN,
    Callable_,
    Source,
    Value,
    concatenated,
    constant,
    container,
    element_of,
    join,
    narrowed,
    safe_for,
    union,
)

FORM = re.compile(r"(^|_)form(\.\w+)?$|Form\(\)(\.\w+)?$")
"""Its `data`, or its fields'."""
SEQUENCES = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}


def value_of(node: ast.expr, frame: Frame, machine: Machine) -> Value:
    match node:
        case ast.Constant():
            return constant(node.value)
        case ast.Name():
            return name_of(node, frame)
        case ast.Attribute():
            return attribute(machine.evaluate(node.value, frame), node.attr, node, frame, machine)
        case ast.Call():
            return call(node, frame, machine)
        case ast.Subscript():
            return _subscript(node, frame, machine)
        case ast.BinOp() | ast.JoinedStr():
            value = _binary(node, frame, machine) if isinstance(node, ast.BinOp) else _joined(node, frame, machine)
            check_built(value, node, frame, machine)
            return value
        case ast.List() | ast.Tuple() | ast.Set():
            return _sequence(node, frame, machine)
        case ast.Dict():
            return _dict(node, frame, machine)
        case ast.BoolOp() | ast.Compare() | ast.UnaryOp() | ast.IfExp():
            return _logic(node, frame, machine)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return _comprehension(node, frame, machine)
        case ast.Lambda():
            return Value(target=Callable_(node, frame.module, frame), name="lambda")
        case ast.NamedExpr():
            value = machine.evaluate(node.value, frame)
            frame.names[node.target.id] = value
            return value
        case ast.Await() | ast.Starred():
            return machine.evaluate(node.value, frame)
        case ast.Yield() | ast.YieldFrom():
            value = machine.evaluate(node.value, frame) if node.value else UNKNOWN
            frame.returns.append(Value(taints=value.taints, known=value.known, text=value.text))
            return UNKNOWN
    return UNKNOWN


def attribute(value: Value, name: str, node: ast.AST, frame: Frame, machine: Machine) -> Value:
    if name in value.attributes:
        return value.attributes[name]
    dotted = f"{value.name}.{name}" if value.name else f"?.{name}"
    if dotted in tables.REQUEST_ROOTS:
        return Value(name=dotted, taints=fresh(Source.REQUEST, node, frame).taints)
    if value.name == "stat" and isinstance(bits := getattr(stat, name, None), int):
        return constant(bits)
    if dotted in tables.SOURCE_NAMES:
        return replace(fresh(tables.SOURCE_NAMES[dotted], node, frame), name=dotted)
    inner = _member_of_scanned(value, name, frame, machine)
    if inner is not None:
        return inner
    if value.name in tables.REQUEST_ROOTS:
        if name in tables.TRUSTED_FIELDS or (name == "path" and one_path(frame)):
            return Value(name=dotted)
        place = (frame.module.file, getattr(node, "lineno", 1), getattr(node, "col_offset", 0), name)
        taints = frozenset(replace(taint, origin=place) for taint in value.taints)
        return Value(taints=taints, name=dotted, receiver=value)
    if name in tables.REQUEST_FIELDS and value.name.endswith("request") and not value.taints:
        return Value(name=f"$request.{name}", taints=fresh(Source.REQUEST, node, frame).taints)
    if name in tables.FORM_FIELDS or (name == "data" and FORM.search(value.name) and not value.taints):
        taints = fresh(Source.REQUEST, node, frame).taints
        return Value(taints=frozenset(replace(t, safe=t.safe | {tables.MASS}) for t in taints), name=dotted)
    if value.taints:
        known_path = name in {"name", "stem"} and "Path" in value.name
        taints = narrowed(value, name)
        if known_path:
            taints = frozenset(replace(taint, safe=taint.safe | {tables.PATH}) for taint in taints)
        return Value(taints=taints, name=dotted, receiver=value)
    return Value(name=dotted, receiver=value, known=value.known and name in folding.METHODS)


def _member_of_scanned(value: Value, name: str, frame: Frame, machine: Machine) -> Value | None:
    """A method of a scanned class, a name of a scanned module."""
    if value.target is not None and isinstance(value.target.node, ast.ClassDef):
        found = class_member(value.target, name, machine)
        if found is not None:
            return replace(found, receiver=value) if found.target is not None else found
        return None
    module = machine.folder.find(value.name) if value.name and not value.taints else None
    if module is None:
        deeper = machine.folder.find(f"{value.name}.{name}") if value.name else None
        return Value(name=f"{value.name}.{name}") if deeper is not None else None
    return machine.module_frame(module).names.get(name)


def class_member(target: Callable_, name: str, machine: Machine, depth: int = 0) -> Value | None:
    node = target.node
    if not isinstance(node, ast.ClassDef):
        return None
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
            return Value(target=Callable_(statement, target.module, target.around), name=f"{node.name}.{name}")
        if isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in statement.targets
        ):
            return machine.evaluate(statement.value, target.around or machine.module_frame(target.module))
        if (
            isinstance(statement, ast.AnnAssign)
            and statement.value is not None
            and ast.unparse(statement.target) == name
        ):
            return machine.evaluate(statement.value, target.around or machine.module_frame(target.module))
    for base in node.bases if depth < 4 else ():
        parent = machine.evaluate(base, target.around or machine.module_frame(target.module))
        if parent.target is not None and isinstance(parent.target.node, ast.ClassDef):
            found = class_member(parent.target, name, machine, depth + 1)
            if found is not None:
                return found
    return None


def _subscript(node: ast.Subscript, frame: Frame, machine: Machine) -> Value:
    value = machine.evaluate(node.value, frame)
    if isinstance(node.slice, ast.Slice):
        return _slice(node.slice, value, frame, machine)
    key = machine.evaluate(node.slice, frame)
    if value.name in {"globals()", "locals()"} and key.taints:
        judge(tables.CODE, key, node, frame, machine)
    return item(value, key)


def _slice(node: ast.Slice, value: Value, frame: Frame, machine: Machine) -> Value:
    bounds = [machine.evaluate(part, frame) if part else constant(None) for part in (node.lower, node.upper, node.step)]
    if value.is_const and all(bound.is_const for bound in bounds):
        result = folding.subscript(value.const, slice(*(bound.const for bound in bounds)))
        if result is not NOTHING:
            return constant(result)
    if (
        value.items is not None
        and all(bound.is_const for bound in bounds)
        and all(isinstance(k, int) for k in value.items)
    ):
        result = folding.subscript(list(value.items), slice(*(bound.const for bound in bounds)))
        if result is not NOTHING:
            return container({n: value.items[k] for n, k in enumerate(result)}, value.name)
    return replace(value, const=NOTHING, items=None, text=HOLE)


def _joined(node: ast.JoinedStr, frame: Frame, machine: Machine) -> Value:
    return concatenated([_piece(part, frame, machine) for part in node.values])


def _piece(part: ast.expr, frame: Frame, machine: Machine) -> Value:
    if isinstance(part, ast.FormattedValue):
        value = machine.evaluate(part.value, frame)
        numeric = part.format_spec is not None and ast.unparse(part.format_spec).rstrip("'").endswith(
            ("d", "f", "x", "e", "%")
        )
        if numeric:
            return Value(known=value.known, text=A_NUMBER)
        return value if not value.is_const else constant(str(value.const))
    return machine.evaluate(part, frame)


def _binary(node: ast.BinOp, frame: Frame, machine: Machine) -> Value:
    left, right = machine.evaluate(node.left, frame), machine.evaluate(node.right, frame)
    if left.is_const and right.is_const:
        result = folding.binary(node.op, left.const, right.const)
        if result is not NOTHING:
            return constant(result)
    if isinstance(node.op, ast.Add):
        if left.items is not None and right.items is not None:
            return container(dict(enumerate([*left.items.values(), *right.items.values()])), "list")
        return concatenated([left, right])
    if isinstance(node.op, ast.Mod) and isinstance(left.const, str):
        return percent(left.const, right)
    if isinstance(node.op, ast.Div) and ("Path" in left.name or "Path" in right.name):
        return Value(
            taints=left.taints | right.taints, name="pathlib.Path()", known=left.known and right.known, text="/" + HOLE
        )
    if isinstance(node.op, ast.BitOr) and left.items is not None and right.items is not None:
        return container({**left.items, **right.items}, "dict")
    if isinstance(node.op, ast.Add | ast.Mod | ast.BitOr | ast.Mult):
        return Value(
            taints=left.taints | right.taints, known=left.known and right.known, text=left.text, name=left.name
        )
    return Value(known=left.known and right.known, taints=left.taints if isinstance(node.op, ast.Div) else frozenset())


def _sequence(node: ast.List | ast.Tuple | ast.Set, frame: Frame, machine: Machine) -> Value:
    values = [machine.evaluate(element, frame) for element in node.elts]
    name = SEQUENCES[type(node)]
    if any(isinstance(element, ast.Starred) for element in node.elts):
        flat: list[Value] = []
        for element, value in zip(node.elts, values, strict=True):
            if isinstance(element, ast.Starred) and value.items is None:
                return Value(taints=union(values), known=all(v.known for v in values), name=name)
            flat += list((value.items or {}).values()) if isinstance(element, ast.Starred) else [value]
        values = flat
    result = container(dict(enumerate(values)), name)
    if values and all(value.is_const for value in values):
        return replace(result, const=tuple(value.const for value in values))
    return result


def _dict(node: ast.Dict, frame: Frame, machine: Machine) -> Value:
    items: dict[object, Value] = {}
    exact = True
    extra: list[Value] = []
    for key, value in zip(node.keys, node.values, strict=True):
        given = machine.evaluate(value, frame)
        if key is None:
            if given.items is not None:
                items.update(given.items)
            else:
                extra.append(given)
                exact = False
            continue
        name = machine.evaluate(key, frame)
        if name.is_const and isinstance(name.const, str | int | bytes | None):
            items[name.const] = given
        else:
            items[f"${len(items)}"] = given
    if not exact:
        return Value(taints=union([*items.values(), *extra]), name="dict")
    return container(items, "dict")


def _logic(node: ast.BoolOp | ast.Compare | ast.UnaryOp | ast.IfExp, frame: Frame, machine: Machine) -> Value:
    if isinstance(node, ast.UnaryOp):
        value = machine.evaluate(node.operand, frame)
        if not value.is_const:
            return Value(known=value.known)
        if isinstance(node.op, ast.Not):
            return constant(not value.const)
        return (
            constant(-value.const) if isinstance(node.op, ast.USub) and isinstance(value.const, int | float) else value
        )
    if isinstance(node, ast.Compare):
        values = [machine.evaluate(part, frame) for part in (node.left, *node.comparators)]
        check_compared(node, values, frame, machine)
        if len(values) == 2 and all(value.is_const for value in values):
            result = folding.compare(node.ops[0], values[0].const, values[1].const)
            if result is not NOTHING:
                return constant(result)
        return Value(known=all(value.known for value in values))
    if isinstance(node, ast.IfExp):
        return _choice(node, frame, machine)
    return _either(node, frame, machine)


def _choice(node: ast.IfExp, frame: Frame, machine: Machine) -> Value:
    test = machine.evaluate(node.test, frame)
    if test.is_const:
        return machine.evaluate(node.body if test.const else node.orelse, frame)
    true, false = checks_of(node.test, frame, machine)
    values = []
    for body, checks in ((node.body, true), (node.orelse, false)):
        inner = frame.branch()
        add_checks(inner, checks)
        values.append(_settled(machine.evaluate(body, inner), inner))
    return join(values[0], values[1])


def _settled(value: Value, frame: Frame) -> Value:
    """With what the path has proved written into the value, for it leaves the path."""
    taints = frozenset(
        replace(taint, safe=taint.safe | frame.checked[origin])
        if (
            origin := next(
                (o for n in range(3, len(taint.origin) + 1) if (o := taint.origin[:n]) in frame.checked), None
            )
        )
        else taint
        for taint in value.taints
    )
    return replace(value, taints=taints) if taints != value.taints else value


def _either(node: ast.BoolOp, frame: Frame, machine: Machine) -> Value:
    values: list[Value] = []
    for part in node.values:
        value = machine.evaluate(part, frame)
        if value.is_const and bool(value.const) == isinstance(node.op, ast.Or):
            values.append(value)
            break
        if value.is_const and part is not node.values[-1]:
            continue
        values.append(value)
    result = values[0] if values else machine.evaluate(node.values[-1], frame)
    for value in values[1:]:
        result = join(result, value)
    return result


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame, machine: Machine
) -> Value:
    inner = Frame(frame.module, {}, frame, dict(frame.checked), owner=frame.owner, function=frame.function)
    for generator in node.generators:
        source = machine.evaluate(generator.iter, inner)
        bind(generator.target, element_of(source), inner, machine)
        for test in generator.ifs:
            machine.evaluate(test, inner)
            add_checks(inner, checks_of(test, inner, machine)[0])
    if isinstance(node, ast.DictComp):
        key = machine.evaluate(node.key, inner)
        value = _settled(machine.evaluate(node.value, inner), inner)
        return Value(taints=value.taints | _settled(key, inner).taints, known=key.known and value.known, name="dict")
    value = _settled(machine.evaluate(node.elt, inner), inner)
    return Value(taints=value.taints, known=value.known, text=value.text, name="list")


def bind(target: ast.expr, value: Value, frame: Frame, machine: Machine) -> None:
    """An assignment to whatever stands left of it."""
    if isinstance(target, ast.Name):
        scope = machine.module_frame(frame.module) if target.id in frame.globals_ else frame
        scope.names[target.id] = value
    elif isinstance(target, ast.Tuple | ast.List):
        for position, part in enumerate(target.elts):
            if isinstance(part, ast.Starred):
                bind(part.value, replace(value, const=NOTHING, items=None), frame, machine)
            else:
                bind(part, item(value, constant(position)), frame, machine)
    elif isinstance(target, ast.Attribute):
        owner = machine.evaluate(target.value, frame)
        changed = replace(owner, attributes={**owner.attributes, target.attr: value})
        if isinstance(target.value, ast.Name | ast.Attribute):
            bind(target.value, changed, frame, machine)
    elif isinstance(target, ast.Subscript):
        _bind_item(target, value, frame, machine)


def _bind_item(target: ast.Subscript, value: Value, frame: Frame, machine: Machine) -> None:
    owner, key = machine.evaluate(target.value, frame), machine.evaluate(target.slice, frame)
    if owner.items is not None and key.is_const and isinstance(key.const, str | int | bytes | None):
        changed = container({**owner.items, key.const: value}, owner.name)
    elif owner.items is not None:
        changed = container({**owner.items, f"${len(owner.items)}": value}, owner.name)
    else:
        named = safe_for(value, frozenset({tables.MASS})) if key.is_const else value
        changed = replace(owner, taints=owner.taints | named.taints, const=NOTHING)
    changed = replace(changed, attributes=owner.attributes)
    if isinstance(target.value, ast.Name | ast.Attribute | ast.Subscript):
        bind(target.value, changed, frame, machine)


__all__ = ["attribute", "bind", "class_member", "item", "value_of"]
