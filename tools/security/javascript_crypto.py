"""Weak cryptography and tokens in scripts, and how a flow is reported."""

from __future__ import annotations

import re

from tree_sitter import Node

from memory.records.report import Confidence, Severity
from tools.security.flow.secret_words import is_secret
from tools.security.javascript_flow import Scope, Walk
from tools.security.javascript_tables import HIGH, MEDIUM, SECRET_USE


def report_flow(node: Node, walk: Walk, level: int, rule: str, cwe: int, severity: Severity, fix: str) -> None:
    confidence = Confidence.HIGH if level == 2 else Confidence.MEDIUM if cwe in {78, 94} else Confidence.LOW
    source = "request or page data" if level == 2 else "input"
    walk.report(
        node,
        rule,
        cwe,
        severity,
        confidence,
        f"{source} reaches {walk.text(node)[:40].partition('(')[0]} unchecked",
        fix,
    )


def check_crypto(node: Node, name: str, arguments: list[Node], scope: Scope, walk: Walk) -> None:
    first = walk.text(arguments[0]).strip("'\"`").lower() if arguments else ""
    if re.search(r"(^|\.)createH(ash|mac)$", name) and first in {"md5", "sha1", "md4", "ripemd160"}:
        walk.report(
            node, "weak-hash", 328, MEDIUM, Confidence.HIGH, f"{first} is broken", "Use SHA-256; scrypt for passwords."
        )
    if re.search(r"(^|\.)createCipher(iv)?$|(^|\.)createDecipher(iv)?$", name) and (
        not name.endswith("iv") or re.match(r"(des|rc4|rc2|bf|blowfish)|.*-ecb", first)
    ):
        walk.report(
            node,
            "weak-cipher",
            327,
            HIGH,
            Confidence.HIGH,
            "the cipher, its mode or its key derivation is broken",
            "Use aes-256-gcm with createCipheriv.",
        )
    if name in {"Math.random"} and _for_secret(node, walk):
        walk.report(
            node,
            "weak-random",
            330,
            MEDIUM,
            Confidence.MEDIUM,
            "Math.random can be foretold",
            "Use crypto.randomBytes or crypto.getRandomValues.",
        )
    if re.search(r"jwt\.verify$", name) and (
        re.search(r"['\"]none['\"]", walk.text(node))
        or (len(arguments) > 1 and walk.text(arguments[1]) in {"null", "''", '""', "undefined"})
    ):
        walk.report(
            node,
            "jwt-not-verified",
            347,
            HIGH,
            Confidence.HIGH,
            "unsigned tokens are accepted",
            "Verify with one algorithm on an allow-list.",
        )
    if re.search(r"(jwt|jsonwebtoken)\.decode$", name) and "jwt.verify" not in walk.source:
        walk.report(
            node,
            "jwt-not-verified",
            347,
            HIGH,
            Confidence.MEDIUM,
            "decode does not check the signature",
            "Use jwt.verify.",
        )
    if (
        re.search(r"jwt\.sign$", name)
        and len(arguments) > 1
        and arguments[1].type == "string"
        and is_secret(walk.text(arguments[1])[1:-1])
    ):
        walk.report(
            node,
            "hard-coded-secret",
            798,
            HIGH,
            Confidence.MEDIUM,
            "the signing key is in the code (not shown)",
            "Read it from the environment.",
        )


def _for_secret(node: Node, walk: Walk) -> bool:
    place: Node | None = node
    for _ in range(8):
        if place is None or place.type in {"program"}:
            return False
        if place.type in {
            "variable_declarator",
            "assignment_expression",
            "function_declaration",
            "method_definition",
            "pair",
        }:
            name = (
                place.child_by_field_name("name")
                or place.child_by_field_name("left")
                or place.child_by_field_name("key")
            )
            if SECRET_USE.search(walk.text(name)):
                return True
        place = place.parent
    return False


__all__ = ["check_crypto", "report_flow"]
