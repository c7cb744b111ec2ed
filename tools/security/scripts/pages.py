"""Assignments and attributes that make markup or send elsewhere, and keys that reach an object's prototype."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.answers import typed
from tools.security.scripts.guards import spelled
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.merging import POLLUTION, REMEDY
from tools.security.scripts.sinks import harmless, report_flow
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import EVERY, FOREIGN, INPUT, NOTHING, Scope, Value

HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM
VIEWED = {"html": "html", "source": "html", "url": "redirect", "injectedJavaScript": "code"}
"""Of a view of an application for phones, what becomes a page."""
CLEAN = re.compile(r"sanitize|purify|escape", re.I)
SCRIPTING = ("cross-site-scripting", 79, MEDIUM)


def check_assigned(machine: Machine, node: Syntax, target: str, value: Value, scope: Scope) -> None:
    call = Call(node=node, name=target, spelled=target, arguments=[value], nodes=[], receiver=NOTHING, scope=scope)
    if re.search(r"\.(innerHTML|outerHTML|srcdoc)$", target):
        report_flow(machine, node, value.whole("html"), "html")
    elif re.search(r"^((window|document|self|top|parent|this)\.)*location(\.href)?$|\.location(\.href)?$", target):
        if not harmless("redirect", value, call, 0):
            report_flow(machine, node, value, "redirect")
    elif (
        re.search(r"^(ctx|context|this)\.body$", target)
        and value.level == FOREIGN
        and value.kind not in {"object", "array"}
    ):
        if not re.search(r"(?i)ctx\.type\s*=|content-type", machine.tree.text):
            report_flow(machine, node, value, "html", severity=MEDIUM)
    elif (
        re.search(r"\.(src|href|action|formAction|formaction|data|codebase)$", target)
        and value.origin == "page"
        and value.level == FOREIGN
    ):
        element = re.search(r"(?i)script|iframe|frame|embed|object|anchor|link|\ba\b|el\b|elem|form|document\.", target)
        if element and not harmless("redirect", value, call, 0) and value.at("redirect"):
            report_flow(machine, node, value, "html", severity=MEDIUM)
            report_flow(machine, node, value, "redirect")
    _keys(machine, node, scope)


def check_made(machine: Machine, node: Syntax, value: Value) -> None:
    """Markup with foreign data in it, wherever it goes; answers of cloud functions."""
    if value.fields is not None:
        _mailed(machine, node, value)
        body, headers = value.held("body"), value.held("headers")
        html = any("text/html" in (held.text or "") for held in (headers.fields or {}).values())
        if ("statusCode" in value.fields or "status" in value.fields) and html and body.at("html") == FOREIGN:
            line = next((kid for kid in node.kids if kid.text.startswith("body")), node)
            report_flow(machine, line, body, "html", severity=MEDIUM)
    elif value.at("html") == FOREIGN and value.origin == "request" and _is_markup(value.text or "") and not typed(node):
        why = f"markup is made of {value.source}"
        machine.report(node, *SCRIPTING, Confidence.MEDIUM, why, "Escape it, or use a template.")


def _mailed(machine: Machine, node: Syntax, mail: Value) -> None:
    html = mail.held("html")
    if {"to", "from", "subject"} & (mail.fields or {}).keys() and html.at("html") == FOREIGN:
        line = next((kid for kid in node.kids if kid.text.startswith("html")), node)
        report_flow(machine, line, html, "html", severity=MEDIUM)


def _is_markup(text: str) -> bool:
    """A tag, and foreign data beside it; no other language of angle brackets."""
    beside = re.search(r"<[a-zA-Z!/][^\0]*\0|\0[^\0]*</\w", text)
    return beside is not None and re.search(r"(?i)<\?xml|<soap|^\s*(select|insert)\b", text) is None


def _keys(machine: Machine, node: Syntax, scope: Scope) -> None:
    """`table[key][other] = x`: the key can be `__proto__`."""
    left = node.part("left")
    holder = left.part("object") if left is not None else None
    if left is None or holder is None or left.type not in {"subscript_expression", "member_expression"}:
        return
    index = holder.part("index") if holder.type == "subscript_expression" else None
    if index is not None:
        chosen = machine.evaluate(index, scope)
        table = re.escape(spelled(holder.part("object") or holder))
        if re.search(rf"\.(entries|keys)\(\s*{table}\s*\)|\bin\s+{table}\b", machine.tree.text):
            return  # a key of the object's own
        whole = machine.evaluate(holder.part("object"), scope)
        bare = whole.name in {"Object.create()", "Map()"}
        if chosen.at("proto") == FOREIGN and not bare and not _exactly_named(chosen):
            machine.report(node, *POLLUTION, Confidence.MEDIUM, "the key can be __proto__", REMEDY)
    held = machine.evaluate(holder, scope) if holder.type == "identifier" else NOTHING
    if held.kind == "chosen" and held.level == 0 and not held.safe & {"proto", EVERY}:
        machine.report(node, *POLLUTION, Confidence.MEDIUM, "the object is chosen by a foreign key", REMEDY)


def _exactly_named(value: Value) -> bool:
    return value.kind == "number" or (value.text or "").partition("\0")[0] != ""


def check_attribute(machine: Machine, node: Syntax, scope: Scope) -> None:
    """JSX."""
    name = node.kids[0].text if node.kids else ""
    given = node.kids[1] if len(node.kids) > 1 else None
    if given is None:
        return
    value = machine.evaluate(given, scope)
    if name == "dangerouslySetInnerHTML":
        html = value.held("__html") if value.fields else value
        if html.at("html") >= INPUT:
            report_flow(machine, node, html, "html", severity=MEDIUM)
        elif html.fields and not any(held.text is None for held in html.fields.values()):
            return
        elif not CLEAN.search(node.text) and "html" not in html.safe and (html.text is None or "\0" in html.text):
            machine.report(
                node,
                "cross-site-scripting",
                79,
                MEDIUM,
                Confidence.MEDIUM,
                "the value becomes HTML",
                "Render it as text, or clean it with DOMPurify.",
            )
    elif name in VIEWED and _is_view(node):
        held = value.held("html") if name == "source" and "html" in (value.fields or {}) else value.whole()
        cls = "redirect" if "uri" in (value.fields or {}) else VIEWED[name]
        if held.level == FOREIGN:
            report_flow(machine, node, held, cls)
    elif (
        name in {"href", "src", "action", "formAction", "xlinkHref", "srcDoc"}
        and value.at("html") == FOREIGN
        and value.origin == "page"
    ):
        call = Call(node=node, name=name, spelled=name, arguments=[value], nodes=[], receiver=NOTHING, scope=scope)
        if not harmless("redirect", value, call, 0):
            report_flow(machine, node, value, "html", severity=MEDIUM)
            report_flow(machine, node, value, "redirect")


def _is_view(attribute: Syntax) -> bool:
    name = attribute.parent.part("name") if attribute.parent is not None else None
    return name is not None and name.text.endswith("WebView")


def check_trusted(machine: Machine, call: Call) -> None:
    """Ways of frameworks to say that a text is harmless; methods chosen by a message."""
    if re.search(
        r"\.bypassSecurityTrust(Html|Script|Style|Url|ResourceUrl)$|\$sce\.trustAs\w*$|(^|\.)htmlSafe$", call.spelled
    ):
        value = call.argument(-1) if len(call.arguments) == 1 else call.argument(len(call.arguments) - 1)
        if value.text is not None and "\0" not in value.text:
            return
        if value.at("html") == 0 and (value.safe or (call.nodes and CLEAN.search(call.nodes[-1].text))):
            return
        machine.report(
            call.node,
            "cross-site-scripting",
            79,
            MEDIUM,
            Confidence.MEDIUM,
            "the value is trusted unseen",
            "Leave Angular's sanitiser on, or clean the value with DOMPurify.",
        )
    function = call.node.part("function") or call.node.part("constructor")
    if function is not None and function.type == "subscript_expression" and function.part("index") is not None:
        key = machine.evaluate(function.part("index"), call.scope)
        holder = (function.part("object") or function).text
        if (
            key.at("code") == FOREIGN
            and key.kind != "number"
            and not _exactly_named(key)
            and re.match(r"^(window|global|globalThis|self|this|document|eval)$", holder)
        ):
            machine.report(
                call.node,
                "code-injection",
                94,
                HIGH,
                Confidence.HIGH,
                "the method is chosen by foreign data",
                "Keep a table of what may be called.",
            )


__all__ = ["check_assigned", "check_attribute", "check_made", "check_trusted"]
