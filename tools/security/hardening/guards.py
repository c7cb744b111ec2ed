"""What an edit may not do. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from memory.records.report import Finding
from tools.security.fingerprints import compared
from tools.security.gate import closes_gate

IMPORT = re.compile(r"^\s*(import|from)\s|^\s*$")


def keeps_to(before: str, after: str, lines: tuple[int, int]) -> bool:
    """Whether nothing changed outside the lines (from 1 on, both included) but added imports."""
    old, new = before.splitlines(), after.splitlines()
    for kind, first, last, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        inside = lines[0] - 1 <= first and last <= lines[1]
        if kind != "equal" and not inside and not (kind == "insert" and all(map(IMPORT.match, new[start:end]))):
            return False
    return True


def mended(fingerprint: str, before: Iterable[Finding], after: Iterable[Finding]) -> str:
    """Nothing where the finding has gone and none has come; else what is wrong."""
    difference = compared(before, after)
    same = fingerprint.partition("-")[0]  # which of several equal lines of a file was edited does not matter
    if all(finding.fingerprint.partition("-")[0] != same for finding in difference.fixed):
        return "the finding is still there"
    come = [finding for finding in difference.new if closes_gate(finding)]
    if come:
        places = ", ".join(f"{f.rule} in {f.file}:{f.line or 1}" for f in come[:3])
        return f"it brings {len(come)} other findings: {places}"
    return ""


__all__ = ["keeps_to", "mended"]
