"""Who may read a page's answers, and whose messages it takes."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.values import FOREIGN, Value

MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
SURE, LIKELY, DOUBTFUL = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
OPEN = ("cors-open", 942, MEDIUM)
NAME_THEM = "Name the origins."
CORS = re.compile(r"^(cors|@koa/cors|koa2?-cors|@fastify/cors)$|(^|\.)enableCors$")


def check_origins(machine: Machine, call: Call) -> None:
    if re.search(r"\.(setHeader|header|set|append|writeHead)$", call.spelled):
        _headers(machine, call)
    elif CORS.search(call.name) or CORS.search(call.spelled):
        _middleware(machine, call)
    elif re.search(r"(^|\.)postMessage$", call.spelled) and call.argument(1).text == "*":
        why, fix = "any page that holds the window gets the message", "Name its origin."
        machine.report(call.node, "message-to-anyone", 346, MEDIUM, DOUBTFUL, why, fix)
    elif re.search(r"^((window|self|top|parent|globalThis)\.)?addEventListener$", call.spelled):
        _messages(machine, call)


def _messages(machine: Machine, call: Call) -> None:
    """Whoever holds the window can send one: its origin says who did."""
    closure = call.argument(1).closure
    if call.argument(0).text != "message" or closure is None:
        return
    text = closure.node.text
    if re.search(r"\.data\b|\{\s*data", text) and not re.search(r"origin|\.source\b", text):
        why, fix = "the sender of the message is not looked at", "Compare event.origin with the origins that may send."
        machine.report(call.node, "message-of-anyone", 346, MEDIUM, LIKELY, why, fix)


def _middleware(machine: Machine, call: Call) -> None:
    """With credentials it is told by the option itself (`settings.check_pair`)."""
    options = call.argument(0)
    origin = options.held("origin")
    known = not call.nodes or (options.fields is not None and "..." not in options.fields)
    if known and ("origin" not in (options.fields or {}) or origin.text in {"*", "true"}) and not options.level:
        machine.report(call.node, *OPEN, DOUBTFUL, "any site may read the answers", NAME_THEM)


def _headers(machine: Machine, call: Call) -> None:
    first = (call.argument(0).text or "").lower()
    values: list[Value] = [call.argument(1)] if first == "access-control-allow-origin" else []
    spelled = call.nodes[1].text if values and len(call.nodes) > 1 else ""
    for held in call.arguments:
        values += [value for key, value in (held.fields or {}).items() if key.lower() == "access-control-allow-origin"]
    for value in values:
        around = call.node.around(frozenset({"statement_block", "program"}))
        text = around.text if around is not None else ""
        credentials = (
            re.search(r"(?i)access-control-allow-credentials['\"]?\s*[,:]\s*['\"]?(true|!0)", text) is not None
        )
        sure = SURE if credentials else LIKELY
        if value.at("cors") == FOREIGN:
            machine.report(call.node, *OPEN, sure, "the origin is taken from the request", NAME_THEM)
        elif (value.text == "null" or spelled == "null") and credentials:
            machine.report(call.node, *OPEN, SURE, "sandboxed pages have the origin null", NAME_THEM)
        elif value.text == "*":
            sure = SURE if credentials else DOUBTFUL
            machine.report(call.node, *OPEN, sure, "any site may read the answers", NAME_THEM)


__all__ = ["check_origins"]
