"""What a condition proves of outside data: on the path where it holds, and where it does not."""

from __future__ import annotations

import ast
import re

from tools.security.flow import tables
from tools.security.flow.machine import Checks, Frame, Machine
from tools.security.flow.values import ADDRESSES, ALL, Value

URLS = frozenset({tables.SSRF, tables.REDIRECT})
CHARACTERS = (
    (re.compile(r"\.\.|^[/\\]$"), frozenset({tables.PATH})),
    (re.compile(r"['\"]"), frozenset({tables.SQL, tables.XPATH, tables.CODE})),
    (re.compile(r"<|>"), frozenset({tables.XSS})),
    (re.compile(r"[;|&$`]"), frozenset({tables.COMMAND})),
    (re.compile(r"[()*]"), frozenset({tables.LDAP})),
    (re.compile(r"//|^:$|\\\\"), URLS),
    (re.compile(r"[\r\n]"), frozenset({tables.HEADER, tables.LOG})),
)
"""Text whose absence makes data harmless for these classes."""
DIGITS = frozenset(["isdigit", "isdecimal", "isnumeric", "isalnum", "isalpha", "isidentifier", "isspace"])
SETS = frozenset(["intersection", "issubset", "issuperset", "isdisjoint"])
Pair = tuple[Checks, Checks]


def checks_of(test: ast.expr, frame: Frame, machine: Machine) -> Pair:
    """(what holds where it is true, what holds where it is false)."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        true, false = checks_of(test.operand, frame, machine)
        return false, true
    if isinstance(test, ast.BoolOp):
        pairs = [checks_of(value, frame, machine) for value in test.values]
        together = [check for pair in pairs for check in pair[isinstance(test.op, ast.Or)]]
        either = _common([pair[isinstance(test.op, ast.And)] for pair in pairs])
        return (together, either) if isinstance(test.op, ast.And) else (either, together)
    if isinstance(test, ast.NamedExpr):
        return checks_of(test.value, frame, machine)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compare(test, frame, machine)
    if isinstance(test, ast.Call):
        return _call(test, frame, machine)
    if isinstance(test, ast.BinOp) and isinstance(test.op, ast.BitAnd | ast.Sub):
        return _of_sets(test, frame, machine)
    value = machine.evaluate(test, frame)
    address = any(word in value.name for word in ADDRESSES)
    return [], (_marks(value, URLS) if address else [])


def _of_sets(test: ast.BinOp, frame: Frame, machine: Machine) -> Pair:
    """`set(given) & ALLOWED` is true where one is allowed, `set(given) - ALLOWED` false where all are."""
    left, right = machine.evaluate(test.left, frame), machine.evaluate(test.right, frame)
    if isinstance(test.op, ast.Sub):
        return [], (_marks(left, _scope(left)) if left.taints and not right.taints else [])
    foreign = [value for value in (left, right) if value.taints]
    return (_marks(foreign[0], _scope(foreign[0])) if len(foreign) == 1 else []), []


def _marks(value: Value, classes: frozenset[str]) -> Checks:
    return [(taint.origin, classes) for taint in value.taints]


def _common(lists: list[Checks]) -> Checks:
    """What each of them says."""
    first, *others = lists
    found: Checks = []
    for origin, classes in first:
        held = classes
        for other in others:
            there = frozenset().union(*(c for o, c in other if o == origin))
            held = held if "*" in there else there if "*" in held else held & there
        if held:
            found.append((origin, held))
    return found


def _compare(test: ast.Compare, frame: Frame, machine: Machine) -> Pair:
    left, right = machine.evaluate(test.left, frame), machine.evaluate(test.comparators[0], frame)
    kind = test.ops[0]
    negative = isinstance(kind, ast.NotIn | ast.NotEq | ast.IsNot)
    true: Checks = []
    false: Checks = []
    if isinstance(kind, ast.In | ast.NotIn):
        if left.taints and not right.taints:
            true = _marks(left, _scope(left))
        elif left.is_const and isinstance(left.const, str) and right.taints:
            false = [
                mark for pattern, classes in CHARACTERS if pattern.search(left.const) for mark in _marks(right, classes)
            ]
    elif isinstance(kind, ast.Eq | ast.NotEq):
        for one, other in ((left, right), (right, left)):
            if one.taints and not other.taints:
                path = any(word in one.name for word in ("commonpath", "commonprefix", "parent", "dirname"))
                true += _marks(one, frozenset({tables.PATH}) if path else _scope(one))
    elif isinstance(kind, ast.Is | ast.IsNot) and right.is_const and right.const is None:
        # `re.match(...) is None`: false says what the call's truth says.
        matched, _ = checks_of(test.left, frame, machine) if isinstance(test.left, ast.Call) else ([], [])
        return (matched, []) if negative else ([], matched)
    return (false, true) if negative else (true, false)


def _scope(value: Value) -> frozenset[str]:
    """Where a part of an address was compared, only the address is known."""
    return URLS if any(word in value.name for word in (*ADDRESSES, "getaddrinfo", "gethostby")) else ALL


def _call(test: ast.Call, frame: Frame, machine: Machine) -> Pair:
    arguments = [machine.evaluate(node, frame) for node in test.args if not isinstance(node, ast.Starred)]
    function = machine.evaluate(test.func, frame)
    method = test.func.attr if isinstance(test.func, ast.Attribute) else ""
    receiver = machine.evaluate(test.func.value, frame) if isinstance(test.func, ast.Attribute) else Value()
    if method in DIGITS and receiver.taints:
        return _marks(receiver, ALL), []
    if method in {"startswith", "endswith"} and receiver.taints:
        return _beginning(method, receiver, arguments)
    if method in SETS and arguments and bool(receiver.taints) != bool(arguments[0].taints):
        marks = _marks(receiver if receiver.taints else arguments[0], ALL)
        return ([], marks) if method == "isdisjoint" else (marks, [])
    if method == "is_relative_to" and receiver.taints:
        return _marks(receiver, frozenset({tables.PATH})), []
    if method in {"match", "fullmatch", "search"} and arguments:
        return _matched(method, function, receiver, arguments), []
    if function.target is not None:
        given = machine.evaluate(test, frame)
        return list(_returned(given, test, frame, machine)), []
    name = function.name or method
    if tables.VALIDATOR_WORDS.search(name):
        named = [machine.evaluate(keyword.value, frame) for keyword in test.keywords if keyword.arg]
        return [mark for value in (*arguments, *named[:1]) for mark in _marks(value, ALL)], []
    if name.endswith(("all", "any")) and test.args and isinstance(test.args[0], ast.GeneratorExp):
        return _of_each(name, test.args[0], frame, machine), []
    return [], []


def _of_each(name: str, node: ast.GeneratorExp, frame: Frame, machine: Machine) -> Checks:
    """`all(c in LETTERS for c in text)`."""
    value = machine.evaluate(node.generators[0].iter, frame)
    tested = ast.unparse(node.elt)
    sure = (
        name.endswith("all")
        and (" in " in tested or any(word in tested for word in DIGITS))
        and " not in " not in tested
    )
    return _marks(value, ALL) if sure else []


def _returned(value: Value, test: ast.Call, frame: Frame, machine: Machine) -> Checks:
    entered = getattr(machine, "last_checks", {}).get(id(test))
    return entered or []


def _beginning(method: str, receiver: Value, arguments: list[Value]) -> Pair:
    given = arguments[0] if arguments else Value()
    text = given.const if isinstance(given.const, str) else None
    if any(word in receiver.name for word in ("realpath", "abspath", "resolve", "normpath", "Path", "safe_path")) and (
        method == "startswith"
    ):
        return _marks(receiver, frozenset({tables.PATH})), []
    if text is None:
        return [], []
    if re.match(r"https?://[^/]+/", text) and method == "startswith":
        return _marks(receiver, URLS), []
    if text in {"//", "http", "\\"} and method == "startswith":
        return [], _marks(receiver, frozenset({tables.REDIRECT}))
    return [], []


def _matched(method: str, function: Value, receiver: Value, arguments: list[Value]) -> Checks:
    """A pattern that allows no dangerous character, for the whole of the text."""
    if function.name in {"re.match", "re.fullmatch", "re.search"} and len(arguments) > 1:
        pattern, subject = arguments[0].const, arguments[1]
    else:
        pattern, subject = receiver.attributes.get("pattern", Value()).const, arguments[0]
    if not isinstance(pattern, str) or not subject.taints:
        return []
    closed = pattern.endswith(("$", r"\Z", r"\z")) or method == "fullmatch"
    opened = pattern.startswith(("^", r"\A")) or method != "search"
    if not (closed and opened):
        return []
    bare = re.sub(r"\\.", lambda found: found[0] if found[0] in {r"\S", r"\W", r"\D"} else "a", pattern)
    loose = re.search(r"\\[SWD]|\[\^|(?<!\[)\.(?![^\[]*\])", bare)
    if loose:
        return []
    harmful = re.search(r"\[[^\]]*['\"<>;|&$`][^\]]*\]", bare)
    return [] if harmful else _marks(subject, ALL)


__all__ = ["Pair", "checks_of"]
