"""The corpus of weaknesses: cases named `..._bad` and `..._ok` below tests/data/security/HALF/CLASS.

The first half was written before the rules, the second after them. Secrets in it are made up here, so that none that
looks real stands in git.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "tests" / "data" / "security"
HALVES = ("first", "second")
CLASSES: dict[str, frozenset[int]] = {
    "sql_injection": frozenset({89}),
    "command_injection": frozenset({78, 77, 88}),
    "code_injection": frozenset({94, 95, 78}),
    "xss": frozenset({79, 80}),
    "ssti": frozenset({1336, 94}),
    "csrf": frozenset({352}),
    "path_traversal": frozenset({22, 23, 36, 73}),
    "ssrf": frozenset({918}),
    "deserialisation": frozenset({502, 20}),
    "xxe": frozenset({611, 776, 20}),
    "ldap_injection": frozenset({90}),
    "xpath_injection": frozenset({643}),
    "weak_crypto": frozenset({327, 326}),
    "weak_hash": frozenset({327, 328}),
    "weak_random": frozenset({330, 338}),
    "open_redirect": frozenset({601}),
    "mass_assignment": frozenset({915}),
    "missing_authorisation": frozenset({862, 306}),
    "insecure_cookie": frozenset({614}),
    "trust_boundary": frozenset({501}),
    "debug_mode": frozenset({489, 94, 215}),
    "jwt": frozenset({347}),
    "tls": frozenset({295}),
    "hard_coded_secret": frozenset({798, 259, 321}),
    "redos": frozenset({1333}),
    "javascript": frozenset({89, 78, 79, 22, 601, 330}),
    "template": frozenset({79}),
    "docker": frozenset({250, 494, 798, 1357}),
    "ci": frozenset({78, 94, 829, 732}),
    "secret_files": frozenset({798}),
}
"""Class → the numbers that count as having found it; those of the other tools too."""


@dataclass(frozen=True)
class Case:
    name: str
    """`HALF/CLASS/NAME`, a file or a folder."""
    kind: str
    bad: bool


def cases(half: str) -> list[Case]:
    found = []
    for kind in sorted((ROOT / half).iterdir()):
        for path in sorted(kind.iterdir()):
            bad = path.name.partition(".")[0].endswith("_bad")
            found.append(Case(f"{half}/{kind.name}/{path.name}", kind.name, bad))
    return found


def laid_out(target: Path, some: list[Case]) -> Path:
    """A copy with the made-up secrets in their places."""
    for case in some:
        source = ROOT / case.name
        for path in [source] if source.is_file() else [p for p in source.rglob("*") if p.is_file()]:
            copy = target / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(re.sub(r"\{\{FAKE:(\w+)\}\}", partial(_faked, case.name), path.read_text()))
    return target


def _faked(seed: str, match: re.Match[str]) -> str:
    return fake(match[1], seed)


def fake(kind: str, seed: str) -> str:
    """Well-formed and worthless."""
    digest = hashlib.sha512(seed.encode()).hexdigest()
    letters = "".join(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[int(digest[n : n + 2], 16) % 62]
        for n in range(0, 120, 2)
    )
    return {
        "word": "q7!" + letters[:13],
        "npm": "npm" + "_" + (letters * 2)[:36],
        "github": "gh" + "p_" + (letters * 2)[:36],
        "aws": "AK" + "IA" + re.sub(r"[^A-Z2-7]", "Q", letters.upper())[:16],
        "bcrypt": "$2b" + "$12$" + (letters * 2)[:53],
        "private_key": "-----BEGIN OPENSSH PRIVATE"
        + " KEY-----\n"
        + letters
        + "\n-----END OPENSSH PRIVATE"
        + " KEY-----",
    }[kind]


__all__ = ["CLASSES", "HALVES", "Case", "cases", "fake", "laid_out"]
