"""Precision and recall of the security checks on the corpus of tests/data/security, class by class,
beside bandit, ruff's S rules and detect-secrets alone. docs/security.md explains the table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.security_corpus import CLASSES, HALVES, Case, cases, laid_out
from bench.security_tools import Flags, ours, with_bandit, with_detect_secrets, with_ruff

TOOLS: dict[str, Callable[[Path], Flags]] = {
    "softwright": ours,
    "bandit": with_bandit,
    "ruff S": with_ruff,
    "detect-secrets": with_detect_secrets,
}


def figures(found: Flags, some: list[Case]) -> tuple[int, int, int]:
    """(vulnerable cases that were flagged, vulnerable cases, clean cases that were flagged)"""
    flagged = {case.name for case in some if found.flags(case)}
    return (
        sum(c.name in flagged for c in some if c.bad),
        sum(c.bad for c in some),
        sum(c.name in flagged for c in some if not c.bad),
    )


def shares(hit: int, bad: int, wrong: int) -> str:
    precision = f"{hit / (hit + wrong):.2f}" if hit + wrong else "   -"
    return f"{hit / bad if bad else 0:.2f} {precision}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=(*HALVES, "both"), default="both")
    parser.add_argument("--misses", action="store_true", help="name the cases that were judged wrongly")
    options = parser.parse_args()
    halves = HALVES if options.half == "both" else (options.half,)
    some = [case for half in halves for case in cases(half)]
    with tempfile.TemporaryDirectory() as folder:
        root = laid_out(Path(folder), some)
        results = {name: tool(root) for name, tool in TOOLS.items()}
    print(f"{len(some)} cases ({sum(c.bad for c in some)} vulnerable); recall and precision by tool")
    print(f"{'class':24}{'bad':>4}{'ok':>4}  " + "".join(f"{name:18}" for name in TOOLS))
    for name in (*CLASSES, "all"):
        mine = [case for case in some if name in (case.kind, "all")]
        if mine:
            row = "".join(f"{shares(*figures(results[tool], mine)):18}" for tool in TOOLS)
            print(f"{name:24}{sum(c.bad for c in mine):4}{sum(not c.bad for c in mine):4}  {row}")
    if options.misses:
        for case in some:
            if results["softwright"].flags(case) != case.bad:
                print(f"{'missed' if case.bad else 'wrongly flagged'}: {case.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
