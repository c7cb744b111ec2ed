"""What imports bring in, and assignments that are weak by what they set."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.modules import Module
from tools.security.flow.secret_words import SECRET_NAME, is_secret
from tools.security.flow.settings import DEBUG, OF_DJANGO, OF_FLASK, check_setting
from tools.security.flow.sinks import fixed_address, judge
from tools.security.flow.values import Value

ALIASES = {"cPickle": "pickle", "_pickle": "pickle", "defusedxml.lxml": "defusedxml.lxml", "Cryptodome": "Crypto"}
OLD = re.compile(r"TLSVersion\.(SSLv3|TLSv1|TLSv1_1|MINIMUM_SUPPORTED)$")
HEADER_KINDS = {"location": tables.REDIRECT, "access-control-allow-origin": tables.ORIGIN}
HEADERS = re.compile(r"\.headers$|Response\(\)$")
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
    elif owner.name.endswith(".config"):
        check_setting(OF_FLASK.get(str(key.const)), value, node, frame, machine)
        _secret(str(key.const), value, node, frame, machine)


def _attribute(target: ast.Attribute, value: Value, node: ast.stmt, frame: Frame, machine: Machine) -> None:
    if target.attr == "verify" and value.const is False:
        owner = machine.evaluate(target.value, frame)
        if "Session" in owner.name or "Client" in owner.name:
            machine.report(
                frame,
                node,
                "tls-not-verified",
                295,
                Severity.HIGH,
                Confidence.HIGH,
                "the server's certificate is not checked",
                "Leave verification on.",
            )
    if (target.attr == "check_hostname" and value.const is False) or (
        target.attr == "verify_mode" and value.name.endswith("CERT_NONE")
    ):
        machine.report(
            frame,
            node,
            "tls-not-verified",
            295,
            Severity.HIGH,
            Confidence.HIGH,
            "the server's certificate is not checked",
            "Leave verification on.",
        )
    if target.attr == "minimum_version" and OLD.search(value.name):
        machine.report(
            frame,
            node,
            "old-tls",
            327,
            Severity.HIGH,
            Confidence.HIGH,
            "the protocol is broken",
            "Set it to TLSv1_2 or newer.",
        )
    if target.attr == "_create_default_https_context":
        machine.report(
            frame,
            node,
            "tls-not-verified",
            295,
            Severity.HIGH,
            Confidence.HIGH,
            "certificates are checked nowhere in the process",
            "Leave verification on.",
        )
    if target.attr == "debug" and value.const is True and "Flask" in machine.evaluate(target.value, frame).name:
        check_setting(DEBUG, value, node, frame, machine)
    if target.attr == "__dict__":
        judge(tables.MASS, value, node, frame, machine)
    if target.attr in {"innerHTML"}:
        judge(tables.XSS, value, node, frame, machine)
    _secret(target.attr, value, node, frame, machine)


def _name(target: ast.Name, value: Value, node: ast.stmt, frame: Frame, machine: Machine) -> None:
    if frame.module.is_settings:
        check_setting(OF_DJANGO.get(target.id), value, node, frame, machine)
    _secret(target.id, value, node, frame, machine)


def _secret(name: str, value: Value, node: ast.stmt, frame: Frame, machine: Machine) -> None:
    """A password in the code. Its text is not shown."""
    text = value.const
    if not isinstance(text, str) or not SECRET_NAME.search(name) or not literal(node) or not is_secret(text):
        return
    if "test" in frame.module.file.lower().rpartition("/")[2][:5]:
        return
    machine.report(
        frame,
        node,
        "hard-coded-secret",
        798,
        Severity.HIGH,
        Confidence.MEDIUM,
        f"{name} is given as a constant of {len(text)} characters (not shown)",
        "Read it from the environment and replace it where it is in use.",
    )


def literal(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    return isinstance(value, ast.Constant | ast.BinOp | ast.JoinedStr)


__all__ = ["check_assignment", "imported"]
