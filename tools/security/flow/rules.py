"""Calls that are weak by what they are, not by the data that reaches them."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.crypto import RANDOM, check_ciphers, check_hashes, check_random
from tools.security.flow.machine import Arguments, Frame, Machine, live_taints
from tools.security.flow.secret_words import SECRET_NAME, is_secret
from tools.security.flow.sinks import judge
from tools.security.flow.values import Source, Value

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
SESSION_WORDS = re.compile(r"sess|token|auth|jwt|remember|login|user|csrf|id$", re.IGNORECASE)
CONNECTING = re.compile(r"(^|\.)(connect|login|create_connection|create_pool|ConnectionPool|SMTP|FTP)$")
"""What a constant is handed to as a password is let in by it, whatever it looks like."""
HTTP = re.compile(r"^(requests|httpx)\.(get|post|put|patch|delete|head|options|request|Client|AsyncClient|Session)$")


def check_call(
    node: ast.Call, function: Value, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    name = function.name
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    check_hashes(node, name, given, frame, machine)
    check_ciphers(node, name, given, frame, machine)
    if name.rpartition(".")[0] in {"random", "numpy.random", "random.Random()"} and name.rpartition(".")[2] in RANDOM:
        check_random(node, frame, machine)
    _transport(node, name, method, given, frame, machine)
    _cookies(node, method, receiver, given, frame, machine)
    _settings(node, name, method, given, frame, machine)
    _mass(node, name, method, function, given, frame, machine)
    _patterns(node, name, method, receiver, given, frame, machine)
    _passwords(node, frame, machine)
    _xml(node, name, method, receiver, given, frame, machine)
    if name == "tempfile.mktemp":
        machine.report(
            frame,
            node,
            "insecure-temporary-file",
            377,
            MEDIUM,
            Confidence.HIGH,
            "tempfile.mktemp leaves a gap in which the file can be made by someone else",
            "Use tempfile.NamedTemporaryFile or mkstemp.",
        )
    if name in {"os.chmod", "pathlib.Path().chmod"} or method == "chmod":
        mode = given.at(1 if name == "os.chmod" else 0, "mode")
        if mode is not None and isinstance(mode.const, int) and mode.const & 0o002:
            machine.report(
                frame,
                node,
                "world-writable",
                732,
                MEDIUM,
                Confidence.HIGH,
                "the file becomes writable for everybody",
                "Give rights to the owner only, such as 0o600.",
            )
    if (
        method in {"extractall"}
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


UNCHECKED = ("CERT_NONE", "CERT_OPTIONAL")


def _transport(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    verify = given.named.get("verify")
    client = HTTP.match(name) or method in tables.HTTP_VERBS.split()
    unsafe = client and verify is not None and verify.const is False
    unsafe = unsafe or name in {"ssl._create_unverified_context", "ssl._create_stdlib_context"}
    checks = given.named.get("ssl") or given.named.get("verify_ssl")
    unsafe = unsafe or (method in tables.HTTP_VERBS.split() and checks is not None and checks.const is False)
    wanted = given.named.get("cert_reqs")
    unsafe = unsafe or (
        wanted is not None and (wanted.const in UNCHECKED or wanted.name.endswith(("CERT_NONE", "CERT_OPTIONAL")))
    )
    unsafe = unsafe or (name == "aiohttp.TCPConnector" and checks is not None and checks.const is False)
    if unsafe:
        machine.report(
            frame,
            node,
            "tls-not-verified",
            295,
            HIGH,
            Confidence.HIGH,
            "the server's certificate is not checked",
            "Leave verification on; add the CA where it is private.",
        )
    if name == "ssl.SSLContext" or name == "ssl.wrap_socket":
        version = given.at(0, "protocol", "ssl_version")
        if version is not None and re.search(r"SSLv|TLSv1(_1)?$", version.name):
            machine.report(
                frame,
                node,
                "old-tls",
                327,
                HIGH,
                Confidence.HIGH,
                "the protocol is broken",
                "Use ssl.create_default_context().",
            )
    if name.endswith((".set_missing_host_key_policy",)) or method == "set_missing_host_key_policy":
        policy = given.at(0)
        if policy is not None and re.search(r"AutoAdd|Warning", policy.name):
            machine.report(
                frame,
                node,
                "host-key-not-verified",
                295,
                HIGH,
                Confidence.HIGH,
                "any host key is accepted",
                "Load known host keys and use RejectPolicy.",
            )
    if name in {"ftplib.FTP", "telnetlib.Telnet"}:
        machine.report(
            frame,
            node,
            "clear-text-protocol",
            319,
            HIGH,
            Confidence.HIGH,
            "password and data are sent in clear text",
            "Use SFTP, FTP_TLS or SSH.",
        )


def _cookies(
    node: ast.Call, method: str, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    if method not in {"set_cookie", "set_signed_cookie", "set_secure_cookie"}:
        return
    secure = given.named.get("secure")
    key = given.at(0, "key", "name")
    session = key is not None and isinstance(key.const, str) and SESSION_WORDS.search(key.const)
    if secure is not None and secure.const is False:
        confidence, severity = Confidence.HIGH, MEDIUM
    elif secure is None and given.spread is None:
        confidence, severity = (Confidence.MEDIUM, MEDIUM) if session else (Confidence.MEDIUM, LOW)
    else:
        if session and getattr(given.named.get("httponly"), "const", None) is False:
            machine.report(
                frame,
                node,
                "cookie-readable",
                1004,
                MEDIUM,
                Confidence.MEDIUM,
                "scripts can read the session's cookie",
                "Set httponly=True.",
            )
        return
    machine.report(
        frame,
        node,
        "insecure-cookie",
        614,
        severity,
        confidence,
        "the cookie is also sent without TLS",
        "Set secure=True, httponly=True, samesite='Lax'.",
    )


def _settings(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    debug = given.named.get("debug")
    framework = method == "run" or re.search(r"(FastAPI|Starlette|Application|Flask|uvicorn\.run)$", name)
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
    if name in {"jwt.decode", "jose.jwt.decode", "authlib.jose.jwt.decode"}:
        _jwt(node, given, frame, machine)
    if name in {"jwt.encode", "jose.jwt.encode", "jwt.decode", "jose.jwt.decode"} and len(node.args) > 1:
        key = node.args[1]
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and len(key.value) > 3:
            machine.report(
                frame,
                node,
                "hard-coded-secret",
                798,
                HIGH,
                Confidence.MEDIUM,
                "the key of the tokens is in the code (not shown)",
                "Read it from the environment.",
            )
    if name in {"jwt.encode", "jose.jwt.encode"}:
        kind = given.at(2, "algorithm")
        if kind is not None and (kind.const == "none" or (kind.is_const and kind.const is None)):
            machine.report(
                frame,
                node,
                "jwt-unsigned",
                347,
                HIGH,
                Confidence.HIGH,
                "the token is not signed",
                "Use HS256 or ES256.",
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
    origins = given.named.get("allow_origins") or given.named.get("origins")
    together = given.named.get("allow_credentials") or given.named.get("supports_credentials")
    if (
        origins is not None
        and together is not None
        and together.const is True
        and ("*" in (origins.const or ()) if isinstance(origins.const, str | tuple) else False)
    ):
        machine.report(
            frame,
            node,
            "cors-open",
            942,
            MEDIUM,
            Confidence.HIGH,
            "any site may call with the visitor's cookies",
            "Name the allowed origins.",
        )


def _jwt(node: ast.Call, given: Arguments, frame: Frame, machine: Machine) -> None:
    options = given.at(3, "options")
    off = given.named.get("verify")
    unchecked = off is not None and off.const is False
    if options is not None and options.items is not None:
        unchecked = unchecked or any(
            key in options.items and options.items[key].const is False for key in ("verify_signature", "verify_exp")
        )
    algorithms = given.at(2, "algorithms")
    if algorithms is not None and algorithms.items is not None:
        unchecked = unchecked or any(str(value.const).lower() == "none" for value in algorithms.items.values())
    if unchecked:
        machine.report(
            frame,
            node,
            "jwt-not-verified",
            347,
            HIGH,
            Confidence.HIGH,
            "the token's signature or end is not checked",
            "Verify it with one algorithm on an allow-list.",
        )


def _mass(
    node: ast.Call, name: str, method: str, function: Value, given: Arguments, frame: Frame, machine: Machine
) -> None:
    if name == "setattr" and len(given.positional) == 3:
        judge(tables.MASS, given.positional[1], node, frame, machine)
    last = name.rpartition(".")[2]
    if (
        given.spread is not None
        and given.spread.taints
        and (last[:1].isupper() or method in {"create", "update", "values", "update_or_create"})
    ):
        judge(tables.MASS, given.spread, node, frame, machine)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if method == "update" and isinstance(owner, ast.Attribute) and owner.attr == "__dict__" and given.positional:
        judge(tables.MASS, given.positional[0], node, frame, machine)


def _passwords(node: ast.Call, frame: Frame, machine: Machine) -> None:
    """`connect(password="...")`: the text itself is not shown."""
    for keyword in node.keywords:
        text = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if not keyword.arg or not isinstance(text, str) or not SECRET_NAME.search(keyword.arg):
            continue
        if is_secret(text) or (
            CONNECTING.search(ast.unparse(node.func)) and re.fullmatch(r"[\w!#$%&*+.,@-]{3,60}", text)
        ):
            machine.report(
                frame,
                node,
                "hard-coded-secret",
                798,
                HIGH,
                Confidence.MEDIUM,
                f"{keyword.arg} is given as a constant of {len(text)} characters (not shown)",
                "Read it from the environment and replace it where it is in use.",
            )


NESTED = re.compile(r"\((?:[^()\\]|\\.)*(?<!\\)[+*](?:[^()\\]|\\.)?\??\)(?:[+*]|\{\d+,(?:\d{2,})?\})")
ALTERNATIVES = re.compile(r"\((?:\?:)?(\w+)\|\1\w*\)[+*]|\(\.\*[^()]*\)[+*{]")


def _patterns(
    node: ast.Call, name: str, method: str, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    matching = method in {"match", "fullmatch", "search", "findall", "sub", "split", "finditer"}
    if not matching:
        return
    if name.startswith("re.") and receiver is not None and receiver.name == "re":
        pattern, subject = given.at(0, "pattern"), given.at(2 if method == "sub" else 1, "string")
        if pattern is not None and pattern.taints:
            judge(tables.REGEX, pattern, node, frame, machine)
    elif receiver is not None and receiver.name == "re.compile()":
        pattern, subject = receiver.attributes.get("pattern"), given.at(1 if method == "sub" else 0, "string")
    else:
        return
    text = pattern.const if pattern is not None else None
    if isinstance(text, str) and slow(text) and subject is not None and subject.taints:
        judge(tables.REGEX, subject, node, frame, machine)


def slow(pattern: str) -> bool:
    """A repeated group whose inside can be repeated in more than one way."""
    for found in NESTED.finditer(pattern):
        inner = found[0]
        separated = re.search(r"^\((?:\?:)?(\\s|\\\.|[-.,:/ @_])(?![?*])", inner)
        if not separated:
            return True
    return bool(ALTERNATIVES.search(pattern))


def _xml(
    node: ast.Call, name: str, method: str, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> None:
    if name == "lxml.etree.XMLParser":
        entities = given.named.get("resolve_entities")
        network = given.named.get("no_network")
        if (entities is not None and entities.const is True) or (network is not None and network.const is False):
            machine.report(
                frame,
                node,
                "xml-external-entities",
                611,
                MEDIUM,
                Confidence.LOW,
                "the parser fetches external entities",
                "Pass resolve_entities=False.",
            )


WEAKEST = Source.FILE

__all__ = ["check_call", "slow"]
