"""What goes over the network in clear text, by the addresses and clients that a script names."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import Syntax

MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
SURE, LIKELY, DOUBTFUL = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
CLEAR = re.compile(
    r"^['\"`]?(http|ws|ftp|telnet|tftp|rtmp|gopher|irc|smtp|ldap|amqp|mqtt|imap|pop3|nntp|sip|stomp)://"
    r"(?:[^@/\s]*@)?([\w.-]+\.[\w-]+)"
)
OWN = re.compile(
    r"^(127\.|0\.0\.0\.0|169\.254\.)|(^|\.)(localhost|local|internal|test|example|invalid|localdomain|lan|svc)$|(^|\.)example\.(com|org|net)$"
)
NAMESPACES = re.compile(
    r"(^|\.)(w3\.org|xmlns\.com|xmlsoap\.org|schemas?\.[\w.-]+|openxmlformats\.org|purl\.org|hl7\.org|ogp\.me|ns\.adobe\.com"
    r"|springframework\.org|maven\.apache\.org|apache\.org|json-schema\.org|sodipodi\.sourceforge\.net|inkscape\.org"
    r"|docbook\.org|oasis-open\.org|tempuri\.org)$"
)
TELNET = re.compile(r"^telnet-(client|stream)$")


def check_address(machine: Machine, node: Syntax, value: Syntax | None) -> None:
    """A name that is given an address without TLS; told, for many are never asked."""
    if value is None or value.type not in {"string", "template_string"}:
        return
    found = CLEAR.match(value.text)
    if found and not OWN.search(found[2].lower()) and not NAMESPACES.search(found[2].lower()):
        why = f"{found[2]} is named without TLS"
        machine.report(node, "no-tls", 319, LOW, DOUBTFUL, why, "Use TLS.")


def check_transport(machine: Machine, call: Call) -> None:
    name = call.name
    if name == "require" and TELNET.match(call.argument(0).text or ""):
        machine.report(call.node, "clear-text-protocol", 319, MEDIUM, LIKELY, "telnet has no TLS", "Use SSH.")
    elif re.search(r"(^|\.)createInsecure$", call.spelled):
        why, fix = "calls and answers go in clear text", "Use createSsl."
        machine.report(call.node, "clear-text-protocol", 319, MEDIUM, DOUBTFUL, why, fix)
    elif name == "http.createServer" and call.arguments:
        why, fix = "it listens without TLS; somebody in front has to add it", "Use https, or a proxy that does."
        machine.report(call.node, "no-tls", 319, LOW, DOUBTFUL, why, fix)
    elif re.search(r"^net\.(Socket\(\)\.connect|connect|createConnection)$", name) and _elsewhere(call):
        machine.report(call.node, "no-tls", 319, LOW, DOUBTFUL, "the socket has no TLS", "Use the module tls.")
    elif re.search(
        r"^(new)?XMLHttpRequest\(\)\.open$|(^|\.)(xhr|xhttp|xmlhttp|request|req)\.open$", name + "|" + call.spelled
    ):
        found = CLEAR.match(call.argument(1).text or "")
        if found and not OWN.search(found[2].lower()):
            machine.report(call.node, "no-tls", 319, MEDIUM, LIKELY, f"{found[2]} is asked without TLS", "Use https.")


def _elsewhere(call: Call) -> bool:
    """More than a path of a socket of this machine."""
    if call.argument(0).fields is not None:
        return "path" not in (call.argument(0).fields or {})
    host = call.argument(1).text
    return len(call.arguments) > 1 and not (host and OWN.search(host))


__all__ = ["check_address", "check_transport"]
