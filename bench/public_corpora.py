"""Recall and precision on a public corpus that lies in a folder, beside bandit alone (`make bench-public ARGS=FOLDER`).

Which forms are known stands in `bench/public_forms.py`. Nothing of a corpus is kept here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench.public_case import Case
from bench.public_forms import form_of
from bench.security_tools import Placed, ours_placed, with_bandit_placed, with_detect_secrets_placed
from tools.security.engines import family

ALIKE = (
    {78, 77, 88},
    {94, 95, 96, 1336},
    {22, 23, 36, 73, 706},
    {502, 20},
    {611, 776, 20},
    {327, 326, 328, 916},
    {330, 338},
    {915, 1321},
    {1333, 730},
    {89, 943},
    {346, 942, 345},
    {1336, 79},
    {614, 1004, 1275, 522},
    {352, 1275},
    {310, 327, 329, 354, 1204},
    {287, 327, 347},
    {116, 79},
    {829, 1357, 494, 913},
    {749, 94},
    {250, 269},
    {605, 668, 200},
)
BEFORE, AFTER = 3, 6
"""Lines around a mark that a finding of a call of several lines may stand on."""


def alike(found: int | None, wanted: int) -> bool:
    return family(found) == family(wanted) or any({found, wanted} <= group for group in ALIKE)


def judged(cases: list[Case], placed: Placed) -> list[bool]:
    """Whether each was flagged. A finding on the line of one bad case is not taken for its neighbour's."""
    at: dict[str, list[tuple[int, int]]] = {}
    for file, line, cwe in placed:
        at.setdefault(file, []).append((line or 0, cwe))
    own: dict[str, set[tuple[int, int]]] = {}
    for case in cases:
        if case.bad and case.lines is not None:
            own.setdefault(case.file, set()).update((line, case.cwe) for line in case.lines)
    return [_flagged(case, at.get(case.file, []), own.get(case.file, set())) for case in cases]


def _flagged(case: Case, found: list[tuple[int, int]], own: set[tuple[int, int]]) -> bool:
    mine = [line for line, cwe in found if any(alike(cwe, wanted) for wanted in (case.cwe, *case.also))]
    if case.lines is None:
        return bool(mine)
    if any(line in case.lines for line in mine):
        return True
    near = range(case.lines.start - BEFORE, case.lines.start + AFTER + 1)
    return case.bad and any(
        line in near and not any(at == line and alike(cwe, case.cwe) for at, cwe in own) for line in mine
    )


def figures(flags: list[bool], cases: list[Case]) -> str:
    hit = sum(flag for flag, case in zip(flags, cases, strict=True) if case.bad)
    wrong = sum(flag for flag, case in zip(flags, cases, strict=True) if not case.bad)
    bad = sum(case.bad for case in cases)
    precision = f"{hit / (hit + wrong):.2f}" if hit + wrong else "-"
    return f"{hit / bad if bad else 0:6.2f}{precision:>10}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the corpus, or a part of it such as `python`")
    parser.add_argument("--misses", action="store_true", help="name what was judged wrongly")
    parser.add_argument("--only", default="", help="files that end so, such as `.py`")
    asked = parser.parse_args()
    root = asked.folder.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        cases = [case for case in form_of(root)(root, work) if case.file.endswith(tuple(asked.only.split(",")))]
        closing, told_at_all = ours_placed(work)
        single = {"bandit": with_bandit_placed(work), "detect-secrets": with_detect_secrets_placed(work)}
        tools = {"softwright": closing, "at any level": told_at_all, **single}
        flags = {name: judged(cases, placed) for name, placed in tools.items()}
    print(f"{'class':20}{'bad':>5}{'ok':>5}  " + "".join(f"{name:>15} recall, precision" for name in tools))
    kinds = sorted({case.label for case in cases}, key=lambda kind: -sum(c.label == kind and c.bad for c in cases))
    for kind in (*kinds, "all"):
        chosen = [n for n, case in enumerate(cases) if kind in (case.label, "all")]
        mine = [cases[n] for n in chosen]
        told = "".join(f"{figures([flag[n] for n in chosen], mine):>33}" for flag in flags.values())
        print(f"{kind:20}{sum(c.bad for c in mine):5}{sum(not c.bad for c in mine):5}  {told}")
    for case, flag in zip(cases, flags["softwright"], strict=True) if asked.misses else ():
        if flag != case.bad:
            line = case.lines.start if case.lines else ""
            print(f"{'missed' if case.bad else 'wrongly flagged'}: {case.label} {case.file}:{line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
