"""Knowing a finding again when its lines have moved, and what became of those of before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from memory.records.report import Check, Finding
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.security.interface import VULNERABILITIES_CHECK

FILE_BYTES = 2 << 20
CONTENT = 12
"""Characters of a fingerprint that tell what was found, whatever file it is in."""


@dataclass(frozen=True)
class Difference:
    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    unchanged: int


def identified(check: Check, root: Path) -> Check:
    """With a fingerprint for each finding. `root`: the tree that was looked at. Blocking.

    Made of the rule, the text of the line without its spaces, the file, and a number where that is all the same.
    Of secrets and packages, what was found is told by the finding's own words.
    """
    texts: dict[str, list[str]] = {}
    seen: Counter[str] = Counter()
    findings = []
    for finding in sorted(check.findings, key=lambda f: (f.file, f.line or 0, f.rule)):
        by_line = check.name == VULNERABILITIES_CHECK
        text = _line(finding, root, texts) if by_line else ""
        content = _digest(finding.rule, text or finding.why)[:CONTENT]
        same = f"{content}{_digest(finding.file)[:4]}"
        findings.append(finding.model_copy(update={"fingerprint": f"{same}-{seen[same]}"}))
        seen[same] += 1
    return check.model_copy(update={"findings": tuple(findings)})


def _line(finding: Finding, root: Path, texts: dict[str, list[str]]) -> str:
    if finding.line is None:
        return ""
    if finding.file not in texts:
        try:
            raw = read_untrusted(root, finding.file, FILE_BYTES)
        except (UntrustedFileError, OSError):
            raw = b""
        texts[finding.file] = raw.decode("utf-8", "replace").splitlines()
    lines = texts[finding.file]
    return "".join(lines[finding.line - 1].split()) if 0 < finding.line <= len(lines) else ""


def named(rule: str, what: str, file: str) -> str:
    """Of a finding that no line tells, by what it is about."""
    return f"{_digest(rule, what)[:CONTENT]}{_digest(file)[:4]}-0"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def compared(before: Iterable[Finding], after: Iterable[Finding]) -> Difference:
    """First those in their places, then those that went to another file. Pure."""
    old, new = list(before), list(after)
    unchanged = 0
    for length in (None, CONTENT):
        counts = Counter(finding.fingerprint[:length] for finding in old)
        left = []
        for finding in new:
            key = finding.fingerprint[:length]
            if key and counts[key]:
                counts[key] -= 1
                unchanged += 1
            else:
                left.append(finding)
        gone = []
        for finding in reversed(old):
            key = finding.fingerprint[:length]
            if not key or counts[key] > 0:
                counts[key] -= 1
                gone.append(finding)
        old, new = list(reversed(gone)), left
    return Difference(tuple(new), tuple(old), unchanged)


__all__ = ["Difference", "compared", "identified", "named"]
