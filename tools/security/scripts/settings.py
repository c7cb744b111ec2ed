"""Switches of scripts that open something: cookies, origins, certificates, tokens, entities."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.sinks import report_flow
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import FOREIGN, Scope, Value

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
SURE, LIKELY = Confidence.HIGH, Confidence.MEDIUM
COOKIE = ("insecure-cookie", 614, MEDIUM)
SENT_OPENLY = "the cookie is also sent without TLS"
SESSION_NAME = re.compile(r"sess|token|auth|jwt|sid|user|login|remember", re.I)


def check_settings(machine: Machine, call: Call) -> None:
    _cookie(machine, call)
    _origins(machine, call)
    _tokens(machine, call)
    _session(machine, call)
    _messages(machine, call)
    _openly(machine, call)
    if re.search(r"(^|\.)postMessage$", call.spelled) and call.argument(1).text == "*":
        machine.report(
            call.node,
            "message-to-anyone",
            346,
            MEDIUM,
            Confidence.LOW,
            "any page that holds the window gets the message",
            "Name its origin.",
        )
    if re.search(
        r"^fs(\.promises)?\.(chmod|chmodSync|fchmod|lchmod|mkdir|mkdirSync|writeFile|writeFileSync|"
        r"open|openSync)$|^process\.umask$",
        call.name,
    ) or re.search(r"(^|\.)(chmod|chmodSync)$", call.spelled):
        _rights(machine, call)


def _cookie(machine: Machine, call: Call) -> None:
    if (
        not re.search(r"(^|\.)(cookie|setCookie)$|cookies\.set$|^(js-cookie|cookies|Cookies)\.set$", call.spelled)
        or len(call.arguments) < 2
    ):
        return
    if call.spelled.endswith(".cookie") and call.receiver.kind == "request":
        return
    options = call.argument(2)
    named = SESSION_NAME.search(call.argument(0).text or (call.nodes[0].text if call.nodes else "")) is not None
    given = call.nodes[2] if len(call.nodes) > 2 else None
    fields = options.fields
    if fields is None and given is not None:
        return
    secure = (fields or {}).get("secure")
    off = given is not None and re.search(r"\bsecure\s*:\s*(false|!1)", given.text) is not None
    if off or (named and (fields is None or (secure is None and "..." not in (fields or {})))):
        machine.report(
            call.node,
            "insecure-cookie",
            614,
            MEDIUM,
            LIKELY,
            "the cookie is also sent without TLS",
            "Set secure, httpOnly and sameSite.",
        )
    elif given is not None and re.search(r"\bhttpOnly\s*:\s*(false|!1)", given.text):
        machine.report(
            call.node,
            "script-readable-cookie",
            1004,
            MEDIUM,
            LIKELY,
            "scripts of the page can read the cookie",
            "Set httpOnly.",
        )


def _session(machine: Machine, call: Call) -> None:
    if (
        call.name
        not in {
            "express-session",
            "cookie-session",
            "session",
            "cookieSession",
            "express.session",
            "express.cookieSession",
        }
        or not call.nodes
    ):
        return
    text = call.node.text
    if re.search(r"\bhttpOnly\s*:\s*(false|!1)", text):
        machine.report(
            call.node,
            "script-readable-cookie",
            1004,
            MEDIUM,
            LIKELY,
            "scripts of the page can read the session's cookie",
            "Set httpOnly.",
        )
    options = call.argument(0)
    if options.fields is None or "..." in options.fields:
        return
    cookie = options.held("cookie")
    secure = (cookie.fields or {}).get("secure") or options.fields.get("secure")
    if (
        secure is None
        and "..." not in (cookie.fields or {})
        and (cookie.fields is not None or "cookie" not in options.fields)
    ):
        machine.report(call.node, *COOKIE, LIKELY, SENT_OPENLY, "Set secure: true.")
    elif secure is not None and secure.text == "false":
        machine.report(call.node, *COOKIE, SURE, SENT_OPENLY, "Set secure: true.")


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


def _messages(machine: Machine, call: Call) -> None:
    """Whoever holds the window can send one: its origin says who did."""
    closure = call.argument(1).closure
    if (
        call.argument(0).text != "message"
        or closure is None
        or not re.search(r"^((window|self|top|parent|globalThis)\.)?addEventListener$", call.spelled)
    ):
        return
    text = closure.node.text
    if re.search(r"\.data\b|\{\s*data", text) and not re.search(r"origin|\.source\b", text):
        machine.report(
            call.node,
            "message-of-anyone",
            346,
            MEDIUM,
            LIKELY,
            "the sender of the message is not looked at",
            "Compare event.origin with the origins that may send.",
        )


def _origins(machine: Machine, call: Call) -> None:
    if not re.search(r"\.(setHeader|header|set|append|writeHead)$", call.spelled):
        return
    first = (call.argument(0).text or "").lower()
    values: list[Value] = [call.argument(1)] if first == "access-control-allow-origin" else []
    for held in call.arguments:
        values += [value for key, value in (held.fields or {}).items() if key.lower() == "access-control-allow-origin"]
    for value in values:
        around = call.node.around(frozenset({"statement_block", "program"}))
        text = around.text if around is not None else ""
        credentials = (
            re.search(r"(?i)access-control-allow-credentials['\"]?\s*[,:]\s*['\"]?(true|!0)", text) is not None
        )
        if value.at("cors") == FOREIGN:
            machine.report(
                call.node,
                "cors-open",
                942,
                MEDIUM,
                SURE if credentials else LIKELY,
                "the origin is taken from the request",
                "Name the origins.",
            )
        elif value.text == "null" and credentials:
            machine.report(
                call.node, "cors-open", 942, MEDIUM, SURE, "sandboxed pages have the origin null", "Name the origins."
            )
        elif value.text == "*":
            machine.report(
                call.node,
                "cors-open",
                942,
                MEDIUM,
                SURE if credentials else Confidence.LOW,
                "any site may read the answers",
                "Name the origins.",
            )


def _tokens(machine: Machine, call: Call) -> None:
    jwt = re.search(
        r"(^|\.)(jwt|jsonwebtoken|jwt-simple|JWT|jsonWebToken|_jsonwebtoken)\.(verify|decode|sign|"
        r"encode)$",
        call.name,
    ) or re.search(r"(?i)(^|\.)jwt\.(verify|decode|sign|encode)$", call.spelled)
    if jwt:
        key = call.spelled.rpartition(".")[2]
        text = call.node.text
        second = call.nodes[1].text if len(call.nodes) > 1 else ""
        if (
            key in {"verify", "decode"}
            and (re.search(r"['\"]none['\"]", text) or second in {"null", "''", '""', "undefined", "false"})
        ) or (key == "verify" and call.argument(1).kind == "string" and call.argument(1).text == ""):
            machine.report(
                call.node,
                "jwt-not-verified",
                347,
                HIGH,
                SURE,
                "unsigned tokens are accepted",
                "Verify with one algorithm on an allow-list.",
            )
        elif key == "sign" and re.search(r"algorithm['\"]?\s*:\s*['\"]none['\"]", text):
            machine.report(call.node, "jwt-not-verified", 347, HIGH, SURE, "the token is not signed", "Sign it.")
        elif key == "decode" and "jwt-simple" in call.name and re.search(r",\s*(true|!0)\s*[,)]", text):
            machine.report(
                call.node, "jwt-not-verified", 347, HIGH, SURE, "the signature is not checked", "Leave it on."
            )
        elif (
            key == "decode"
            and call.name.startswith(("jsonwebtoken", "jwt.", "JWT."))
            and not re.search(r"\.verify\s*\(", machine.tree.text)
        ):
            machine.report(
                call.node,
                "jwt-not-verified",
                347,
                HIGH,
                LIKELY,
                "decode does not check the signature",
                "Use jwt.verify.",
            )


def _rights(machine: Machine, call: Call) -> None:
    """For everybody."""
    for node in call.nodes[-1:] if call.name == "process.umask" else call.nodes[1:3]:
        modes = re.findall(r"(?:mode\s*:\s*)?(0o[0-7]{3,4}|0[0-7]{3}|['\"]0?[0-7]{3}['\"])", node.text)
        if re.search(r"S_IWOTH|S_IXOTH|S_IRWXO", node.text):
            modes.append("0o777")
        for mode in modes:
            other = int(mode.strip("'\"")[-1])
            if call.name != "process.umask" and other & 2:
                machine.report(
                    call.node,
                    "open-file-rights",
                    732,
                    MEDIUM,
                    SURE,
                    "everybody may write it",
                    "Give the owner alone the right.",
                )
            elif call.name != "process.umask" and other and re.search(r"chmod", call.spelled):
                machine.report(
                    call.node,
                    "open-file-rights",
                    732,
                    MEDIUM,
                    Confidence.LOW,
                    "everybody may read it",
                    "Give the owner alone the right.",
                )


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
    known = machine.evaluate(value_node, scope) if value_node.type == "identifier" else None
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


__all__ = ["check_environment", "check_pair", "check_settings"]
