"""Whether what reaches a dangerous call came from outside."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from memory.records.report import Confidence, Severity
from tools.security.flow import tables
from tools.security.flow.machine import Arguments, Frame, Machine, live_taints
from tools.security.flow.schemas import builds_plain_data
from tools.security.flow.values import HOLE, Source, Value

SERIOUS = frozenset({tables.SQL, tables.COMMAND, tables.CODE, tables.DESERIALISE, tables.SSTI})
"""Where even the arguments of an unknown caller are worth a warning."""
LOADERS = frozenset({"importlib.import_module", "__import__", "compile"})
"""A module named by an argument is what a library may be for; one named by a request is not."""
PROGRAM = re.compile(
    r"os\.(exec[lv]p?e?|posix_spawnp?|(?P<after>spawn[lv]p?e?))|asyncio\.(subprocess\.)?create_subprocess_exec"
)
"""Calls that are given a program and its arguments one by one, some behind a mode."""
FIXED_HOST = re.compile(r"^[a-z]+://[^/?#\0]+[/?#]", re.IGNORECASE)
OWN_PATH = re.compile(r"^/[^/\\\0]")
NO_HTML = re.compile(
    r"(content_type|mimetype|media_type|Content-Type)['\"\]]*\s*[=:,]\s*['\"](text/plain|application/json|text/csv)"
)
SHARED_FILE = re.compile(
    r"(/private)?/(tmp|(var|usr)/tmp|dev/(shm|mqueue)|(var/)?run/lock)/[^/]|/Library/Caches/|/Users/Shared/"
    r"|(?i:([a-z]:)?\\(windows\\)?te?mp\\)"
)
CLIENT_METHODS = frozenset([*tables.HTTP_VERBS.split(), "urlopen", "ws_connect"])
CLIENTS = re.compile(r"(ClientSession|[Ss]ession|AsyncClient|Client|PoolManager|HTTPS?Connection(Pool)?|Http)\(\)$")
RESPONSE = re.compile(r"(Http|Streaming|^|\.)Response(\(\))?$|^response$")
EXPRESSIONS = frozenset(["FilterExpression", "KeyConditionExpression", "ProjectionExpression", "Expression"])
"""Of DynamoDB and S3, whose names stand in their text."""
JSON = re.compile(r"json|loads\(\)|\.data(\[\]|$)", re.IGNORECASE)
SAFE_TYPES = ("json", "plain", "csv", "octet", "pdf", "image", "javascript")
WORDS = {Source.REQUEST: "request data", Source.INPUT: "input", Source.PARAMETER: "an argument", Source.FILE: "a file"}


def check_sinks(
    node: ast.Call, function: Value, receiver: Value | None, given: Arguments, frame: Frame, machine: Machine
) -> bool:
    """True where the call is one of the dangerous ones."""
    name = function.name
    if name.endswith((".subprocess_shell", ".subprocess_exec")) and len(given.positional) > 1:
        if name.endswith("_shell"):
            judge(tables.COMMAND, given.positional[1], node, frame, machine)
        else:
            _program(1, node, given, frame, machine)
        return True
    if name in tables.SUBPROCESS:
        _subprocess(node, given, frame, machine)
        return True
    if program := PROGRAM.fullmatch(name):
        _program(1 if program["after"] else 0, node, given, frame, machine)
        return True
    sink = tables.FUNCTION_SINKS.get(name)
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if sink is None and method:
        sink = _method_sink(method, name, receiver, given)
    if sink is None:
        return False
    if sink.kind in {tables.SSRF} and not given.all():
        return False
    values = [value for position in sink.positions if (value := given.at(position, *sink.keywords)) is not None]
    if not sink.positions and receiver is not None:
        values = [receiver]
    if not values and given.rest is not None:
        values = [given.rest]
    if sink.kind == tables.XSS and type_set(frame):
        return False
    for value in values:
        if sink.kind == tables.PATH and isinstance(value.const, str) and SHARED_FILE.match(value.const):
            _foreseeable(name or method, node, frame, machine)
        if _applies(sink.kind, name, value, given, receiver, machine):
            sure = sink.kind == tables.XXE and _fetches(given, receiver)
            weak = weakly(sink.kind, value)
            if value.known and name in tables.MODEL_FILES:
                _named_file(node, frame, machine)
                continue
            judge(sink.kind, value, node, frame, machine, sure=sure, meant=name in LOADERS, weak=weak)
    return sink.kind not in {tables.DESERIALISE, tables.XXE, tables.REDIRECT, tables.XSS}


def _named_file(node: ast.Call, frame: Frame, machine: Machine) -> None:
    """Whoever may write it runs code: no more is known of it than its name."""
    kind = tables.KINDS[tables.DESERIALISE]
    why = "a file that can hold objects is loaded: whoever may write it runs code"
    machine.report(frame, node, kind.rule, kind.cwe, Severity.MEDIUM, Confidence.LOW, why, kind.fix)


def _foreseeable(name: str, node: ast.Call, frame: Frame, machine: Machine) -> None:
    """Whoever may write the folder can put a link there first."""
    if name.endswith(("open", "write_text", "write_bytes", "mkdir", "makedirs")):
        why = "anybody on the machine can foresee the file's name"
        machine.report(frame, node, "foreseeable-file", 377, Severity.MEDIUM, Confidence.MEDIUM, why, "Use tempfile.")


def _method_sink(method: str, name: str, receiver: Value | None, given: Arguments) -> tables.Sink | None:
    sink = tables.METHOD_SINKS.get(method)
    base = receiver.name if receiver is not None else ""
    if method in {"scan", "query", "select"} and EXPRESSIONS.intersection(given.named):
        return tables.Sink(tables.NOSQL, (99,), tuple(EXPRESSIONS))
    if sink is not None and sink.kind == tables.NOSQL:
        first = given.at(0, *sink.keywords)
        fits = first is not None and (first.items is not None or JSON.search(first.name))
        return sink if fits and not (receiver is not None and (receiver.is_const or receiver.name == "str")) else None
    if sink is None:
        if method in CLIENT_METHODS and CLIENTS.search(base):
            place = 1 if method in {"request", "stream", "urlopen"} and not base.endswith("Http()") else 0
            return tables.Sink(tables.SSRF, (place,), ("url", "uri"))
        if method == "search" and re.search(r"ldap", base, re.IGNORECASE):
            return tables.Sink(tables.LDAP, (1, 0), ("search_filter", "search_base"))
        if method == "search" and len(given.positional) + len(given.named) > 1 and re.search(r"conn|ldap", base, re.I):
            return tables.Sink(tables.LDAP, (1,), ("search_filter",))
        if method in {"parse", "feed"} and re.match(r"xml\.sax\.|lxml\.etree\.XMLParser|xml\.parsers", base):
            return tables.Sink(tables.XXE)
        if method == "save" and receiver is not None and receiver.taints and ("files" in base or "file" in base):
            return tables.Sink(tables.PATH, (0,), ("dst",))
        if method == "push" and re.search(r"Interactive(Console|Interpreter)\(\)$", base):
            return tables.Sink(tables.CODE)
        if method == "write" and "wfile" in base:
            return tables.Sink(tables.XSS)
        if method in {"write", "writelines"} and RESPONSE.search(base):
            return tables.Sink(tables.XSS)
        if method in {"find", "findall", "findtext", "iterfind"} and "ElementTree" in base:
            return tables.Sink(tables.XPATH)
        if method == "open" and "Path()" in base:
            return tables.Sink(tables.PATH, ())
        if method == "write" and name.startswith("self.") and frame_is_tornado(base):
            return tables.Sink(tables.XSS)
        return None
    if sink.kind == tables.SQL:
        return _sql_sink(sink, base, given)
    if sink.kind == tables.PATH and "Path()" not in base and "Path" not in base:
        return None
    if sink.kind == tables.SSTI and "nvironment" not in base and base:
        return None
    return sink


def frame_is_tornado(base: str) -> bool:
    return base == "self.tornado"


def _sql_sink(sink: tables.Sink, base: str, given: Arguments) -> tables.Sink | None:
    value = given.at(0, *sink.keywords)
    if value is None:
        return None
    strong = tables.SQL_WORDS.search(value.text)
    loose = sink.positions == (0,) and not sink.keywords
    if "where" in sink.keywords:
        return sink
    if loose:
        built = value.text.strip(HOLE) and HOLE in value.text and tables.DATABASE_WORDS.search(base)
        return sink if strong or built else None
    return sink if strong or tables.DATABASE_WORDS.search(base) else None


def fixed_address(kind: str, value: Value) -> bool:
    """Its host is written in the code; foreign data come behind it."""
    if kind in {tables.REDIRECT, tables.SSRF} and OWN_PATH.search(value.text):
        return True
    return kind == tables.REDIRECT and bool(FIXED_HOST.search(value.text))


def weakly(kind: str, value: Value) -> bool:
    """Worth a word, no more: a path on a host that the code names, a text where only an object could do harm."""
    if kind == tables.SSRF:
        return bool(FIXED_HOST.search(value.text))
    return kind == tables.NOSQL and value.items is not None and not _may_be_object(value)


def _may_be_object(value: Value) -> bool:
    """JSON holds objects where a form's field holds a text."""
    if value.items is not None:
        where = value.items.get("$where")
        return (where is not None and bool(where.taints)) or any(map(_may_be_object, value.items.values()))
    return bool(value.taints) and (bool(JSON.search(value.name)) or value.text.strip(HOLE) != "")


def _applies(kind: str, name: str, value: Value, given: Arguments, receiver: Value | None, machine: Machine) -> bool:
    """Whether this use can do harm at all."""
    if fixed_address(kind, value):
        return False
    if kind == tables.DESERIALISE and name.startswith("yaml.load"):
        loader = given.at(1, "Loader")
        return loader is None or not builds_plain_data(loader, machine)
    if kind == tables.DESERIALISE and name == "numpy.load":
        allowed = given.named.get("allow_pickle")
        return allowed is not None and allowed.is_const and bool(allowed.const)
    if kind == tables.DESERIALISE and name == "torch.load":
        only = given.named.get("weights_only")
        return only is None or only.const is not True
    if kind == tables.XXE:
        own = receiver is not None and "entities" in receiver.attributes
        parser = receiver if own else given.at(1, "parser")
        if parser is not None and parser.attributes.get("entities") is not None:
            return parser.attributes["entities"].const is not False
    if kind == tables.COMMAND and name not in tables.FUNCTION_SINKS and value.name in {"list", "tuple"}:
        return False  # arguments one by one
    if kind == tables.XSS:
        form = given.named.get("content_type") or given.named.get("mimetype") or given.named.get("media_type")
        return not (form is not None and isinstance(form.const, str) and any(word in form.const for word in SAFE_TYPES))
    return True


def type_set(frame: Frame) -> bool:
    """The function says of its answer that it is no HTML."""
    return frame.function is not None and NO_HTML.search(frame.module.text_of(frame.function)) is not None


def _fetches(given: Arguments, receiver: Value | None) -> bool:
    """The parser was told to follow external entities."""
    places = [value for value in (receiver, given.at(1, "parser")) if value is not None]
    return any(value.attributes.get("entities", Value()).const is True for value in places)


def _program(place: int, node: ast.Call, given: Arguments, frame: Frame, machine: Machine) -> None:
    """A program and its arguments: a shell reads them again, any other program does not."""
    place = place if len(given.positional) > 1 else 0
    parts = given.positional[place:] or ([given.rest] if given.rest is not None else [])
    if not parts:
        return
    if parts[0].items is not None and parts[0].name in {"list", "tuple"}:
        parts = list(parts[0].items.values()) or parts
    nested = _is_shell(parts[0])
    for value in parts if nested else parts[:1]:
        judge(tables.COMMAND, value, node, frame, machine, meant=not nested)


def _is_shell(program: Value) -> bool:
    return program.known and PurePosixPath(program.text).name.lower() in tables.SHELLS


def _subprocess(node: ast.Call, given: Arguments, frame: Frame, machine: Machine) -> None:
    command = given.at(0, "args")
    if command is None:
        return
    shell = given.named.get("shell")
    through_shell = shell is not None and (not shell.is_const or bool(shell.const))
    if command.items is not None and command.name in {"list", "tuple"}:
        parts = list(command.items.values())
        program = parts[0] if parts else Value()
        nested = _is_shell(program)
        for value in parts if nested or through_shell else parts[:1]:
            judge(tables.COMMAND, value, node, frame, machine, meant=not (nested or through_shell))
        if not parts:
            machine.verdict(frame, node, tables.COMMAND, "safe")
        return
    if command.name in {"list", "shlex.split()"} and not through_shell:
        machine.verdict(frame, node, tables.COMMAND, "safe")
        return
    judge(tables.COMMAND, command, node, frame, machine, meant=not through_shell)


def judge(
    kind: str,
    value: Value,
    node: ast.AST,
    frame: Frame,
    machine: Machine,
    *,
    sure: bool = False,
    meant: bool = False,
    weak: bool = False,
) -> None:
    """Reports the value if it came from outside, and notes the verdict for the other tools' findings at this place.

    `sure`: whatever it came from, it is worth a warning. `meant`: to be run is what an argument may be for.
    `weak`: only a request's data are told, and do not close the gate."""
    taints = live_taints(value, kind, frame)
    if weak:
        taints = [taint for taint in taints if taint.source is Source.REQUEST]
    if not taints:
        safe = value.known or bool(value.taints) or value.is_const
        machine.verdict(frame, node, kind, "safe" if safe else "unknown")
        return
    worst = max(taints, key=lambda taint: taint.source)
    described = tables.KINDS[kind]
    confidence = confidence_of(kind, worst.source, value)
    if meant and worst.source is not Source.REQUEST:
        confidence = Confidence.LOW
    confidence = Confidence.MEDIUM if sure and confidence is Confidence.LOW else confidence
    confidence = Confidence.LOW if weak else confidence
    machine.verdict(frame, node, kind, "tainted" if confidence is not Confidence.LOW else "unknown")
    machine.report(
        frame,
        node,
        described.rule,
        described.cwe,
        described.severity,
        confidence,
        f"{WORDS[worst.source]} from line {worst.line} reaches {described.what} unchecked",
        described.fix,
    )


def confidence_of(kind: str, source: Source, value: Value) -> Confidence:
    if source is Source.REQUEST:
        return Confidence.HIGH
    if source is Source.INPUT:  # a path that someone names on his own command line is meant to be opened
        serious = kind in SERIOUS or kind in {tables.XPATH, tables.LDAP, tables.XXE}
        return Confidence.MEDIUM if serious else Confidence.LOW
    if source is Source.PARAMETER:
        built = kind in {tables.XPATH, tables.LDAP, tables.NOSQL} and value.text != HOLE
        sql = kind == tables.SQL and value.text == HOLE
        return Confidence.MEDIUM if (kind in SERIOUS and not sql) or built else Confidence.LOW
    built = kind == tables.SQL and value.text.strip(HOLE) != ""
    return Confidence.MEDIUM if kind in {tables.CODE, tables.COMMAND} or built else Confidence.LOW


__all__ = ["RESPONSE", "check_sinks", "confidence_of", "fixed_address", "judge", "type_set"]
