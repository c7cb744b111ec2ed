"""What imports bring in, and assignments that are weak by what they set."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.answers import CLEAR, CSRF, READABLE, check_header
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.modules import Module
from tools.security.flow.secrets_in_code import check_secret, check_signing_key
from tools.security.flow.settings import DEBUG, ELSEWHERE_TOO, OF_DJANGO, OF_FLASK, check_setting
from tools.security.flow.sinks import RESPONSE, fixed_address, judge, type_set
from tools.security.flow.transport import OLD as OLD_TLS
from tools.security.flow.transport import UNVERIFIED, check_address
from tools.security.flow.values import EVERYTHING, Value, constant, container
from tools.security.flow.weaknesses import Weakness, is_off, tell

ALIASES = {"cPickle": "pickle", "_pickle": "pickle", "defusedxml.lxml": "defusedxml.lxml", "Cryptodome": "Crypto"}
OLD = re.compile(r"TLSVersion\.(SSLv3|TLSv1|TLSv1_1|MINIMUM_SUPPORTED)$")
HEADER_KINDS = {"location": tables.REDIRECT, "access-control-allow-origin": tables.ORIGIN}
HEADERS = re.compile(r"\.headers$|Response\(\)$|[Rr]esponse$|Headers\(\)$")
CONFIGURATION = re.compile(r"Config|Settings")
ALL_FIELDS = Weakness(
    "mass-assignment", 915, Severity.MEDIUM, "a form can set every field of the model, those added later as well",
    "Name the fields that may be set.", Confidence.LOW,
)  # fmt: skip
ITEMS = {"secure": CLEAR, "httponly": READABLE}
"""Of a cookie of http.cookies."""
REEXPORTED = {
    "flask.escape": "markupsafe.escape",
    "django.utils.safestring.mark_safe": "django.utils.safestring.mark_safe",
    "fastapi.Request": "fastapi.Request",
    "sqlalchemy.sql.expression.text": "sqlalchemy.text",
    "sqlalchemy.sql.text": "sqlalchemy.text",
    "xml.etree.cElementTree": "xml.etree.ElementTree",
    "django.template.engines": "django.template.engines",
}


def imported(node: ast.Import | ast.ImportFrom, frame: Frame, machine: Machine) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                frame.names[alias.asname] = Value(name=_known(alias.name))
            else:
                root = alias.name.split(".")[0]
                frame.names[root] = Value(name=_known(root))
        return
    base = _absolute(node, frame.module)
    for alias in node.names:
        if alias.name == "*":
            module = machine.folder.find(base)
            if module is not None and module is not frame.module:
                frame.names.update(machine.module_frame(module).names)
            elif module is None:
                held = frame.names.get(EVERYTHING)
                known = list(held.items.values()) if held is not None and held.items is not None else []
                frame.names[EVERYTHING] = container(dict(enumerate([*known, constant(_known(base))])), "list")
            continue
        frame.names[alias.asname or alias.name] = _one(base, alias.name, frame, machine)


def _one(base: str, name: str, frame: Frame, machine: Machine) -> Value:
    module = machine.folder.find(base)
    if module is not None and module is not frame.module:
        found = machine.module_frame(module).names.get(name)
        if found is not None:
            return found
    return Value(name=_known(f"{base}.{name}" if base else name))


def _known(name: str) -> str:
    root, dot, rest = name.partition(".")
    name = ALIASES.get(root, root) + dot + rest
    return REEXPORTED.get(name, name)


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    parts = module.package.split(".") if module.package else []
    parts = parts[: len(parts) - node.level + 1] if node.level > 1 else parts
    return ".".join([*parts, *([node.module] if node.module else [])])


def check_assignment(target: ast.expr, value: Value, node: ast.stmt, frame: Frame, machine: Machine) -> None:
    if isinstance(target, ast.Subscript):
        _item(target, value, node, frame, machine)
    if isinstance(target, ast.Attribute):
        _attribute(target, value, node, frame, machine)
    if isinstance(target, ast.Name):
        _name(target, value, node, frame, machine)


def _item(target: ast.Subscript, value: Value, node: ast.stmt, frame: Frame, machine: Machine) -> None:
    owner = machine.evaluate(target.value, frame)
    key = machine.evaluate(target.slice, frame)
    if re.search(r"(^|\.)session$", owner.name):
        judge(tables.TRUST, value, node, frame, machine)
        judge(tables.TRUST, key, node, frame, machine)
    elif HEADERS.search(owner.name):
        place = key.const if isinstance(key.const, str) else ""
        kind = HEADER_KINDS.get(place.lower(), tables.HEADER)
        if not fixed_address(kind, value):
            judge(kind, value, node, frame, machine)
        check_header(key, value, node, frame, machine)
    elif key.const in ITEMS and is_off(value) and re.search(r"(Simple|Base)Cookie\(\)\[\]$", owner.name):
        tell(ITEMS[key.const], node, frame, machine)
    elif owner.name.endswith(".config"):
        check_setting(OF_FLASK.get(str(key.const)), value, node, frame, machine)
        check_signing_key(str(key.const), value, node, frame, machine)
        check_secret(str(key.const), value, node, frame, machine)


def _attribute(target: ast.Attribute, value: Value, node: ast.stmt, frame: Frame, machine: Machine) -> None:
    if target.attr == "verify" and is_off(value):
        owner = machine.evaluate(target.value, frame)
        if "ession" in owner.name or "Client" in owner.name:
            tell(UNVERIFIED, node, frame, machine)
    off = target.attr == "check_hostname" and value.const is False
    if off or (target.attr in {"verify_mode", "cert_reqs"} and value.name.endswith("CERT_NONE")):
        kept = target.attr == "cert_reqs" and isinstance(target.value, ast.Name) and target.value.id == "self"
        tell(UNVERIFIED, node, frame, machine, confidence=Confidence.LOW if kept else None)
    if target.attr in {"minimum_version", "maximum_version"} and OLD.search(value.name):
        tell(OLD_TLS, node, frame, machine)
    if target.attr == "_create_default_https_context":
        tell(UNVERIFIED, node, frame, machine)
    if target.attr == "debug" and value.const is True and "Flask" in machine.evaluate(target.value, frame).name:
        check_setting(DEBUG, value, node, frame, machine)
    answered = target.attr in {"content", "data", "body"} and value.taints and not type_set(frame)
    if answered and RESPONSE.search(machine.evaluate(target.value, frame).name):
        judge(tables.XSS, value, node, frame, machine)
    if target.attr in {"full_url", "proxy"} and value.taints and "urllib" in frame.module.source:
        judge(tables.SSRF, value, node, frame, machine)
    if target.attr == "__dict__":
        judge(tables.MASS, value, node, frame, machine)
    if target.attr in {"innerHTML"}:
        judge(tables.XSS, value, node, frame, machine)
    if target.attr == "secret_key":
        check_signing_key(target.attr, value, node, frame, machine)
    if literal(node):
        check_secret(target.attr, value, node, frame, machine)
        check_address(value, node, frame, machine)


def _name(target: ast.Name, value: Value, node: ast.stmt, frame: Frame, machine: Machine) -> None:
    if frame.module.is_settings:
        check_setting(OF_DJANGO.get(target.id), value, node, frame, machine)
    elif target.id in ELSEWHERE_TOO:
        check_setting(OF_DJANGO[target.id], value, node, frame, machine, Confidence.LOW)
    elif frame.owner is not None and CONFIGURATION.search(frame.owner.name):
        check_setting(OF_FLASK.get(target.id), value, node, frame, machine)
    if target.id == "fields" and value.const == "__all__" and frame.owner is not None:
        tell(ALL_FIELDS, node, frame, machine)
    if target.id == "csrf" and frame.owner is not None and value.const is False:
        tell(CSRF, node, frame, machine)
    if target.id in {"SECRET_KEY", "JWT_SECRET_KEY"}:
        check_signing_key(target.id, value, node, frame, machine)
    if literal(node):
        check_secret(target.id, value, node, frame, machine)
        check_address(value, node, frame, machine)


def literal(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    return isinstance(value, ast.Constant | ast.BinOp | ast.JoinedStr)


__all__ = ["check_assignment", "imported"]
