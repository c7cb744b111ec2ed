"""What is sent without a check of who gets it, by broken protocols, or in clear text."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.values import HOLE, Value
from tools.security.flow.weaknesses import Weakness, is_off, tell

HTTP = re.compile(
    r"^(requests|httpx)\.(get|post|put|patch|delete|head|options|request|stream|Client|AsyncClient|Session)$"
)
UNVERIFIED = Weakness(
    "tls-not-verified", 295, Severity.HIGH, "the server's certificate is not checked",
    "Leave verification on; add the CA where it is private.",
)  # fmt: skip
OLD = Weakness("old-tls", 327, Severity.HIGH, "the protocol is broken", "Use ssl.create_default_context().")
CIPHERS = Weakness(
    "weak-cipher", 327, Severity.HIGH, "it allows broken ciphers", "Leave the default list, or name strong ones only."
)
HOST_KEY = Weakness(
    "host-key-not-verified", 295, Severity.HIGH, "any host key is accepted",
    "Load known host keys and use RejectPolicy.",
)  # fmt: skip
CLEAR = Weakness(
    "clear-text-protocol", 319, Severity.HIGH, "password and data are sent in clear text",
    "Use SFTP, FTP_TLS or SSH.",
)  # fmt: skip
PLAIN = Weakness(
    "clear-text-protocol", 319, Severity.MEDIUM, "what is sent and answered can be read and changed on its way",
    "Use TLS: https, wss, STARTTLS.", Confidence.MEDIUM,
)  # fmt: skip
UNCHECKED = re.compile(r"^(CERT_)?(NONE|OPTIONAL)$", re.IGNORECASE)
BROKEN = re.compile(r"(SSLv\d+|(?<!\w)TLSv1(_1)?|PROTOCOL_TLSv1(_1)?)(_METHOD|_client_method|_server_method)?$")
ANY_VERSION = re.compile(r"PROTOCOL_(TLS|SSLv23)$|SSLv23_METHOD$|TLS_METHOD$")
NAMED_VERSION = re.compile(r"minimum_version|set_min_proto_version|OP_NO_TLSv1")
SERVER = re.compile(r"load_cert_chain|server_side\s*=\s*True|CLIENT_AUTH|use_certificate|use_privatekey")
VERIFIED = re.compile(
    r"verify_mode\s*=\s*[\w.]*CERT_(REQUIRED|OPTIONAL)|set_verify\(|cert_reqs\s*=\s*[\w.]*CERT_REQUIRED"
)
WEAK_SUITE = re.compile(r"(?i)NULL|EXP|\bLOW\b|MD5|RC4|RC2|DES|\bADH\b|\bAECDH\b|SECLEVEL=[01]\b")
LOCAL = re.compile(
    r"^(localhost|127\.|0\.0\.0\.0|\[?::1|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|[^./:]+(?=[:/]|$)|.*\.(local|internal|test|localhost|invalid)\b)",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"^(http|ws|ftp|telnet)://([^\s/?#\0]+@)?(?P<host>[^\s/?#\0]*)", re.IGNORECASE)
NAMESPACE = re.compile(
    r"w3\.org|schemas?\.|xmlns|/ns/|/schemas?/|purl\.|xml\.org|openid\.net|\.dtd|\.xsd|json-schema\.org|example\.|ns\.|"
    r"apache\.org/licenses|creativecommons|\.w3|opengis|rdf|specs?\.",
    re.IGNORECASE,
)
CONNECTS = re.compile(
    r"^(websockets?(\.\w+)*\.(connect|create_connection|WebSocketApp|unix_connect)|websocket\.WebSocket\(\)\.connect"
    r"|socketio\.(Simple|Async|AsyncSimple)?Client\(\)\.connect|urllib\.request\.(urlopen|urlretrieve|Request)"
    r"|(requests|httpx|urllib3)\.\w+|aiohttp\.(request|ClientSession\(\)\.\w+)|(requests\.Session|requests\.session|httpx\.(Async)?Client)\(\)\.\w+)$"
)
VERBS = frozenset([*tables.HTTP_VERBS.split(), "ws_connect", "urlopen"])
MAIL = {"smtplib.SMTP": "starttls", "smtplib.LMTP": "starttls", "imaplib.IMAP4": "starttls", "poplib.POP3": "stls"}


def check_transport(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    if _switched_off(name, method, given):
        tell(UNVERIFIED, node, frame, machine)
    _contexts(node, name, method, given, frame, machine)
    _clear(node, name, method, given, frame, machine)
    if method == "set_missing_host_key_policy" or name.endswith(".set_missing_host_key_policy"):
        policy = given.at(0)
        if policy is not None and re.search(r"AutoAdd|Warning", policy.name):
            tell(HOST_KEY, node, frame, machine)
    if name == "asyncssh.connect" and "known_hosts" in given.named and given.named["known_hosts"].const is None:
        tell(HOST_KEY, node, frame, machine)


def _switched_off(name: str, method: str, given: Arguments) -> bool:
    if not given.named:
        return name in {"ssl._create_unverified_context", "ssl._create_stdlib_context"}
    verb = method in VERBS
    if name in {"ssl._create_unverified_context", "ssl._create_stdlib_context"}:
        return True
    if (HTTP.match(name) or verb) and is_off(given.named.get("verify")):
        return True
    checks = [given.named[word] for word in ("ssl", "verify_ssl") if word in given.named]
    if (verb or name == "aiohttp.TCPConnector") and any(value.const is False for value in checks):
        return True
    wanted = given.named.get("cert_reqs")
    words = [wanted.const, wanted.name.rpartition(".")[2]] if wanted is not None else []
    return any(UNCHECKED.match(word) for word in words if isinstance(word, str))


def _contexts(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    if name in {"ssl.SSLContext", "ssl.wrap_socket", "OpenSSL.SSL.Context", "SSL.Context"}:
        _context(
            node, given.at(2 if name == "ssl.wrap_socket" else 0, "protocol", "method", "ssl_version"), frame, machine
        )
    elif method == "set_verify" and "VERIFY_NONE" in " ".join(ast.unparse(mode) for mode in node.args[:1]):
        tell(UNVERIFIED, node, frame, machine)
    suites = given.at(0, "ciphers") if method in {"set_ciphers", "set_cipher_list"} else given.named.get("ciphers")
    if suites is not None and _allows_weak(suites.const):
        tell(CIPHERS, node, frame, machine)


def _context(node: ast.Call, version: Value | None, frame: Frame, machine: Machine) -> None:
    text = frame.module.text_of(frame.function)
    word = version.name.rpartition(".")[2] if version is not None else ""
    if BROKEN.search(word) and "SSLv23" not in word:
        tell(OLD, node, frame, machine)
    elif (version is None or ANY_VERSION.search(word)) and not NAMED_VERSION.search(text):
        tell(OLD, node, frame, machine, severity=Severity.MEDIUM, confidence=Confidence.LOW)
    if not re.search(r"PROTOCOL_TLS_CLIENT|_SERVER", word) and not SERVER.search(text) and not VERIFIED.search(text):
        tell(UNVERIFIED, node, frame, machine, severity=Severity.MEDIUM, confidence=Confidence.LOW)


def _allows_weak(suites: object) -> bool:
    text = suites.decode("latin-1") if isinstance(suites, bytes) else suites
    if not isinstance(text, str):
        return False
    allowed = [part for part in re.split(r"[:, ]+", text) if part and part[0] not in "!-"]
    return any(WEAK_SUITE.search(part) for part in allowed)


def _clear(node: ast.Call, name: str, method: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    if name in {"ftplib.FTP", "telnetlib.Telnet"}:
        tell(CLEAR, node, frame, machine)
    elif name in {"aioftp.Client", "aioftp.Client.context"} and not _truthy(given.named.get("ssl")):
        tell(PLAIN, node, frame, machine)
    elif name in MAIL:
        host = given.at(0, "host")
        if MAIL[name] not in frame.module.source and not (host is not None and _is_local(host)):
            known = host is not None and isinstance(host.const, str)
            tell(PLAIN, node, frame, machine, confidence=Confidence.MEDIUM if known else Confidence.LOW)
    elif name in {"http.client.HTTPConnection", "urllib3.HTTPConnectionPool"}:
        host = given.at(0, "host")
        if host is not None and isinstance(host.const, str) and not _is_local(host):
            tell(PLAIN, node, frame, machine)
    elif CONNECTS.match(name):
        for value in (*given.positional[:2], *given.named.values()):
            if is_clear(value) and not frame.module.is_test:
                tell(PLAIN, node, frame, machine)
                return
    else:
        for argument, value in zip(node.args, given.positional, strict=False):
            if isinstance(argument, ast.Constant):
                check_address(value, argument, frame, machine)


def _truthy(value: Value | None) -> bool:
    return value is not None and (bool(value.const) if value.is_const else bool(value.name))


def is_clear(value: Value) -> bool:
    """An address of a remote host that is written in the code, without TLS."""
    text = value.const if isinstance(value.const, str) else value.text
    match = ADDRESS.match(text)
    return match is not None and bool(match["host"]) and not LOCAL.match(match["host"])


def _is_local(host: Value) -> bool:
    return isinstance(host.const, str) and bool(LOCAL.match(host.const) or not host.const)


def check_address(value: Value, node: ast.AST, frame: Frame, machine: Machine) -> None:
    """An address that is kept for later: it may be a name only."""
    text = value.const if isinstance(value.const, str) and HOLE not in value.const else ""
    if text and is_clear(value) and not NAMESPACE.search(text) and not frame.module.is_test:
        tell(PLAIN, node, frame, machine, severity=Severity.LOW, confidence=Confidence.LOW)


__all__ = ["BROKEN", "UNVERIFIED", "check_address", "check_transport", "is_clear"]
