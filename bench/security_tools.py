"""Each tool over a folder, and which cases its findings flag."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.security_corpus import CLASSES, Case
from memory.records.report import Finding
from tools.security.code_driver import main as scan_code
from tools.security.engines import RULES
from tools.security.gate import closes_gate
from tools.security.secrets_driver import main as scan_secrets
from tools.security.secrets_scanner import parse_secrets

PATIENCE_S = 300
Placed = frozenset[tuple[str, int | None, int]]
"""(file, line, CWE)"""


@dataclass(frozen=True)
class Flags:
    found: frozenset[tuple[str, int]]
    """(file, CWE)"""

    def flags(self, case: Case) -> bool:
        """A number of the case's class, in a file of the case."""
        return any(
            (file == case.name or file.startswith(case.name + "/")) and cwe in CLASSES[case.kind]
            for file, cwe in self.found
        )


def ours(root: Path) -> Flags:
    """What would close the gate, of the code's and the secrets' check."""
    return Flags(frozenset((f.file, f.cwe or 0) for f in _found(root) if closes_gate(f)))


def _found(root: Path) -> list[Finding]:
    before = Path.cwd()
    os.chdir(root)
    try:
        code = [Finding.model_validate(entry) for entry in scan_code(PATIENCE_S)["findings"]]
        return [*code, *parse_secrets(json.dumps(scan_secrets()).encode(), "tests").findings]
    finally:
        os.chdir(before)


def ours_placed(root: Path) -> tuple[Placed, Placed]:
    """Of the code's and the secrets' check: what would close the gate, and all that it tells, as bandit is counted."""
    found = {(f.file, f.line, f.cwe or 0): closes_gate(f) for f in sorted(_found(root), key=closes_gate)}
    return frozenset(place for place, closes in found.items() if closes), frozenset(found)


def with_bandit(root: Path) -> Flags:
    return Flags(frozenset((file, cwe) for file, _, cwe in with_bandit_placed(root)))


def with_bandit_placed(root: Path) -> Placed:
    """All levels: the most that it can find."""
    answer = _json([sys.executable, "-m", "bandit", "-r", "-q", "-f", "json", "--exit-zero", "."], root)
    found = set()
    for result in answer["results"]:
        file = os.path.normpath(result["filename"])
        number, line = int(result["test_id"][1:]), int(result["line_number"])
        found |= {
            (file, line, int((result.get("issue_cwe") or {}).get("id") or 0)),
            (file, line, RULES[number].cwe if number in RULES else 0),
        }
    return frozenset(found)


def with_ruff(root: Path) -> Flags:
    program = str(Path(sys.executable).with_name("ruff"))
    answer = _json(
        [program, "check", "--isolated", "--select", "S", "--output-format", "json", "--exit-zero", "--no-cache", "."],
        root,
    )
    found = set()
    for entry in answer:
        code = str(entry["code"])
        if code.startswith("S") and int(code[1:]) in RULES:
            found.add(
                (Path(entry["filename"]).resolve().relative_to(root.resolve()).as_posix(), RULES[int(code[1:])].cwe)
            )
    return Flags(frozenset(found))


def with_detect_secrets(root: Path) -> Flags:
    return Flags(frozenset((file, cwe) for file, _, cwe in with_detect_secrets_placed(root)))


def with_detect_secrets_placed(root: Path) -> Placed:
    answer = _json([sys.executable, "-m", "detect_secrets", "-C", ".", "scan", "--all-files", "."], root)
    found = (
        (os.path.normpath(file), entry["line_number"]) for file, held in answer["results"].items() for entry in held
    )
    return frozenset((file, int(line), 798) for file, line in found)


def _json(argv: list[str], root: Path) -> Any:
    done = subprocess.run(argv, cwd=root, capture_output=True, check=True, timeout=PATIENCE_S)
    return json.loads(done.stdout)


__all__ = [
    "Flags",
    "Placed",
    "ours",
    "ours_placed",
    "with_bandit",
    "with_bandit_placed",
    "with_detect_secrets",
    "with_detect_secrets_placed",
    "with_ruff",
]
