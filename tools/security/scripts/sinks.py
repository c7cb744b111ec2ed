"""Where foreign data do harm in scripts: calls by name, and what of them matters."""

from __future__ import annotations

import re
from functools import lru_cache

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.sink_tables import CALLS, MEDIUM, SINK
from tools.security.scripts.syntax import FUNCTION_KINDS, Syntax
from tools.security.scripts.unknown import check_unknown
from tools.security.scripts.values import ARGUMENT, FOREIGN, HOLE, INPUT, NOTHING, OWN_HOLE, Value


def report_flow(
    machine: Machine, node: Syntax, value: Value, cls: str, *, severity: Severity | None = None, certain: bool = True
) -> None:
    sink = SINK[cls]
    level = value.at(cls)
    if not level:
        check_unknown(machine, node, value, cls)
    if (
        not level
        or (value.origin == "archive" and cls != "path")
        or (value.origin in {"page", "dom"} and cls == "path")
    ):
        return
    confidence = confidence_of(value, level, cls)
    if confidence is Confidence.HIGH and not certain:
        confidence = Confidence.MEDIUM
    name = node.text[:40].partition("(")[0].strip()
    why = f"{value.source or 'foreign data'} reaches {name} unchecked"
    machine.report(node, sink.rule, sink.cwe, severity or sink.severity, confidence, why, sink.fix)


def confidence_of(value: Value, level: int, cls: str) -> Confidence:
    if level == FOREIGN:
        return Confidence.HIGH
    if level == INPUT and cls in ({"command", "code"} if value.origin == "process" else {"html"}):
        return Confidence.MEDIUM
    text = value.text or ""
    part_of_text = HOLE in text and text.strip(f"{HOLE} \"'") != ""
    if level == ARGUMENT and cls in {"command", "sql"} and part_of_text and value.origin == "argument":
        return Confidence.MEDIUM
    if level == ARGUMENT and cls == "html" and re.search(r"<\w[^\0]*\0", value.text or ""):
        return Confidence.MEDIUM
    return Confidence.LOW


@lru_cache(maxsize=20_000)
def _named(name: str, spelled: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names come again and again; the table is long."""
    return tuple((cls, at) for cls, pattern, at in CALLS if pattern.search(name) or pattern.search(spelled))


def check_sinks(machine: Machine, call: Call) -> None:
    for cls, positions in _named(call.name, call.spelled):
        if cls == "code" and call.name == "Function":
            positions = tuple(range(len(call.arguments)))
        if not _plausible(machine, cls, call):
            continue
        for position in positions:
            value = call.argument(position)
            if cls == "joined":
                _joined(machine, call, value)
            elif position < len(call.arguments) and harmless(cls, value, call, position):
                _path_of_host(machine, cls, call, value)
            elif position < len(call.arguments):
                report_flow(
                    machine, call.node, value if cls == "path" and not value.fields else _relevant(cls, value), cls
                )
    _spawned(machine, call)
    _run_by_deno(machine, call)
    _jquery(machine, call)
    _requested(machine, call)
    _parsed(machine, call)


def _path_of_host(machine: Machine, cls: str, call: Call, value: Value) -> None:
    """`../` in the path of an address: another resource of a host that is known."""
    chosen = re.match(r"https?://[^/\0\1?#]+/[^\0?#]*\0", value.text or "")
    if cls == "ssrf" and chosen and value.at("ssrf") == FOREIGN and value.origin == "request":
        sink = SINK[cls]
        why = f"{value.source} chooses the path at a known host"
        machine.report(
            call.node, sink.rule, sink.cwe, MEDIUM, Confidence.LOW, why, "Encode it with encodeURIComponent."
        )


BOUNDED = re.compile(
    r"startsWith|indexOf|includes|basename|isPathInside|path-is-inside|relative\(|\.\.[/'\"\\]|"
    r"\.match\(|\.test\(|root\s*:|existing|allowed",
    re.I,
)


def _joined(machine: Machine, call: Call, value: Value) -> None:
    """A path made of foreign data, where nothing of the function looks at what has come out."""
    function = call.node.around(FUNCTION_KINDS)
    if value.at("path") == FOREIGN and not BOUNDED.search(function.text if function is not None else machine.tree.text):
        report_flow(machine, call.node, value, "path", severity=MEDIUM, certain=False)


ADDRESSES = ("url", "uri", "host", "hostname", "baseURL", "href", "origin", "html", "headerTemplate", "footerTemplate")
"""Of options, what is fetched or can make something be fetched."""


def _relevant(cls: str, value: Value) -> Value:
    """Of an object of options, what is the address or the whole."""
    if value.fields is None:
        return value
    if cls == "ssrf":
        some = [value.held(key) for key in ADDRESSES if key in value.fields]
        return max(some, key=lambda held: held.at(cls), default=NOTHING)
    if cls in {"redirect", "path"}:
        some = [value.held(key) for key in ("url", "path", "file", "pathname", "destination")]
        return max(some, key=lambda held: held.at(cls), default=NOTHING)
    return value.whole(cls)


def _plausible(machine: Machine, cls: str, call: Call) -> bool:
    first = call.nodes[0] if call.nodes else None
    name = call.name
    if first is None:
        return False
    if name in {"$", "send", "glob", "open", "opn", "extend", "merge", "ws"} and cls in {"command", "path", "proto"}:
        return cls == "proto" or (
            re.search(rf"(require\(\s*|from\s+)['\"]({re.escape(name)}|zx|execa)['\"]", machine.tree.text) is not None
            and name != "$"
        )
    if cls == "code":
        timers = re.search(r"(setTimeout|setInterval|setImmediate|\$watch|\$apply|\$evalAsync)$", name)
        if timers and call.argument(0).closure is not None:
            return False
        if name.rpartition(".")[2] == "Function":
            return True
        given = call.argument(0)
        known = given.text is not None or given.kind in {"string", "texts"} or given.origin in {"page", "dom"}
        return not timers or known or given.name.startswith("<request>")
    if cls == "xpath":
        return "xpath" in machine.tree.text.lower() or "document.evaluate" in call.spelled
    if cls == "path" and call.spelled.endswith((".sendFile", ".download", ".sendfile")):
        options = call.argument(1)
        return not (options.fields and "root" in options.fields)
    if cls == "redirect" and name.endswith("open") and "." not in name:
        return call.scope.find("open") is None and call.argument(0).origin != "request"
    if cls == "ssrf" and name == "request":
        return "request" in machine.tree.text
    if cls == "ssrf" and call.spelled.endswith((".goto", ".navigate", ".open", ".setContent")):
        return (
            re.search(r"puppeteer|playwright|phantom|chrome-remote|selenium|[pP]age\.", machine.tree.text) is not None
        )
    if cls == "proto" and re.search(r"^(\$|jQuery)\.", name):
        return first.text == "true"
    if cls == "proto" and name in {"extend", "merge"}:
        return first.text == "true" or name == "merge" or "require('extend')" in machine.tree.text
    if cls == "template" and name.endswith(".parse"):
        return not name.startswith(("lodash", "_", "underscore"))
    return True


def harmless(cls: str, value: Value, call: Call, position: int) -> bool:
    """By where in the text the foreign part stands."""
    text = value.text
    if cls in {"redirect", "ssrf"} and (text or "").startswith(OWN_HOLE):
        return True
    if cls == "redirect":
        if position == 0 and len(call.arguments) > 1 and not call.argument(0).level:
            return False
        return (
            bool(text)
            and re.match(
                r"(https?:)?//[^/\0?#]+[/?#]|/[^/\0\\]|[?#]|\./|\w+[/?#]|mailto:|/$|javascript:void", text or ""
            )
            is not None
        )
    if cls == "ssrf":
        return value.origin in {"page", "dom"} or (
            bool(text)
            and re.match(r"\w+://[^/\0?#]+[/?#]|/|\0?\?", text or "") is not None
            and not (text or "").startswith("//")
        )
    if cls == "proto":
        return value.kind == "string" or (call.name.endswith(("set", "setWith")) and position != 1)
    if cls == "regex":
        return value.level < FOREIGN or value.kind == "regex"
    if cls == "path" and text and re.search(r"https?://", text):
        return True
    return cls == "html" and value.kind == "number"


SHELL = re.compile(r"(^|[/\\])(ba|z|k|da|a)?sh$|cmd(\.exe)?$|powershell(\.exe)?$|pwsh$")


def _run_by_deno(machine: Machine, call: Call) -> None:
    command = call.argument(0).held("cmd") if call.name == "Deno.run" else NOTHING
    program = command.held("0")
    if command.fields and (program.level or SHELL.search(program.text or "")):
        report_flow(machine, call.node, command.whole("command"), "command")


def _spawned(machine: Machine, call: Call) -> None:
    """A shell by name, or by an option, and what it is told."""
    if (
        not re.search(r"(^|\.)(spawn|spawnSync|execFile|execFileSync|sync|run|execa|cross-spawn|fork)$", call.name)
        or not call.nodes
    ):
        return
    program = call.argument(0).text or call.nodes[0].string or ""
    shell = SHELL.search(program)
    asked = any(held.fields and "shell" in held.fields for held in call.arguments[1:]) and re.search(
        r"shell\s*:\s*(true|['\"])", call.node.text
    )
    ssh = re.search(r"(^|/)(ssh|sudo|env|xargs|find|git_|node|python\d?|perl|php|ruby)$", program) and _flag(call)
    if not shell and not asked and not ssh:
        return
    for value in call.arguments[1:] if not asked else call.arguments:
        for held in (value, *(value.fields or {}).values()):
            if value.kind == "object" and not asked:
                continue
            report_flow(machine, call.node, held.whole("command"), "command")


def _flag(call: Call) -> bool:
    """`node -e CODE`."""
    return any(held.text in {"-e", "-c", "-r", "--eval", "-p"} for held in (call.argument(1).fields or {}).values())


MARKUP = re.compile(
    r"\.(html|append|prepend|after|before|replaceWith|wrap|wrapAll|wrapInner|insertAfter|"
    r"insertBefore|appendTo|prependTo|add|parseHTML|parents)$"
)


def _jquery(machine: Machine, call: Call) -> None:
    value = call.argument(0)
    if call.name in {"$", "jQuery", "jquery"} and value.at("html") >= INPUT:
        text = value.text or ""
        bare = re.search(r"location(\.(hash|search|href|pathname))?$", value.name) is not None
        if text.lstrip().startswith("<") or (text == "" and value.level == FOREIGN and not bare):
            report_flow(machine, call.node, value, "html", certain=text != "")
    elif call.name in {"$", "jQuery", "jquery"} and value.origin == "plugin" and (value.text or HOLE)[0] == HOLE:
        report_flow(machine, call.node, value, "html", severity=MEDIUM)
    elif MARKUP.search(call.spelled) and re.search(
        r"\$\(|jQuery|(^|\.)\$\w|jquery|\$element|angular\.element|^d3\b|WinJS", call.spelled + call.name
    ):
        for held in call.arguments[:1]:
            made = machine.invoke(held.closure, []) if held.closure is not None and machine.following else held
            report_flow(machine, call.node, made, "html")
    elif call.name in {"$.jGrowl", "toastr.error", "bootbox.alert"} or call.spelled.endswith(
        (".setInnerHTMLUnsafe", ".setOuterHTMLUnsafe")
    ):
        for held in call.arguments:
            report_flow(machine, call.node, held, "html")
    elif call.name in {"$.parseHTML", "jQuery.parseHTML", "$.globalEval"}:
        report_flow(machine, call.node, value, "html" if "HTML" in call.name else "code")


def _requested(machine: Machine, call: Call) -> None:
    """Headers that send elsewhere, addresses of an XMLHttpRequest, attributes that run."""
    first, second = call.argument(0), call.argument(1)
    given = (
        [second]
        if re.search(r"\.(setHeader|header|set|append)$", call.spelled) and (first.text or "").lower() == "location"
        else []
    )
    if call.spelled.endswith((".writeHead", ".set", ".header")):
        told = [item for held in call.arguments for item in (held.fields or {}).items()]
        given += [value for key, value in told if key.lower() == "location"]
    for value in given:
        if not harmless("redirect", value, call, 1):
            report_flow(machine, call.node, value, "redirect")
    if call.new and call.name.endswith("JSDOM") and re.search(r"runScripts\s*:\s*['\"]dangerously", call.node.text):
        report_flow(machine, call.node, first, "html")
    if call.spelled.endswith(".attr") and (first.text or "").lower().startswith("on"):
        report_flow(machine, call.node, second, "code")
    if (
        call.spelled.endswith((".match", ".search", ".matchAll"))
        and first.level == FOREIGN
        and call.receiver.kind == "string"
        and not call.receiver.level
    ):
        report_flow(machine, call.node, first, "regex")
    if call.spelled.endswith(".setAttributeNS") and call.argument(2).origin == "page":
        report_flow(machine, call.node, call.argument(2), "html", severity=MEDIUM)
    if call.spelled.endswith(".setAttribute") and first.text:
        if first.text.lower() in {"srcdoc"} or first.text.lower().startswith("on"):
            report_flow(machine, call.node, second, "html")
        elif (
            first.text.lower() in {"href", "src", "action", "formaction", "xlink:href"}
            and second.origin == "page"
            and not harmless("redirect", second, call, 1)
        ):
            report_flow(machine, call.node, second, "html", severity=MEDIUM)


def _parsed(machine: Machine, call: Call) -> None:
    """XML with entities."""
    value = call.argument(0)
    switched = re.search(r"^libxmljs2?\.parse\w*$|(^|\.)libxml\w*\.parse\w*$", call.name) and re.search(
        r"\b(noent|replaceEntities)\s*:\s*(true|!0|1)", call.node.text
    )
    if switched and not value.level:
        machine.report(
            call.node,
            "xml-external-entities",
            611,
            MEDIUM,
            Confidence.MEDIUM,
            "the parser fetches external entities",
            "Leave entities off.",
        )
    if not value.level:
        return
    options = call.argument(1)
    told = call.node.text
    entities = re.search(
        r"\b(noent|replaceEntities|resolveExternalEntities|expandEntities|resolve_entities|"
        r"processEntities)\s*:\s*(true|!0|1)",
        told,
    )
    if (
        (
            re.search(r"^libxmljs2?\.(parseXml\w*|parseXmlString\w*|parseHtml\w*|parse\w*)$", call.name)
            and (entities or options.level)
        )
        or (
            re.search(r"\.(parse|write|parseString|push|end)$", call.spelled)
            and re.search(r"expat|SaxParser|SaxPushParser|libxmljs|\bsax\b", call.name)
            and not call.name.startswith("libxmljs.parse")
        )
        or (
            re.search(r"\.(parseFromString|loadXML|loadXml|parseXML)$", call.spelled)
            and (value.origin == "request" or "ActiveX" in call.name)
        )
        or call.name in {"xml2json.toJson", "expat-xml.parse", "ltx.parse", "xml2json", "node-expat.parse"}
        or entities
    ):
        report_flow(machine, call.node, value, "xml")


__all__ = ["check_sinks", "harmless", "report_flow"]
