"""Recall and precision on a public corpus that lies in a folder, beside bandit alone (`make bench-public ARGS=FOLDER`).

Two forms are known: OWASP's (`expectedresults-*.csv`: a file for each case) and test files of rules with comments
`ruleid: NAME` and `ok: NAME`, whose rules (YAML beside them) name their CWE. Nothing of a corpus is kept here.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.security_tools import Placed, ours_placed, with_bandit_placed
from tools.security.engines import family

ALIKE = (
    {78, 77, 88},
    {94, 95, 96, 1336},
    {22, 23, 36, 73},
    {502, 20},
    {611, 776, 20},
    {327, 326, 328},
    {330, 338},
)
SCRIPTS = (".js", ".ts", ".jsx", ".tsx")
COMMENT = re.compile(r"\s*(?:#|//|/\*|\{/\*)")
MARK = re.compile(r"\s*(?:#|//|/\*|\{/\*)\s*(ruleid|ok):\s*([\w.\-]+)")
ANY_MARK = re.compile(r"(#|//)\s*(todo)?(ruleid|ok)\b.*")
BEFORE, AFTER = 3, 6
"""Lines around a mark that a finding of a call of several lines may stand on."""


@dataclass(frozen=True)
class Case:
    file: str
    line: int | None
    """None: anywhere in the file."""
    bad: bool
    cwe: int
    label: str

    def found_by(self, placed: Placed) -> bool:
        near = range(self.line - BEFORE, self.line + AFTER + 1) if self.line and self.bad else None
        exact = range(self.line, self.line + 1) if self.line and not self.bad else near
        return any(
            file == self.file and alike(cwe, self.cwe) and (exact is None or (line or 0) in exact)
            for file, line, cwe in placed
        )


def alike(found: int | None, wanted: int) -> bool:
    return family(found) == family(wanted) or any({found, wanted} <= group for group in ALIKE)


def owasp(root: Path) -> Iterator[Case]:
    (table,) = root.glob("expectedresults-*.csv")
    for row in csv.reader(table.read_text().splitlines()):
        if row and not row[0].startswith("#"):
            yield Case(f"testcode/{row[0]}.py", None, row[2].strip() == "true", int(row[3]), row[1])


def annotated(root: Path, work: Path) -> Iterator[Case]:
    """Writes the files without their marks into `work`: a comment must not help."""
    for file in sorted(root.rglob("*")):
        rules = next((y for y in (file.with_suffix(".yaml"), file.with_suffix(".yml")) if y.is_file()), None)
        if file.suffix not in (".py", *SCRIPTS) or rules is None or "security" not in file.parts:
            continue
        numbers = dict(_numbers(rules))
        text, name = file.read_text(errors="replace"), file.relative_to(root).as_posix().replace("/tests/", "/cases/")
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(ANY_MARK.sub(r"\1", text))
        lines = text.splitlines()
        for number, line in enumerate(lines):
            mark = MARK.match(line)
            if mark and mark[2] in numbers:
                at = next((n for n in range(number + 1, len(lines)) if not COMMENT.match(lines[n])), number)
                yield Case(name, at + 1, mark[1] == "ruleid", numbers[mark[2]], f"CWE-{numbers[mark[2]]}")


def _numbers(rules: Path) -> Iterator[tuple[str, int]]:
    """Of rules that say they find vulnerabilities, and do not only ask for a look."""
    for rule in (yaml.safe_load(rules.read_text()) or {}).get("rules", ()):
        about = rule.get("metadata", {})
        told = re.search(r"CWE-(\d+)", str(about.get("cwe")))
        if told and "vuln" in str(about.get("subcategory")):
            yield rule["id"], int(told[1])


def figures(placed: Placed, cases: list[Case]) -> str:
    hit = sum(case.found_by(placed) for case in cases if case.bad)
    wrong = sum(case.found_by(placed) for case in cases if not case.bad)
    bad = sum(case.bad for case in cases)
    precision = f"{hit / (hit + wrong):.2f}" if hit + wrong else "-"
    return f"{hit / bad if bad else 0:6.2f}{precision:>10}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the corpus, or a part of it such as `python`")
    parser.add_argument("--misses", action="store_true", help="name what was judged wrongly")
    asked = parser.parse_args()
    root = asked.folder.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        listed = list(root.glob("expectedresults-*.csv"))
        work = root if listed else Path(scratch)
        cases = list(owasp(root) if listed else annotated(root, work))
        tools = {"softwright": ours_placed(work), "bandit": with_bandit_placed(work)}
    print(f"{'class':20}{'bad':>5}{'ok':>5}  " + "".join(f"{name:>10} recall, precision" for name in tools))
    kinds = sorted({case.label for case in cases}, key=lambda kind: -sum(c.label == kind and c.bad for c in cases))
    for kind in (*kinds, "all"):
        mine = [case for case in cases if kind in (case.label, "all")]
        told = "".join(f"{figures(placed, mine):>29}" for placed in tools.values())
        print(f"{kind:20}{sum(c.bad for c in mine):5}{sum(not c.bad for c in mine):5}  {told}")
    for case in cases if asked.misses else ():
        if case.found_by(tools["softwright"]) != case.bad:
            print(f"{'missed' if case.bad else 'wrongly flagged'}: {case.label} {case.file}:{case.line or ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
