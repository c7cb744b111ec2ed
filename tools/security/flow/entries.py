"""Where the pass starts: every function, with what a caller from outside can give it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from tools.security.flow.machine import Frame, Machine, fresh, lookup
from tools.security.flow.modules import Function, Module
from tools.security.flow.schemas import BODY_NAME, is_open
from tools.security.flow.values import NUMBER, UNKNOWN, Callable_, Source, Value

VERBS = frozenset(
    [
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "route",
        "api_route",
        "websocket",
        "websocket_route",
        "view",
        "expose",
    ]
)
HARMLESS = re.compile(
    r"^(int|float|bool|UUID|uuid\.UUID|date|datetime|Decimal|UUID4|PositiveInt|Literal\[.*|NonNegativeInt|Optional\[(int|float|bool|UUID|date|datetime)\]"
    r"|(int|float|bool|UUID|date|datetime|Decimal) \| None)$"
)
PROVIDED = re.compile(
    r"\b(Depends|Security|Session|AsyncSession|BackgroundTasks|Response|Connection|Pool|HTTPConnection|Settings|Engine)\b"
)
BODY = re.compile(r"^[A-Z]\w*(Create|Update|In|Model|Schema|Request|Payload|Body|Item|Patch|Base)?$")
HANDLERS = frozenset({"BaseHTTPRequestHandler", "SimpleHTTPRequestHandler", "CGIHTTPRequestHandler"})


def web_kind(node: Function, owner: ast.ClassDef | None, module: Module) -> str:
    """`route` for a function that a framework calls, `handler` for a method of http.server, else nothing."""
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Attribute) and target.attr in VERBS and "requests" not in ast.unparse(target.value):
            return "route"
        if isinstance(target, ast.Name) and target.id in {
            "api_view",
            "route",
            "require_POST",
            "require_GET",
            "require_http_methods",
            "csrf_exempt",
        }:
            return "route"
    if owner is not None:
        bases = {ast.unparse(base).rpartition(".")[2] for base in owner.bases}
        if bases & HANDLERS and node.name.startswith("do_"):
            return "handler"
        if bases & {"RequestHandler"} and node.name in VERBS:
            return "tornado"
        if node.name in VERBS and any(re.search(r"View|Resource|MethodView|Endpoint", base) for base in bases):
            return "route"
    names = [argument.arg for argument in node.args.args]
    if module.is_web and names[:1] == ["request"] and not node.name.startswith("_"):
        return "route"
    if module.is_web and names[:2] == ["self", "request"]:
        return "route"
    return ""


def bind_entry(node: Function, owner: ast.ClassDef | None, frame: Frame, machine: Machine) -> None:
    """Gives the parameters what a caller from outside would."""
    kind = web_kind(node, owner, frame.module)
    frame.web = _serves(kind, node, frame)
    names = [*node.args.posonlyargs, *node.args.args]
    defaults: dict[str, ast.expr] = dict(
        zip([a.arg for a in reversed(names)], reversed(node.args.defaults), strict=False)
    )
    defaults |= {a.arg: d for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None}
    called = node.name in machine.folder.called and not kind
    for number, argument in enumerate([*names, *node.args.kwonlyargs]):
        if number == 0 and owner is not None and argument.arg in {"self", "cls"}:
            frame.names[argument.arg] = _self(kind, owner, node, frame)
            continue
        frame.names[argument.arg] = _parameter(
            argument, defaults.get(argument.arg), kind, called, node, frame, machine.folder.annotated
        )
    for extra in (node.args.vararg, node.args.kwarg):
        if extra is not None:
            source = Source.REQUEST if kind == "route" else Source.PARAMETER
            value = fresh(source, extra, frame, extra.arg)
            frame.names[extra.arg] = UNKNOWN if called or node.name.startswith("__") else value


def _serves(kind: str, node: Function, frame: Frame) -> str:
    """Flask sends text as HTML; FastAPI as JSON, unless told otherwise; Django wants a response object."""
    if kind != "route":
        return ""
    decorators = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    if re.search(r"HTMLResponse", decorators):
        return "html"
    fast = re.search(r"\b(fastapi|starlette|django|aiohttp|flask_restful|rest_framework)\b", frame.module.source)
    return "" if fast and not re.search(r"^\s*(from|import) flask\b", frame.module.source, re.MULTILINE) else "html"


def _self(kind: str, owner: ast.ClassDef, node: Function, frame: Frame) -> Value:
    attributes: dict[str, Value] = {}
    if kind == "handler":
        for name in ("path", "headers", "rfile", "requestline"):
            attributes[name] = fresh(Source.REQUEST, node, frame, name)
    if kind == "route" or kind == "tornado":
        attributes["request"] = Value(name="$request", taints=fresh(Source.REQUEST, node, frame, "request").taints)
    around = frame.around
    return Value(target=Callable_(owner, frame.module, around), name="self", attributes=attributes)


def _parameter(
    argument: ast.arg,
    default: ast.expr | None,
    kind: str,
    called: bool,
    node: Function,
    frame: Frame,
    annotated: Mapping[str, str],
) -> Value:
    annotation = ast.unparse(argument.annotation) if argument.annotation is not None else ""
    annotation = annotated.get(annotation, annotation)
    provided = f"{annotation} {ast.unparse(default) if default is not None else ''}"
    inner = re.sub(r"^Annotated\[([^,]+),.*$", r"\1", annotation)
    if kind in {"route", "tornado"}:
        if argument.arg == "request" or (
            re.search(r"\b(Request|HttpRequest|WebSocket)\b", annotation) and not annotation.endswith("RequestModel")
        ):
            return Value(name="$request", taints=fresh(Source.REQUEST, argument, frame, "request").taints)
        if PROVIDED.search(provided) or HARMLESS.match(inner) or _converted(argument.arg, node):
            return Value(name=f"$given.{argument.arg}")
        if re.search(r"pattern\s*=|regex\s*=", provided):
            return Value(name=f"$given.{argument.arg}")
        schema = inner.removesuffix(" | None")
        value = fresh(Source.REQUEST, argument, frame, argument.arg)
        closed = bool(BODY.match(schema)) and schema != "Any" and not is_open(lookup(schema, frame) or UNKNOWN)
        return Value(taints=value.taints, name=BODY_NAME if closed else "", text=value.text)
    if HARMLESS.match(inner):
        return NUMBER
    if argument.arg == "event" and [a.arg for a in node.args.args[:2]] == ["event", "context"]:
        return Value(taints=fresh(Source.REQUEST, argument, frame, "event").taints)  # of a cloud function
    if called or argument.arg in {"self", "cls"} or (frame.module.is_test and _is_given_fixtures(node)):
        return UNKNOWN
    value = fresh(Source.PARAMETER, argument, frame, argument.arg)
    return Value(taints=value.taints, text=value.text)


def _is_given_fixtures(node: Function) -> bool:
    """A test, or a fixture: its arguments are the suite's own."""
    return node.name.startswith("test") or any("fixture" in ast.unparse(d) for d in node.decorator_list)


def _converted(name: str, node: Function) -> bool:
    """`/users/<int:name>`: the framework lets nothing else through."""
    routes = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    return bool(
        re.search(rf"<(int|float|uuid|any\([^)]*\)):{re.escape(name)}>|{{{re.escape(name)}:(int|float|uuid)}}", routes)
    )


__all__ = ["bind_entry", "web_kind"]
