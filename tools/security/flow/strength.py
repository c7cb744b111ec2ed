"""Keys that are too short, password hashes that are too cheap, keys that stand in the code."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from memory.records.report import Confidence, Severity
from tools.security.flow.machine import Arguments, Frame, Machine
from tools.security.flow.weaknesses import Weakness, number, tell

SHORT = Weakness(
    "short-key", 326, Severity.HIGH, "a key of this length can be broken", "Use 3072 bits or an elliptic curve of 256."
)
EXPONENT = Weakness(
    "short-key", 326, Severity.MEDIUM, "so small an exponent of RSA can be attacked", "Use 65537.", Confidence.MEDIUM
)
CHEAP = Weakness(
    "few-iterations", 916, Severity.MEDIUM, "too cheap to slow down guessing",
    "PBKDF2: 600,000 rounds; bcrypt: 12; scrypt: n=2**17, r=8; or argon2id with its defaults.",
)  # fmt: skip
IN_CODE = Weakness(
    "hard-coded-secret", 321, Severity.HIGH, "the key stands in the code (not shown)", "Read it from the environment.",
    Confidence.MEDIUM,
)  # fmt: skip
SMALL_CURVE = re.compile(
    r"(?i)SECT(113|131|163|193)|SECP(112|128|160|192)|prime192|P-?192|brainpoolP(160|192)|nistp192"
)


@dataclass(frozen=True)
class Bound:
    owner: str
    """Matches the end of what the call is taken from."""
    call: str
    place: int
    """Among the positional arguments; -1: by name only."""
    names: tuple[str, ...]
    least: int
    surely: int = 0
    """Below it the gate closes; between it and `least` it is told."""


BITS = (
    Bound("(RSA|DSA|ElGamal)", "generate", 0, ("bits",), 2048, 2048),
    Bound("dsa", "generate_private_key", 0, ("key_size",), 2048, 2048),
    Bound("rsa", "generate_private_key", 1, ("key_size",), 2048, 2048),
    Bound("dh", "generate_parameters", 1, ("key_size",), 2048, 2048),
    Bound("(RSAKey|DSSKey)", "generate", 0, ("bits",), 2048, 2048),
    Bound("rsa", "newkeys", 0, ("nbits",), 2048, 2048),
    Bound(r"PKey\(\)", "generate_key", 1, ("bits",), 2048, 2048),
)
EXPONENTS = (
    Bound("RSA", "generate", 3, ("e",), 65537, 65537),
    Bound("rsa", "generate_private_key", 0, ("public_exponent",), 65537, 65537),
)
COSTS = (
    Bound("hashlib", "pbkdf2_hmac", 3, ("iterations",), 100_000, 50_000),
    Bound("pbkdf2", "PBKDF2HMAC", 3, ("iterations",), 100_000, 50_000),
    Bound("KDF", "PBKDF2", 3, ("count",), 100_000, 50_000),
    Bound(r"pbkdf2_\w+", "using", -1, ("rounds",), 100_000, 29_000),
    Bound(r"pbkdf2_\w+", "hash", -1, ("rounds",), 100_000, 29_000),
    Bound("bcrypt", "gensalt", 0, ("rounds",), 12, 10),
    Bound(r"bcrypt\w*", "using", -1, ("rounds",), 12, 10),
    Bound(r"bcrypt\w*", "hash", -1, ("rounds",), 12, 10),
    Bound("bcrypt", "kdf", 3, ("rounds",), 4096, 50),
    Bound(r"(Bcrypt\(\)|flask_bcrypt)", "generate_password_hash", 1, ("rounds",), 12, 10),
    Bound("hashlib", "scrypt", -1, ("n",), 1 << 13, 1 << 13),
    Bound("hashlib", "scrypt", -1, ("r",), 8, 8),
    Bound("hashlib", "scrypt", -1, ("dklen",), 32, 16),
    Bound("scrypt", "hash", 2, ("N",), 1 << 13, 1 << 13),
    Bound("scrypt", "hash", 3, ("r",), 8, 8),
    Bound("scrypt", "hash", -1, ("buflen",), 32, 16),
    Bound("KDF", "scrypt", 3, ("N",), 1 << 13, 1 << 13),
    Bound("scrypt", "Scrypt", 2, ("n",), 1 << 13, 1 << 13),
    Bound("scrypt", "Scrypt", 3, ("r",), 8, 8),
    Bound("scrypt", "Scrypt", 1, ("length",), 32, 16),
    Bound("scrypt", "using", -1, ("rounds",), 13, 13),
    Bound("scrypt", "using", -1, ("block_size",), 8, 8),
    Bound("argon2", "PasswordHasher", 1, ("memory_cost",), 7168, 7168),
    Bound("argon2", "using", -1, ("memory_cost",), 7168, 7168),
    Bound("low_level", "hash_secret", -1, ("memory_cost",), 7168, 7168),
    Bound("low_level", "hash_secret_raw", -1, ("memory_cost",), 7168, 7168),
)
"""Least values by OWASP's table of password storage."""
CALLS = frozenset(bound.call for bound in (*BITS, *EXPONENTS, *COSTS))
CIPHER = re.compile(r"^Crypto\.Cipher\.\w+\.new$|(^|\.)ciphers\.algorithms\.\w+$|cryptography\.fernet\.Fernet$")


def check_strength(node: ast.Call, name: str, given: Arguments, frame: Frame, machine: Machine) -> None:
    owner, _, call = name.rpartition(".")
    if call in CALLS:
        bounded = ((BITS, SHORT), (EXPONENTS, EXPONENT), *(() if frame.module.is_test else ((COSTS, CHEAP),)))
        for bounds, weakness in bounded:
            _below([b for b in bounds if b.call == call], weakness, owner, node, given, frame, machine)
    if name.endswith((".ec.generate_private_key", "ECC.generate")):
        curve = given.at(0 if "ec." in name else 99, "curve")
        if curve is not None and SMALL_CURVE.search(f"{curve.name} {curve.const if curve.is_const else ''}"):
            tell(SHORT, node, frame, machine)
    key = given.at(0, "key") if CIPHER.search(name) and not frame.module.is_test else None
    if key is not None and isinstance(key.const, str | bytes):
        tell(IN_CODE, node, frame, machine)


def _below(
    bounds: list[Bound], weakness: Weakness, owner: str, node: ast.Call, given: Arguments, frame: Frame,
    machine: Machine,
) -> None:  # fmt: skip
    for bound in bounds:
        if re.search(rf"(^|[._]){bound.owner}$", owner) is None:
            continue
        value = number(given.at(bound.place, *bound.names))
        if value is not None and value < bound.least:
            sure = value < bound.surely
            tell(
                weakness,
                _argument(node, bound),
                frame,
                machine,
                confidence=weakness.confidence if sure else Confidence.LOW,
            )


def _argument(node: ast.Call, bound: Bound) -> ast.AST:
    """Where the number stands: a call may go over many lines."""
    named = next((keyword.value for keyword in node.keywords if keyword.arg in bound.names), None)
    return named or (node.args[bound.place] if 0 <= bound.place < len(node.args) else node)


__all__ = ["check_strength"]
