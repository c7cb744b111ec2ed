"""JSON Web Tokens: signatures that nobody makes or looks at."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.values import Value

HIGH = Severity.HIGH
SURE, LIKELY = Confidence.HIGH, Confidence.MEDIUM
LIBRARY = re.compile(
    r"(^|\.)(jwt|jsonwebtoken|jwt-simple|JWT|jsonWebToken|_jsonwebtoken|jose|jws)(\.JWT)?\.(verify|decode|sign|encode)$"
)
SPELLED = re.compile(r"(?i)(^|\.)\$?jwt\.(verify|decode|sign|encode)$")
NOTHING_SPELLED = frozenset({"null", "''", '""', "undefined", "false"})
TOKEN = ("jwt-not-verified", 347, HIGH)


def check_tokens(machine: Machine, call: Call) -> None:
    if not (LIBRARY.search(call.name) or SPELLED.search(call.spelled)):
        return
    key = call.spelled.rpartition(".")[2]
    second = call.nodes[1].text if len(call.nodes) > 1 else ""
    unsigned = any(_none(value) for value in call.arguments) or second.endswith("JWK.None")
    if key in {"verify", "decode"} and (unsigned or second in NOTHING_SPELLED or _empty(call.argument(1))):
        machine.report(call.node, *TOKEN, SURE, "unsigned tokens are accepted", "Verify with one algorithm of a list.")
    elif key in {"sign", "encode"} and unsigned:
        machine.report(call.node, *TOKEN, SURE, "the token is not signed", "Sign it.")
    elif key == "decode" and "jwt-simple" in call.name and _true(call.argument(2)):
        machine.report(call.node, *TOKEN, SURE, "the signature is not checked", "Leave it on.")
    elif (
        key == "decode"
        and call.name.startswith(("jsonwebtoken", "jwt.", "JWT."))
        and not re.search(r"\.verify\s*\(", machine.tree.text)
    ):
        machine.report(call.node, *TOKEN, LIKELY, "decode does not check the signature", "Use jwt.verify.")


def _none(value: Value) -> bool:
    """`algorithm: "none"`, or one of a list."""
    for key in ("algorithm", "algorithms", "alg"):
        held = value.held(key)
        some = (held.fields or {}).values() if held.kind == "array" else (held,)
        if any((one.text or "").lower() == "none" for one in some):
            return True
    header = value.held("header")
    return (value.kind == "string" and (value.text or "") == "none") or (header.fields is not None and _none(header))


def _empty(value: Value) -> bool:
    return value.kind == "string" and value.text == ""


def _true(value: Value) -> bool:
    """What JavaScript takes for true."""
    if value.kind == "boolean":
        return value.text == "true"
    return value.kind == "string" and bool(value.text)


__all__ = ["check_tokens"]
