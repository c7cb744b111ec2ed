"""Weak hashes, ciphers, keys and random numbers of scripts."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import FUNCTIONS, Syntax

HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM
SURE, LIKELY = Confidence.HIGH, Confidence.MEDIUM
SECRET_USE = re.compile(
    r"token|secret|passw|passphrase|session|otp|nonce|(?<![a-z])key(?!board|s?\b.*\bmap)|apikey|"
    r"csrf|reset|salt|code\b|\biv\b|uuid|captcha|credential|crypt",
    re.I,
)
SECRET_MADE = re.compile(r"token|secret|passw|otp|nonce|csrf|salt|api_?key|session_?id|uuid|captcha|code\b", re.I)
PASSWORD = re.compile(r"passw|pwd|passphrase", re.I)
BROKEN_HASH = re.compile(r"^(rsa-)?(md[245]|sha-?1|ripemd(-?160)?|rmd160|sha|mdc2)$")
BROKEN_CIPHER = re.compile(
    r"^(des|3des|tripledes|rc2|rc4|arcfour|bf|blowfish|cast|idea|seed)(\b|[-_])|(^|[-_])(ecb)\b|"
    r"^des|^rc4|^rc2|^bf"
)
NAMING = frozenset(
    {"variable_declarator", "assignment_expression", "function_declaration", "method_definition", "pair"}
)


def check_crypto(machine: Machine, call: Call) -> None:
    name, first = call.name, (call.argument(0).text or "").lower()
    key = call.spelled.rpartition(".")[2]
    if re.search(
        r"(^|\.)createH(ash|mac)$|(^|\.)createSign$|(^|\.)(subtle\.digest)$", call.spelled
    ) and BROKEN_HASH.match(first):
        machine.report(
            call.node,
            "weak-hash",
            328,
            MEDIUM,
            SURE if "createH" in call.spelled else LIKELY,
            f"{first} is broken",
            "Use SHA-256; scrypt for passwords.",
        )
    elif re.search(
        r"^(crypto-js|CryptoJS)(\.CryptoJS)?\.(MD5|SHA1|HmacMD5|HmacSHA1|RIPEMD160)$|^crypto-js/(md5|"
        r"sha1)$|^(md5|sha1|js-md5|js-sha1|blueimp-md5)$|forge\.md\.(md5|sha1)\.create$",
        name,
    ) and (call.arguments or "forge" in name):
        machine.report(
            call.node, "weak-hash", 328, MEDIUM, SURE, "the hash is broken", "Use SHA-256; scrypt for passwords."
        )
    elif (
        key in {"createHash"}
        and first
        and call.node.parent is not None
        and PASSWORD.search(_statement(call.node))
        and re.search(r"\.update\(", _statement(call.node))
    ):
        machine.report(
            call.node, "weak-hash", 916, MEDIUM, LIKELY, "a fast hash for a password", "Use scrypt, argon2 or bcrypt."
        )
    if re.search(r"(^|\.)create(De)?[cC]ipher(iv)?$", call.spelled) and (
        not key.endswith("iv") or BROKEN_CIPHER.search(first)
    ):
        machine.report(
            call.node,
            "weak-cipher",
            327,
            HIGH,
            SURE,
            "the cipher, its mode or its key derivation is broken",
            "Use aes-256-gcm with createCipheriv.",
        )
    elif re.search(
        r"^(crypto-js|CryptoJS)(\.CryptoJS)?\.(DES|TripleDES|RC4|RC4Drop|Rabbit)\.(encrypt|decrypt)$|"
        r"^crypto-js/(rc4|tripledes)\.\w+$",
        name,
    ) or (re.search(r"cipher\.create(De)?[cC]ipher$", call.spelled) and re.match(r"(des|rc2|3des|aes-ecb)", first)):
        machine.report(call.node, "weak-cipher", 327, HIGH, SURE, "the cipher is broken", "Use AES with GCM.")
    _keys(machine, call)
    _random(machine, call)


def _keys(machine: Machine, call: Call) -> None:
    if not re.search(
        r"(^|\.)(generateKeyPair(Sync)?|generateKeyPair|generateKey|createDiffieHellman|RSAKey|"
        r"NodeRSA|pbkdf2(Sync)?|generateBits)$",
        call.spelled,
    ):
        return
    text = call.node.text
    if "pbkdf2" in call.spelled:
        rounds = re.search(r"^\d+$", call.argument(2).text or "")
        if rounds and int(rounds[0]) < 1000:
            machine.report(
                call.node,
                "weak-key",
                916,
                MEDIUM,
                LIKELY,
                f"{rounds[0]} rounds are soon tried",
                "Use 600,000 or scrypt.",
            )
        return
    size = re.search(r"\b(modulusLength|bits|b)\s*:\s*(\d+)", text) or re.search(r"\(\s*()(\d{3,4})\b", text)
    given = [
        value for held in call.arguments if held.fields for key, value in held.fields.items() if key == "modulusLength"
    ]
    if size is None and given:
        size = re.match(r"()(\d+)$", given[0].text or "")
    elliptic = re.search(r"\(\s*['\"](ec|ed25519|x25519)['\"]", text)
    if size and int(size[2]) < 2048 and int(size[2]) >= 256 and not elliptic:
        machine.report(call.node, "weak-key", 326, MEDIUM, SURE, f"{size[2]} bits are too few", "Use 2048 or more.")


def _random(machine: Machine, call: Call) -> None:
    if call.name in {"Math.random", "crypto.pseudoRandomBytes", "chance.integer", "random-js"} and for_secret(
        call.node
    ):
        machine.report(
            call.node,
            "weak-random",
            330,
            MEDIUM,
            LIKELY,
            f"{call.spelled} can be foretold",
            "Use crypto.randomBytes or crypto.getRandomValues.",
        )
    elif call.name == "Math.random":
        why, fix = "the number can be foretold", "Use crypto.getRandomValues where that matters."
        machine.report(call.node, "weak-random", 330, Severity.LOW, Confidence.LOW, why, fix)
    elif call.name == "crypto.pseudoRandomBytes":
        machine.report(
            call.node, "weak-random", 330, MEDIUM, LIKELY, "the bytes can be foretold", "Use crypto.randomBytes."
        )


def for_secret(node: Syntax) -> bool:
    """By the name of what it becomes part of."""
    place = node.parent
    for _ in range(12):
        if place is None or place.type == "program":
            return False
        operator = place.part("operator")
        if operator is not None and operator.text in {"<", ">", "<=", ">=", "==", "==="}:
            return False
        if place.type in NAMING:
            name = place.part("name") or place.part("left") or place.part("key")
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.text) if name is not None else ""
            if (SECRET_MADE if place.type in FUNCTIONS else SECRET_USE).search(words):
                return True
        if place.type == "call_expression":
            called = place.part("function")
            if called is not None and re.search(
                r"(?i)(create|set|make|generate)?(password|token|secret|session)|createCipher|createHmac|"
                r"\.sign$",
                called.text[-60:],
            ):
                return True
        place = place.parent
    return False


def _statement(node: Syntax) -> str:
    found = node.parent
    while found is not None and not found.type.endswith(("_statement", "_declaration")):
        found = found.parent
    return found.text[:400] if found is not None else ""


__all__ = ["check_crypto"]
