"""Pug: values that reach a page unescaped, or where escaping does not help."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memory.records.report import Confidence, Finding
from tools.security.found import LIKELY, MEDIUM, finding

WORDS = r"(?!\s*(?:-|if\b|unless\b|else\b|while\b|case\b|when\b|each\b|for\b|//))"
TAG = r"[\w.#:-]*(?:\([^)]*\))?"
UNESCAPED = re.compile(rf"^{WORDS}\s*{TAG}\s?!=\s*[\w(]|^{WORDS}.*\([^)]*[\w-]+!=\s*\w|!\{{[^}}]+\}}")
SCRIPT = re.compile(r"^\s*script(?:\((?![^)]*(?:application/json|ld\+json))[^)]*\))?\s*!?=\s*(.+)$")
ADDRESS = re.compile(r"[(\s,](?:href|src|formaction)\s*=\s*([A-Za-z_$][\w$.\[\]]*)\s*[),\s]")
SPREAD = re.compile(r"&attributes\(")


def scan_pug(file: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*//", line):
            continue
        script = SCRIPT.match(line)
        if script and not re.fullmatch(r"""\s*(["'`])[^"'`$]*\1;?\s*""", script[1]) and "JSON" not in script[1]:
            why, fix = "escaping for HTML does not help inside a script", "Put it into a data attribute as JSON."
            yield finding(file, number, "template-wrong-place", 79, MEDIUM, LIKELY, why, fix)
        elif UNESCAPED.search(line):
            why, fix = "the value is put into the page unescaped", "Use = and #{}, or clean the value."
            yield finding(file, number, "template-unescaped", 79, MEDIUM, LIKELY, why, fix)
        elif SPREAD.search(line):
            why, fix = "the attributes are put into the page unescaped", "Name the attributes."
            yield finding(file, number, "template-unescaped", 79, MEDIUM, Confidence.LOW, why, fix)
        elif ADDRESS.search(line):
            why, fix = "the address can be javascript:", "Check that it begins with https:."
            yield finding(file, number, "template-wrong-place", 79, MEDIUM, Confidence.LOW, why, fix)


__all__ = ["scan_pug"]
