"""Calls that are weak by what they are, not by the data that reaches them."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.answers import check_answers
from tools.security.flow.crypto import RANDOM, check_ciphers, check_hashes, check_random
from tools.security.flow.logs import check_logged
from tools.security.flow.machine import Arguments, Frame, Machine, live_taints
from tools.security.flow.patterns import check_patterns
from tools.security.flow.secrets_in_code import check_passwords
from tools.security.flow.sinks import judge
from tools.security.flow.strength import check_strength
from tools.security.flow.tokens import check_tokens
from tools.security.flow.transport import check_transport
from tools.security.flow.values import Value
from tools.security.flow.weaknesses import Weakness, number, tell

HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM
ROWS = re.compile(r"\.(query|objects|filter|filter_by|where)\b.*\.update$", re.DOTALL)
FOR_ALL, FOR_GROUP = 0o002, 0o020
WRITABLE = Weakness(
    "world-writable", 732, MEDIUM, "the file becomes writable for everybody",
    "Give rights to the owner only, such as 0o600.",
)  # fmt: skip
GAP = Weakness(
    "insecure-temporary-file", 377, MEDIUM, "it leaves a gap in which the file can be made by someone else",
    "Use tempfile.NamedTemporaryFile or mkstemp.",
)  # fmt: skip
ENTITIES = Weakness(
    "xml-external-entities", 611, MEDIUM, "the parser fetches external entities", "Pass resolve_entities=False.",
    Confidence.MEDIUM,
)  # fmt: skip


def check_call(
    node: ast.Call, function: Value, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    name = function.name
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    check_hashes(node, name, given, frame, machine)
    check_ciphers(node, name, given, frame, machine)
    if name.rpartition(".")[0] in {"random", "numpy.random", "random.Random()"} and name.rpartition(".")[2] in RANDOM:
        check_random(node, frame, machine)
    check_transport(node, name, method, given, frame, machine)
    check_strength(node, name, given, frame, machine)
    check_answers(node, name, method, receiver, given, frame, machine)
    _settings(node, name, method, given, frame, machine)
    _mass(node, name, method, function, given, frame, machine)
    check_patterns(node, name, method, receiver, given, frame, machine)
    check_tokens(node, name, given, frame, machine)
    check_logged(node, frame, machine)
    _converted(node, name, method, given, frame, machine)
    check_passwords(node, name, given, frame, machine)
    _xml(node, name, method, given, frame, machine)
    _rights(node, name, method, given, frame, machine)
    if name in {"tempfile.mktemp", "os.tempnam", "os.tmpnam"}:
        tell(GAP, node, frame, machine)
    if (
        method in {"extractall", "extract"}
        and (receiver is not None and "tarfile" in receiver.name)
        and "filter" not in given.named
    ):
        outside = receiver is not None and live_taints(receiver, tables.PATH, frame)
        machine.report(
            frame,
            node,
            "archive-extraction",
            22,
            HIGH if outside else MEDIUM,
            Confidence.MEDIUM,
            "members of the archive can leave the target folder",
            'Pass filter="data".',
        )


def _converted(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    first = given.at(0)
    if first is None or not first.taints:
        return
    if name in {"float", "complex"}:
        judge(tables.NAN, first, node, frame, machine, weak=True)
    if method in {"writerow", "writerows"}:
        judge(tables.CELL, first, node, frame, machine, weak=True)


def _rights(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    if method in {"chmod", "fchmod", "lchmod"} or name in {"os.chmod", "os.fchmod", "os.lchmod"}:
        mode = number(given.at(1 if name.startswith("os.") else 0, "mode"))
        if mode is not None and mode & FOR_ALL:
            tell(WRITABLE, node, frame, machine)
        elif mode is not None and mode & FOR_GROUP:
            tell(WRITABLE, node, frame, machine, severity=Severity.LOW, confidence=Confidence.MEDIUM)
    if name == "os.umask":
        mask = number(given.at(0, "mask"))
        if mask is not None and not mask & FOR_ALL:
            tell(WRITABLE, node, frame, machine, confidence=Confidence.MEDIUM)


def _settings(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    debug = given.named.get("debug")
    framework = method == "run" or re.search(r"(FastAPI|Starlette|Application|Flask|uvicorn\.run)$", name)
    if name == "django.conf.settings.configure":
        framework, debug = True, given.named.get("DEBUG")
    if framework and debug is not None and debug.const is True:
        severity = HIGH if method == "run" else MEDIUM
        machine.report(
            frame,
            node,
            "debug-mode",
            489,
            severity,
            Confidence.HIGH,
            "debug mode shows code and lets visitors run it",
            "Switch it on by a setting of the developer's machine.",
        )
    if name.endswith("Environment") and "jinja2" in name:
        escape = given.named.get("autoescape")
        if escape is None or escape.const is False:
            html = any(word in frame.module.source for word in ("html", "HTML"))
            machine.report(
                frame,
                node,
                "autoescape-off",
                79,
                HIGH if html else MEDIUM,
                Confidence.MEDIUM if html else Confidence.LOW,
                "values in templates are not escaped",
                "Pass autoescape=select_autoescape().",
            )


def _mass(
    node: ast.Call, name: str, method: str, function: Value, given: Arguments, frame: Frame, machine: Machine
) -> None:
    if (name == "setattr" and len(given.positional) == 3) or (method == "__setattr__" and len(given.positional) > 1):
        judge(tables.MASS, given.positional[-2], node, frame, machine)
    last = name.rpartition(".")[2]
    if (
        given.spread is not None
        and given.spread.taints
        and (last[:1].isupper() or method in {"create", "update", "values", "update_or_create"})
    ):
        judge(tables.MASS, given.spread, node, frame, machine)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    whole = method == "update" and owner is not None and given.positional and given.positional[0].items is None
    if whole and ROWS.search(ast.unparse(node.func)):
        judge(tables.MASS, given.positional[0], node, frame, machine)
    if method == "update" and isinstance(owner, ast.Attribute) and owner.attr == "__dict__" and given.positional:
        judge(tables.MASS, given.positional[0], node, frame, machine)


def _xml(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    first, second = given.at(0), given.at(1)
    if name.endswith(("etree.XMLParser", "etree.XMLPullParser")) and "lxml" in name:
        entities, network = given.named.get("resolve_entities"), given.named.get("no_network")
        asked = (entities is not None and entities.const is True) or (network is not None and network.const is False)
        loads = given.named.get("load_dtd")
        if asked or (loads is not None and loads.const is True):
            tell(ENTITIES, node, frame, machine)
        elif entities is None and given.spread is None:
            tell(ENTITIES, node, frame, machine, confidence=Confidence.LOW)
    switched = method == "setFeature" and first is not None and "feature_external" in first.name
    if switched and second is not None and second.is_const and second.const:
        tell(ENTITIES, node, frame, machine, confidence=Confidence.LOW)  # judged where something is parsed


__all__ = ["check_call"]
