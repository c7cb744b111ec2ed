"""Ciphers of node: modes that nobody vouches for, constant initialisation vectors, tags that nobody looks at."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import FUNCTIONS, Syntax
from tools.security.scripts.values import HOLE, OWN_HOLE, Value

HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM
SURE, LIKELY, DOUBTFUL = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
UNVOUCHED = re.compile(r"^(id-)?(aes|camellia|aria|sm4)-?(128|192|256)(-cbc)?$|^(aes|camellia|aria|sm4)-?\d*-?cbc$")
VOUCHED = re.compile(r"-(gcm|ccm|ocb)$|^chacha20-poly1305$")
BROKEN_SUITE = re.compile(
    r"(?:^|[_+-])(anon|e?null|anull|exp(?:ort)?(?:40|56|1024)?|rc4|rc2|3?des|des-cbc3|md5|adh|aecdh|low)(?:[_+-]|$)",
    re.I,
)
SCOPES = FUNCTIONS | {"program"}


def check_ciphers(machine: Machine, call: Call) -> None:
    if not re.search(r"(^|\.)create(De)?[cC]ipheriv$", call.spelled):
        return
    kind = (call.argument(0).text or "").lower()
    decrypts = "De" in call.spelled.rpartition(".")[2]
    if _constant(call.argument(2)) and len(call.nodes) > 2 and "ecb" not in kind and not decrypts:
        why, fix = "the initialisation vector is a constant", "Use crypto.randomBytes for each text."
        machine.report(call.node, "static-iv", 329, HIGH, SURE, why, fix)
    if UNVOUCHED.match(kind):
        why, fix = "nobody vouches for what comes out", "Use aes-256-gcm."
        machine.report(call.node, "unauthenticated-cipher", 327, MEDIUM, DOUBTFUL, why, fix)
    if decrypts and VOUCHED.search(kind):
        _tag(machine, call, kind)


def _constant(value: Value) -> bool:
    text = value.text
    return text is not None and value.kind in {"string", ""} and HOLE not in text and OWN_HOLE not in text


def _tag(machine: Machine, call: Call, kind: str) -> None:
    around = call.node.around(frozenset(SCOPES))
    text = around.text if around is not None else machine.tree.text
    options = call.argument(3)
    if "setAuthTag" not in text or not re.search(r"\.final\b", text):
        if "setAuthTag" not in machine.tree.text or not re.search(r"\.final\b", machine.tree.text):
            why, fix = "changed texts are decrypted like genuine ones", "Call setAuthTag and final."
            machine.report(call.node, "tag-not-checked", 354, HIGH, LIKELY, why, fix)
        else:
            why, fix = "it is not seen here that the tag is looked at", "Call setAuthTag and final."
            machine.report(call.node, "tag-not-checked", 354, MEDIUM, DOUBTFUL, why, fix)
    elif kind.endswith("gcm") and "authTagLength" not in (options.fields or {}) and "length" not in text:
        why, fix = "a tag of four bytes is taken as well, which is soon tried", "Set authTagLength: 16."
        machine.report(call.node, "short-tag", 354, MEDIUM, DOUBTFUL, why, fix)


def check_suites(machine: Machine, node: Syntax, value: Value) -> None:
    """`ciphers: "..."` of a connection."""
    for suite in re.split(r"[:, ]", value.text or ""):
        if not suite.startswith(("!", "-")) and (named := BROKEN_SUITE.search(suite)):
            why, fix = f"{named[1]} is broken", "Leave the list to node."
            machine.report(node, "weak-cipher", 327, MEDIUM, SURE, why, fix)
            return


__all__ = ["check_ciphers", "check_suites"]
