"""The form of sonar-python's tests of rules: `Noncompliant` on (or an offset from) a bad line, `OK` and `Compliant` on
clean ones; the test in Java ties a file to a check, the check to a rule, and the rule's JSON to its CWE."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

BAD = re.compile(r"#\s*Noncompliant\b(?:@([+-]\d+))?", re.I)
CLEAN = re.compile(r"#\s*(OK|Compliant)\b", re.I)
SECURITY = frozenset({"VULNERABILITY", "SECURITY_HOTSPOT"})
CLOUD = re.compile(r"(^|/)(cdk|tests)/")
"""Of cloud services' templates, and of what a suite of tests should look like, nothing is asked."""


@dataclass(frozen=True)
class Marked:
    file: Path
    line: int
    bad: bool
    numbers: tuple[int, ...]


def is_sonar_python(root: Path) -> bool:
    return any(root.glob("**/org/sonar/python/checks"))


def marked_lines(root: Path, covered: Collection[int]) -> Iterator[Marked]:
    known = _rules(root, covered)
    for file, checks in _files(root).items():
        told = [known[check] for check in checks if check in known]
        if not told or CLOUD.search(file.as_posix().partition("/resources/checks/")[2]):
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if match := BAD.search(line):
                yield Marked(file, number + int(match[1] or 0), True, told[0])
            elif CLEAN.search(line) and not line.lstrip().startswith("#"):
                yield Marked(file, number, False, told[0])


def _rules(root: Path, covered: Collection[int]) -> dict[str, tuple[int, ...]]:
    """Check's class → CWE."""
    known: dict[str, tuple[int, ...]] = {}
    for file in root.rglob("S*.json"):
        about = json.loads(file.read_text())
        told = tuple(n for n in about.get("securityStandards", {}).get("CWE", ()) if n in covered)
        if told and about.get("type") in SECURITY:
            known[about["sqKey"]] = told
    found = {}
    for file in root.rglob("main/**/*Check.java"):
        key = re.search(r'@Rule\(key\s*=\s*"(\w+)"', file.read_text())
        if key and key[1] in known:
            found[file.stem] = known[key[1]]
    return found


def _files(root: Path) -> dict[Path, list[str]]:
    """File of a test → the checks that it is for."""
    resources = list(root.rglob("resources/checks/**/*.py"))
    found: dict[Path, list[str]] = {}
    for test in sorted(root.rglob("*CheckTest.java")):
        text = test.read_text()
        checks = sorted(set(re.findall(r"new (\w+Check)\(", text)))
        stem = test.stem.removesuffix("CheckTest")
        for named in set(re.findall(r'"([\w./\-]+\.py)"', text)):
            near = [file for file in resources if file.as_posix().endswith("/" + named)]
            if len(near) > 1:
                near = [file for file in near if stem.lower() in file.as_posix().lower()] or near[:1]
            for file in near:
                found.setdefault(file, []).extend(checks)
    return found


__all__ = ["Marked", "is_sonar_python", "marked_lines"]
