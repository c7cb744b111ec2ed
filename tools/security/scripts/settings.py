"""Switches of scripts that open something: cookies, origins, certificates, tokens, entities."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.ciphers import check_ciphers, check_suites
from tools.security.scripts.cloud import check_cloud
from tools.security.scripts.cookies import check_cookies
from tools.security.scripts.files import check_files, check_public_path
from tools.security.scripts.logs import check_logs
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.options import check_options
from tools.security.scripts.origins import check_origins
from tools.security.scripts.sinks import report_flow
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.tokens import check_tokens
from tools.security.scripts.transport import check_address, check_transport
from tools.security.scripts.unknown import check_loaded
from tools.security.scripts.values import FOREIGN, Scope, Value

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
SURE, LIKELY = Confidence.HIGH, Confidence.MEDIUM


def check_settings(machine: Machine, call: Call) -> None:
    check_cookies(machine, call)
    check_origins(machine, call)
    check_tokens(machine, call)
    check_files(machine, call)
    check_transport(machine, call)
    check_options(machine, call)
    check_logs(machine, call)
    check_ciphers(machine, call)
    check_loaded(machine, call)
    check_cloud(machine, call)
    _openly(machine, call)
    _debugging(machine, call)


def _openly(machine: Machine, call: Call) -> None:
    """Requests without TLS, to hosts that are not this machine."""
    if not re.search(
        r"^(window\.)?(fetch|axios|got|request|superagent|needle|WebSocket|EventSource|ws)(\.\w+)?$|"
        r"^http\.(get|request)$",
        call.name,
    ):
        return
    given = call.argument(0)
    address = (given.held("url").text or given.held("uri").text if given.fields else given.text) or ""
    host = re.match(r"(http|ws)://([\w.\-]+)", address)
    if host is not None and not re.match(
        r"localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|[\w\-]+$|.*\.(local|internal|test)$", host[2]
    ):
        machine.report(call.node, "no-tls", 319, MEDIUM, LIKELY, f"{host[2]} is asked without TLS", "Use https.")


def _debugging(machine: Machine, call: Call) -> None:
    """Middleware that shows a visitor how the program failed, or what lies in a folder."""
    if call.name == "errorhandler" and not _only_while_developing(call.node):
        why, fix = "visitors see the stack", "Use it while NODE_ENV is development only."
        machine.report(call.node, "debug-mode", 489, MEDIUM, LIKELY, why, fix)
    elif call.name == "serve-index":
        why, fix = "visitors see the names of all files", "Leave it out."
        machine.report(call.node, "listed-folder", 548, MEDIUM, Confidence.LOW, why, fix)


def _only_while_developing(node: Syntax) -> bool:
    place = node.parent
    while place is not None:
        condition = place.part("condition") if place.type in {"if_statement", "ternary_expression"} else None
        if condition is not None and re.search(r"(?i)NODE_ENV|\bdev|debug", condition.text):
            return True
        place = place.parent
    return False


def check_given(machine: Machine, node: Syntax, value: Syntax | None) -> None:
    """A name that is given an address or a path."""
    check_address(machine, node, value)
    check_public_path(machine, node, value)


FUNCTION = re.compile(r"(async\s+)?(function\b|\([^)]*\)\s*=>|\w+\s*=>)")
CHECKS = re.compile(
    r"\bif\b|\bthrow\b|Error|checkServerIdentity|\?|&&|\|\||[!=]==?|fingerprint|\.(?:match|test|includes)\("
)
"""A function with none of them lets everybody pass."""


def check_pair(machine: Machine, node: Syntax, scope: Scope) -> None:
    key_node, value_node = node.part("key"), node.part("value")
    if key_node is None or value_node is None:
        return
    key, text = key_node.text.strip("'\""), value_node.text
    known = machine.evaluate(value_node, scope) if value_node.type in {"identifier", "unary_expression"} else None
    if known is not None and known.kind == "boolean" and known.text is not None:
        text = known.text
    holder = node.parent
    around = holder.parent.text[:600] if holder is not None and holder.parent is not None else ""
    if (
        key in {"rejectUnauthorized", "strictSSL", "requestCert_", "rejectUnauthorised", "checkServerIdentity_"}
        and text in {"false", "0", "!1"}
    ) or (key == "insecure" and text == "true" and "tls" in around.lower()):
        machine.report(
            node, "tls-not-verified", 295, HIGH, SURE, "the server's certificate is not checked", "Leave it on."
        )
    elif key == "checkServerIdentity" and FUNCTION.match(text) and not CHECKS.search(text):
        machine.report(node, "tls-not-verified", 295, HIGH, SURE, "the server's name is not checked", "Leave it on.")
    elif key == "dangerouslySetInnerHTML" and value_node.type != "jsx_expression":
        report_flow(machine, node, machine.evaluate(value_node, scope).whole("html"), "html", severity=MEDIUM)
    elif key in {"secureProtocol", "minVersion", "maxVersion"} and re.search(
        r"(SSLv[23]|TLSv1(_1|\.1)?)(_(server_|client_)?method)?['\"]$", text
    ):
        machine.report(node, "old-tls", 327, MEDIUM, SURE, "the protocol is broken", "Use TLS 1.2 or newer.")
    elif key == "ciphers":
        check_suites(machine, node, machine.evaluate(value_node, scope))
    elif key in {"requireTLS", "useSSL", "requireSSL"} and text == "false":
        machine.report(
            node, "clear-text-protocol", 319, MEDIUM, SURE, "it goes on in clear text where TLS fails", "Leave TLS on."
        )
    elif key == "secure" and text == "false" and re.search(r"cookie", _call_around(node) or around, re.I):
        machine.report(
            node, "insecure-cookie", 614, MEDIUM, SURE, "the cookie is also sent without TLS", "Set secure: true."
        )
    elif key == "origin" and holder is not None:
        _any_origin(machine, node, machine.evaluate(value_node, scope), text, holder.text)
    elif (
        key in {"escapeMarkup", "autoescape", "escape", "sanitize"}
        and text == "false"
        and re.search(
            r"nunjucks|ejs|handlebars|mustache|marked|swig|render|escapeMarkup|markdown|template|"
            r"configure|sanitize",
            around,
            re.I,
        )
    ) or (key == "noEscape" and text == "true" and re.search(r"handlebars|hbs", machine.tree.text, re.I)):
        machine.report(
            node, "autoescape-off", 79, MEDIUM, LIKELY, "values become HTML as they are", "Leave escaping on."
        )
    elif (
        key
        in {
            "nodeIntegration",
            "nodeIntegrationInWorker",
            "allowRunningInsecureContent",
            "webviewTag_",
            "experimentalFeatures_",
        }
        and text == "true"
    ):
        cwe = 319 if key.startswith("allow") else 94
        machine.report(
            node, "open-window", cwe, MEDIUM, SURE, "a page of the window can do what programs can", "Leave it off."
        )
    elif key in {"contextIsolation", "webSecurity", "sandbox_"} and text == "false":
        cwe = 346 if key == "webSecurity" else 94
        machine.report(node, "open-window", cwe, MEDIUM, SURE, "the window's page is not kept apart", "Leave it on.")


def _call_around(node: Syntax) -> str:
    call = node.around(frozenset({"call_expression", "new_expression"}))
    return (call.part("function") or call.part("constructor") or call).text if call is not None else ""


def _any_origin(machine: Machine, node: Syntax, value: Value, text: str, options: str) -> None:
    credentials = re.search(r"credentials\s*:\s*(true|!0)", options) is not None
    if (text in {"'*'", '"*"', "true", "/.*/"} and credentials) or (
        value.level == FOREIGN
        and re.search(r"cors|credentials|methods|allowedHeaders", _call_around(node) + options, re.I)
    ):
        machine.report(
            node, "cors-open", 942, MEDIUM, SURE, "any site may call with the visitor's cookies", "Name the origins."
        )


def check_environment(machine: Machine, node: Syntax, target: str, value: Value) -> None:
    text = value.text if value.text is not None else (node.part("right") or node).text
    if target.endswith("NODE_TLS_REJECT_UNAUTHORIZED") or "NODE_TLS_REJECT_UNAUTHORIZED" in target:
        if re.match(r"['\"]?(0|false)", text):
            machine.report(node, "tls-not-verified", 295, HIGH, SURE, "certificates are checked nowhere", "Remove it.")
    elif re.search(r"\.(rejectUnauthorized|strictSSL)$", target) and text in {"false", "0"}:
        machine.report(
            node, "tls-not-verified", 295, HIGH, SURE, "the server's certificate is not checked", "Leave it on."
        )
    elif target in {"mustache.escape", "Mustache.escape", "handlebars.escapeExpression"}:
        machine.report(
            node, "autoescape-off", 79, MEDIUM, LIKELY, "values become HTML as they are", "Leave escaping on."
        )


__all__ = ["check_environment", "check_given", "check_pair", "check_settings"]
