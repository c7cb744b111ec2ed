"""What a call gives back, and what it does to what it is called on."""

from __future__ import annotations

import ast
from dataclasses import replace

from tools.security.flow import folding, tables
from tools.security.flow.built import check_built
from tools.security.flow.guards import checks_of
from tools.security.flow.handed import handed_over
from tools.security.flow.machine import Arguments, Frame, Machine, add_checks, fresh
from tools.security.flow.rules import check_call
from tools.security.flow.schemas import BODY_NAME, validated
from tools.security.flow.sinks import check_sinks, judge
from tools.security.flow.texts import formatted, joined, replaced, substituted
from tools.security.flow.values import (
    A_NUMBER,
    ALL,
    HOLE,
    NOTHING,
    Callable_,
    Source,
    Value,
    constant,
    container,
    element_of,
    join,
    narrowed,
    safe_for,
    union,
)

ADDING = frozenset(
    [
        "append",
        "add",
        "appendleft",
        "put",
        "push",
        "insert",
        "extend",
        "update",
        "setdefault",
        "write",
        "writelines",
        "put_nowait",
    ]
)
WRAPPERS = frozenset(
    ["str", "bytes", "list", "tuple", "set", "sorted", "reversed", "frozenset", "iter", "copy.copy", "copy.deepcopy"]
)
NUMBERS = frozenset(["int", "float", "len", "round", "abs", "ord", "hash"])
READERS = frozenset(["read", "readline", "readlines", "read_text", "read_bytes"])
HTTP_CLIENTS = ("requests.", "httpx.", "urllib.request.", "aiohttp.")


def call(node: ast.Call, frame: Frame, machine: Machine) -> Value:
    function = machine.evaluate(node.func, frame)
    if function.target is None and (later := handed_over(node)) is not None:
        return machine.evaluate(later, frame)
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    receiver = function.receiver if method else None
    if isinstance(node.func, ast.Attribute) and receiver is None:
        receiver = machine.evaluate(node.func.value, frame)
    given = _arguments(node, frame, machine)
    check_call(node, function, receiver, given, frame, machine)
    if function.target is not None:
        entered = machine.enter(function.target, given, frame, node, function.receiver)
        if entered is not None:
            if entered.self_after is not None and isinstance(node.func, ast.Attribute):
                _rebind(node.func.value, entered.self_after, frame, machine)
            return entered.result
    sunk = check_sinks(node, function, receiver, given, frame, machine)
    if isinstance(node.func, ast.Attribute) and receiver is not None:
        changed = _mutation(method, receiver, given)
        if changed is not None:
            _rebind(node.func.value, changed, frame, machine)
    if function.name == "getattr()" and function.text.startswith(HOLE):
        judge(tables.CODE, function, node, frame, machine, weak=True)
    result = _result(node, function, method, receiver, given, frame, machine)
    if method == "format":
        check_built(result, node, frame, machine)
    if method == "join" and "path" not in function.name and given.positional and receiver is not None:
        result = joined(receiver, given.positional[0])
    if sunk and not function.name.startswith(
        ("urllib.request.Request", "jinja2.", "markupsafe", "flask.Markup", "open", "io.open")
    ):
        result = replace(result, taints=frozenset(), text=HOLE, const=NOTHING)
    return result


def _arguments(node: ast.Call, frame: Frame, machine: Machine) -> Arguments:
    given = Arguments([], {})
    for argument in node.args:
        value = machine.evaluate(argument, frame)
        if not isinstance(argument, ast.Starred):
            given.positional.append(value)
        elif value.items is not None:
            given.positional += list(value.items.values())
        else:
            given.rest = value
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            given.named[keyword.arg] = value
        elif value.items is not None:
            given.named |= {str(key): inner for key, inner in value.items.items()}
        else:
            given.spread = value
    return given


def _rebind(place: ast.expr, value: Value, frame: Frame, machine: Machine) -> None:
    """Writes a changed object back to the variable it was reached by."""
    if isinstance(place, ast.Name):
        scope: Frame | None = frame
        while scope is not None and place.id not in scope.names:
            scope = scope.around
        (scope if scope is not None and scope.function is frame.function else frame).names[place.id] = value
    elif isinstance(place, ast.Attribute):
        owner = machine.evaluate(place.value, frame)
        _rebind(place.value, replace(owner, attributes={**owner.attributes, place.attr: value}), frame, machine)
    elif isinstance(place, ast.Subscript):
        owner, key = machine.evaluate(place.value, frame), machine.evaluate(place.slice, frame)
        if owner.items is not None and key.is_const and isinstance(key.const, str | int):
            _rebind(place.value, container({**owner.items, key.const: value}, owner.name), frame, machine)


def _mutation(method: str, receiver: Value, given: Arguments) -> Value | None:
    """The receiver after the call, where the call changes it."""
    items, first = receiver.items, given.at(0)
    if items is not None and receiver.name in {"list", "set", "deque", "tuple"}:
        ordered = list(items.values())
        if method in {"append", "add"} and first is not None:
            return container(dict(enumerate([*ordered, first])), receiver.name)
        if method == "pop" and (first is None or first.is_const):
            index = first.const if first is not None else -1
            if isinstance(index, int) and -len(ordered) <= index < len(ordered):
                del ordered[index]
            return container(dict(enumerate(ordered)), receiver.name)
        if method == "insert" and first is not None and isinstance(first.const, int) and len(given.positional) > 1:
            ordered.insert(first.const, given.positional[1])
            return container(dict(enumerate(ordered)), receiver.name)
        if method == "extend" and first is not None and first.items is not None:
            return container(dict(enumerate([*ordered, *first.items.values()])), receiver.name)
        if method == "reverse":
            return container(dict(enumerate(reversed(ordered))), receiver.name)
        if method in {"clear"}:
            return container({}, receiver.name)
    if items is not None and receiver.name == "dict":
        if method == "update" and first is not None and first.items is not None:
            return container({**items, **first.items}, "dict")
        if method == "pop" and first is not None and first.is_const:
            return container({key: value for key, value in items.items() if key != first.const}, "dict")
        if method == "setdefault" and first is not None and first.is_const:
            return container({first.const: given.at(1) or constant(None), **items}, "dict")
    if receiver.name.endswith("ConfigParser()") and method == "set" and len(given.positional) == 3:
        keys = [value.const for value in given.positional[:2]]
        return replace(receiver, items={**(items or {}), tuple(map(str, keys)): given.positional[2]})
    if method in {"feed", "update"} and "hash" in receiver.name:
        return None
    if method == "setFeature" and first is not None and "external" in first.name:
        on = given.at(1) or Value()
        return replace(
            receiver,
            attributes={**receiver.attributes, "entities": constant(bool(on.const)) if on.is_const else Value()},
        )
    if method == "setdefault" and first is not None and first.is_const and given.at(1) is not None:
        named = safe_for(given.positional[1], frozenset({tables.MASS}))  # under a name that the code chose
        return replace(receiver, taints=receiver.taints | named.taints, items=None, const=NOTHING)
    if method in ADDING and (added := union(given.all())):
        return replace(receiver, taints=receiver.taints | added, items=None, const=NOTHING)
    return None


def _result(
    node: ast.Call,
    function: Value,
    method: str,
    receiver: Value | None,
    given: Arguments,
    frame: Frame,
    machine: Machine,
) -> Value:
    name = function.name
    if name in tables.SOURCE_CALLS:
        return replace(fresh(tables.SOURCE_CALLS[name], node, frame, _key(given)), name=f"{name}()")
    if method in tables.SOURCE_METHODS and not (receiver is not None and receiver.known):
        return replace(fresh(tables.SOURCE_METHODS[method], node, frame, _key(given)), name=f"{name}()")
    if name in tables.ENCODERS and given.positional:
        return safe_for(replace(given.positional[0], const=NOTHING, items=None, text=HOLE), ALL)
    if name in tables.DECODERS and given.positional:
        first = given.positional[0]
        raw = frozenset(replace(taint, safe=frozenset()) for taint in first.taints)
        return Value(taints=raw, known=first.known, name=first.name)
    cleaned = _sanitised(name, method, receiver, given)
    if cleaned is not None:
        return cleaned
    if receiver is not None:
        known = _method(method, receiver, given, frame, machine)
        if known is not None:
            return known
    if name in WRAPPERS and given.positional:
        first = given.positional[0]
        # The text of a resolved path is compared with the folder that it has to lie in.
        named = first.name if name == "str" and "resolve()" in first.name else name
        if first.items is None and not first.taints:
            return _folded(name, given, first)
        kept = safe_for(first, frozenset({tables.NOSQL})) if name == "str" else first
        return replace(kept, name=named)
    if name == "dict" and not given.positional and given.spread is None:
        return container(dict(given.named), "dict")
    if (
        name in {"list", "set", "dict", "collections.deque", "collections.OrderedDict", "collections.defaultdict"}
        and not given.all()
    ):
        return container({}, "dict" if "ict" in name else "list")
    if name == "xml.sax.make_parser":
        return Value(name=f"{name}()", attributes={"entities": constant(value=False)})
    if name.endswith("make_response") and given.positional:
        return _body_of(given.positional[0], f"{name}()")
    if name == "lxml.etree.XMLParser":
        return Value(name=f"{name}()", attributes={"entities": given.named.get("resolve_entities") or Value()})
    if name == "re.compile":
        return Value(name="re.compile()", attributes={"pattern": given.at(0) or Value()})
    if name == "getattr" and len(given.positional) > 1 and isinstance(given.positional[1].const, str):
        return Value(taints=given.positional[0].taints, name=f"{given.positional[0].name}.{given.positional[1].const}")
    if name in {"functools.partial"} and given.positional:
        return given.positional[0]
    if name in {"open", "io.open", "codecs.open", "os.popen"}:
        return Value(taints=fresh(Source.FILE, node, frame).taints, name="open()")
    if name in {"map", "filter"} and len(given.positional) > 1:
        return _mapped(given, node, frame, machine)
    if name.startswith(HTTP_CLIENTS):
        return Value(taints=fresh(Source.INPUT, node, frame).taints, name=f"{name}()")
    return _default(name, receiver, given)


def _body_of(answer: Value, name: str) -> Value:
    """Of (body, status, headers) the body alone is read as HTML."""
    body = answer.items.get(0, answer) if answer.items is not None and answer.name == "tuple" else answer
    return Value(taints=body.taints, known=body.known, name=name, text=body.text)


def _default(name: str, receiver: Value | None, given: Arguments) -> Value:
    parts = [*given.all(), *([receiver] if receiver is not None else [])]
    taints = union(parts)
    known = bool(parts) and all(part.known for part in parts)
    text = next((part.text for part in given.positional if part.taints), HOLE)
    if "Path" in name or name.endswith("path.join"):
        return _path(name, parts, given, receiver)
    return Value(taints=taints, known=known, name=f"{name}()" if name else "", text=text)


def _path(name: str, parts: list[Value], given: Arguments, receiver: Value | None) -> Value:
    """The name tells that it was resolved, for a later check of where it lies."""
    based = len(given.positional) > 1 and bool(given.positional[1].taints) and not given.positional[0].taints
    resolved = any(word in name for word in ("resolve", "realpath", "abspath", "normpath"))
    head = "/" if based else (receiver.text if receiver is not None else "")
    return Value(
        taints=union(parts),
        known=bool(parts) and all(part.known for part in parts),
        name="pathlib.Path().resolve()" if resolved else "pathlib.Path()" if "Path" in name else "os.path.join()",
        text=head + HOLE,
    )


def _key(given: Arguments) -> str:
    first = given.at(0)
    return str(first.const) if first is not None and first.is_const else ""


def _folded(name: str, given: Arguments, first: Value) -> Value:
    if first.is_const:
        result = folding.call(name, [value.const for value in given.positional])
        if result is not NOTHING:
            return constant(result)
    return Value(known=first.known, name=name, text=first.text)


def _sanitised(name: str, method: str, receiver: Value | None, given: Arguments) -> Value | None:
    """The result where the call is known to make data harmless."""
    classes = tables.SANITISERS.get(name) or (tables.SANITISING_METHODS.get(method) if receiver is not None else None)
    if classes is None and name.endswith((".escape", ".quote")) is False:
        match = tables.SANITISER_WORDS.search(name.rpartition("()")[2])
        classes = frozenset(kind for kind, text in match.groupdict().items() if text) if match else None
    if classes is None:
        return None
    parts = [*given.all(), *([receiver] if method and receiver is not None and receiver.name != "html" else [])]
    if "*" in classes:
        constants = [part.const for part in given.positional]
        folded = folding.call(name, constants) if all(part.is_const for part in given.positional) else NOTHING
        return (
            constant(folded)
            if folded is not NOTHING
            else Value(
                known=all(part.known for part in parts), name=f"{name}()", text=A_NUMBER if name in NUMBERS else HOLE
            )
        )
    first = given.at(0) or Value()
    merged = Value(
        taints=union(parts), known=all(part.known for part in parts), name=first.name or f"{name}()", text=first.text
    )
    return safe_for(merged, classes)


def _method(method: str, receiver: Value, given: Arguments, frame: Frame, machine: Machine) -> Value | None:
    """Methods of strings, containers and request objects."""
    first = given.at(0)
    if receiver.is_const and all(part.is_const for part in given.all()) and not given.named:
        result = folding.method(receiver.const, method, [part.const for part in given.positional])
        if result is not NOTHING:
            return constant(result)
    if (
        receiver.name.endswith("ConfigParser()")
        and method == "get"
        and receiver.items is not None
        and len(given.positional) > 1
    ):
        key = tuple(str(value.const) for value in given.positional[:2])
        return receiver.items.get(key) or Value(taints=union(receiver.items.values()))
    if receiver.items is not None:
        found = _container_method(method, receiver, given)
        if found is not None:
            return found
    if method == "replace" and len(given.positional) > 1:
        return replaced(receiver, *given.positional[:2])
    if method == "format":
        return formatted(receiver, given)
    if method in {"get", "getlist", "pop", "get_json", "getall"} and receiver.taints:
        conversion = given.named.get("type")
        if conversion is not None and conversion.name in {"int", "float", "bool"}:
            return Value(name="int")
        value = Value(
            taints=narrowed(receiver, first.const if first is not None and first.is_const else method),
            name=f"{receiver.name}[]",
        )
        default = given.at(1, "default")
        return join(value, default) if default is not None and default.taints else value
    if (schema := validated(method, receiver, first)) is not None:
        return schema
    if method in {"dict", "model_dump"} and BODY_NAME in receiver.name:
        return safe_for(Value(taints=receiver.taints), frozenset({tables.MASS}))
    if method in {"items", "values", "keys"} and receiver.taints:
        return Value(taints=receiver.taints, name=f"{receiver.name}.{method}()")
    if method == "sub" and receiver.name in {"re", "re.compile()"}:
        pattern, subject = (
            (given.at(0), given.at(2)) if receiver.name == "re" else (receiver.attributes.get("pattern"), given.at(1))
        )
        return substituted(pattern, subject) if subject is not None else None
    if method in READERS and "open()" in receiver.name:
        return Value(taints=receiver.taints, name="open().read()")
    return None


def _container_method(method: str, receiver: Value, given: Arguments) -> Value | None:
    if receiver.items is None:
        return None
    first = given.at(0)
    if method in {"get", "pop", "__getitem__"} and receiver.name == "dict" and first is not None:
        default = given.at(1) or constant(None)
        if first.is_const and isinstance(first.const, str | int | bytes | None):
            return receiver.items.get(first.const, default)
        return join(element_of(receiver), default)
    if method == "pop":
        index = first.const if first is not None and first.is_const else -1
        values = list(receiver.items.values())
        return values[index] if isinstance(index, int) and -len(values) <= index < len(values) else element_of(receiver)
    if method == "items" and receiver.name == "dict":
        pairs = [container({0: constant(key), 1: value}, "tuple") for key, value in receiver.items.items()]
        return container(dict(enumerate(pairs)), "list")
    if method == "values":
        return container(dict(enumerate(receiver.items.values())), "list")
    if method == "keys":
        return container(dict(enumerate(map(constant, receiver.items))), "list")
    return receiver if method == "copy" else None


def _mapped(given: Arguments, node: ast.Call, frame: Frame, machine: Machine) -> Value:
    function, values = given.positional[:2]
    element = element_of(values)
    if function.target is not None:
        entered = machine.enter(function.target, Arguments([element], {}), frame, node)
        element = entered.result if entered is not None else element
    elif function.name in tables.SANITISERS:
        element = safe_for(element, tables.SANITISERS[function.name])
        element = Value() if "*" in tables.SANITISERS[function.name] else element
    return Value(taints=element.taints, known=element.known, name="list")


__all__ = ["Callable_", "add_checks", "call", "checks_of"]
