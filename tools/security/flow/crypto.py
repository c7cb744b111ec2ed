"""Weak hashes, ciphers and random numbers."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.weaknesses import Weakness, tell

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
SECRET_WORDS = re.compile(
    r"token|secret|passw|otp|session|cookie|nonce|salt|api_?key|csrf|reset|verif|auth|credential|remember|captcha|invite"
    r"|activation|\bkey|_key|signature|voucher|coupon|login|crypt|\bpin\b|\biv\b",
    re.IGNORECASE,
)
WEAK_HASHES = frozenset(["md5", "md4", "md2", "sha1", "sha-1", "sha", "ripemd160", "md5-sha1", "dss", "crc32"])
WEAK_CIPHERS = re.compile(
    r"\b(DES3?|ARC2|ARC4|Blowfish|RC4|RC2|TripleDES|IDEA|CAST5?|SEED|XOR|triple_des|des)(\.new|\(\))?$"
)
PADDING = re.compile(r"padding\.PKCS1v15\(\)$")
WEAK_MODES = re.compile(r"\b(MODE_ECB|modes\.ECB)\b")
RANDOM = frozenset(
    [
        "random",
        "randint",
        "choice",
        "choices",
        "randrange",
        "getrandbits",
        "uniform",
        "sample",
        "shuffle",
        "normalvariate",
        "gauss",
        "triangular",
        "betavariate",
        "randbytes",
        "expovariate",
    ]
)

OLD_PADDING = Weakness(
    "weak-cipher", 327, Severity.MEDIUM, "RSA with this padding can be broken by whoever sees its errors", "Use OAEP.",
    Confidence.MEDIUM,
)  # fmt: skip
WEB_CHARS, SMALL_CHARS = 6000, 800
"""How long a function may be for its whole text to tell what a random number is for."""


def check_hashes(node: ast.Call, name: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    algorithm: object = None
    if name.startswith("hashlib."):
        algorithm = name.rpartition(".")[2]
        if algorithm == "new":
            first = given.at(0, "name")
            algorithm = first.const if first is not None else None
    elif (
        re.search(r"(Crypto(dome)?\.Hash\.)(MD5|MD4|MD2|SHA1?|RIPEMD)\.new$", name)
        or name in {"hashes.MD5", "hashes.SHA1"}
        or name.endswith(("primitives.hashes.MD5", "primitives.hashes.SHA1"))
    ):
        algorithm = "md5"
    elif name in {"hmac.new", "hmac.HMAC", "hashlib.pbkdf2_hmac", "hmac.digest"}:
        kind = given.at(0 if "pbkdf2" in name else 2, "digestmod", "hash_name", "digest")
        algorithm = (
            kind.const
            if kind is not None and kind.is_const
            else "md5"
            if kind is not None and kind.name == "hashlib.md5"
            else None
        )
    elif name in {"zlib.crc32", "zlib.adler32", "binascii.crc32"} and node.args:
        algorithm = "crc32" if SECRET_WORDS.search(ast.unparse(node.args[0])) else None
    elif name in {"crypt.crypt", "passlib.hash.md5_crypt.hash", "passlib.hash.des_crypt.hash"}:
        algorithm = "md5"
    if not isinstance(algorithm, str) or algorithm.lower() not in WEAK_HASHES:
        if name.startswith("hashlib."):
            machine.verdict(frame, node, "hash", "safe")
        return
    declared = given.named.get("usedforsecurity")
    if declared is not None and declared.const is False:
        machine.verdict(frame, node, "hash", "safe")
        return
    machine.verdict(frame, node, "hash", "tainted")
    machine.report(
        frame,
        node,
        "weak-hash",
        328,
        MEDIUM,
        Confidence.HIGH,
        f"{algorithm} is broken",
        "Use SHA-256; for passwords argon2 or scrypt; usedforsecurity=False where it is none.",
    )


def check_ciphers(node: ast.Call, name: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    library = any(word in name for word in ("Crypt", "crypt", "ciphers", "pyDes"))
    weak = library and WEAK_CIPHERS.search(name.removesuffix(".new"))
    padded = node.func.attr in {"encrypt", "decrypt"} if isinstance(node.func, ast.Attribute) else False
    if (padded and any(PADDING.search(value.name) for value in given.all())) or name == "Crypto.Cipher.PKCS1_v1_5.new":
        tell(OLD_PADDING, node, frame, machine)
    ecb = any(WEAK_MODES.search(value.name) for value in given.all()) or name.endswith("modes.ECB")
    if weak or ecb:
        machine.report(
            frame,
            node,
            "weak-cipher",
            327,
            HIGH,
            Confidence.HIGH,
            "the cipher or its mode is broken",
            "Use AES-GCM or ChaCha20-Poly1305.",
        )
    vector = given.at(2, "iv", "IV", "nonce", "initialization_vector") if name.startswith("Crypto.Cipher.") else None
    if name.endswith(("modes.CBC", "modes.CTR", "modes.GCM", "modes.CFB", "modes.OFB")):
        vector = given.at(0)
    if vector is not None and isinstance(vector.const, bytes | str) and not weak:
        machine.report(
            frame,
            node,
            "static-iv",
            329,
            MEDIUM,
            Confidence.HIGH,
            "the same start value for every message",
            "Make it anew with os.urandom for each message.",
        )


def check_random(node: ast.Call, frame: Frame, machine: Machine) -> None:
    """What the number is for is seen from the names around it."""
    around = frame.function
    text = frame.module.text_of(around) if around is not None else None
    lines = frame.module.lines
    near = " ".join(lines[max(0, node.lineno - 2) : node.lineno + 3])
    whole = text is not None and len(text) < (WEB_CHARS if frame.web else SMALL_CHARS)
    secret = SECRET_WORDS.search(near) or (SECRET_WORDS.search(text) if whole and text is not None else None)
    machine.verdict(frame, node, "random", "tainted" if secret else "unknown")
    machine.report(
        frame,
        node,
        "weak-random",
        330,
        MEDIUM if secret else LOW,
        Confidence.MEDIUM if secret else Confidence.LOW,
        "numbers of `random` can be foretold",
        "Use the module secrets.",
    )


__all__ = ["RANDOM", "SECRET_WORDS", "check_ciphers", "check_hashes", "check_random"]
