"""Markup in answers to a request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.sink_tables import MEDIUM
from tools.security.scripts.sinks import report_flow
from tools.security.scripts.syntax import FUNCTION_KINDS, Syntax
from tools.security.scripts.values import FOREIGN

ANSWERING = re.compile(r"\.(send|write|end)$")
HOLDERS = re.compile(r"(^|\.)(res|resp|response|reply|httpRes|this\.res|ctx\.res|h)(\.|$)")
OTHER_TYPE = re.compile(
    r"text/plain|application/(json|pdf|octet|xml|javascript)|image/|text/(csv|event-stream)|"
    r"['\"](json|text|txt|csv)['\"]",
    re.I,
)


def check_answered(machine: Machine, call: Call) -> None:
    """Markup in an answer."""
    if (
        call.spelled.endswith((".html", ".response"))
        and re.match(r"^(c|ctx|context|h)\.", call.spelled)
        and call.argument(0).level == FOREIGN
    ):
        report_flow(machine, call.node, call.argument(0), "html", severity=MEDIUM)
        return
    if not ANSWERING.search(call.spelled) or not call.arguments:
        return
    holder = call.spelled.rpartition(".")[0]
    if (
        call.receiver.kind != "response"
        and not HOLDERS.search(holder)
        and not call.receiver.name.startswith("<response>")
    ):
        return
    value = call.argument(1) if len(call.arguments) > 1 and call.argument(0).kind == "number" else call.argument(0)
    if value.kind in {"object", "array", "number"} or value.at("html") < FOREIGN or "answer" in value.safe:
        return
    if OTHER_TYPE.search(holder) or typed(call.node):
        return
    report_flow(machine, call.node, value, "html", severity=MEDIUM)


def _before(node: Syntax) -> Iterator[str]:
    """What of the function is done before, on the way to a node."""
    around = node.parent
    while around is not None and node.type not in FUNCTION_KINDS:
        if around.type == "statement_block":
            yield from (kid.text for kid in around.kids if kid.raw.start_byte < node.raw.start_byte)
        elif around.type in {"arguments", "call_expression", "member_expression"}:
            yield around.text
        node, around = around, around.parent


def typed(node: Syntax) -> bool:
    """Another type than HTML is said before, in the same function."""
    text = "\n".join([*_before(node), node.text])
    return (
        re.search(
            r"(?i)content-type['\"]?\s*[,:]\s*['\"`](text/plain|application/(?!xhtml)|image/|text/(csv|"
            r"event-stream))|\.(type|contentType)\(\s*['\"](text/plain|txt|text|json|application/json)",
            text,
        )
        is not None
    )


__all__ = ["check_answered", "typed"]
