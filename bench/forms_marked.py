"""semgrep's marks in what is no program: templates, Dockerfiles, workflows, texts with secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from bench.public_case import Case

PROGRAMS = frozenset({".py", ".js", ".ts", ".jsx", ".tsx"})
MARK = re.compile(r"^\s*\W{0,8}\s*(ruleid|ok):\s*([\w.\-]+)")
MARKS = re.compile(r"\b(?:(?:todo)?(?:ruleid|ok):[ \t]*[\w.\-]+|todook\b)")
ASIDE = re.compile(r"^\s*(?:#|//|/\*|<!--|\{#|\{\{!|<%#|;|--)")
"""A comment, between a mark and the line that it speaks of."""


def is_marked(root: Path) -> bool:
    """More of what is no program than programs."""
    held = _files(root)
    return len(held) > 2 * sum(file.suffix in PROGRAMS for file in held)


def marked(root: Path, work: Path) -> Iterator[Case]:
    """`ruleid: NAME` and `ok: NAME` on the line before; the rule of that name stands beside the file."""
    for file in _files(root):
        numbers = _numbers(file)
        lines = file.read_text(errors="replace").splitlines()
        name = re.sub(r"(^|/)tests?(?=/)|\.test(?=\.)", r"\1", file.relative_to(root).as_posix())
        name = name.replace("/security/", "/") if "github-actions" not in name else f".github/workflows/{file.name}"
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("\n".join(MARKS.sub("", line) for line in lines) + "\n")
        for number, line in enumerate(lines):
            mark = MARK.match(line)
            if mark and mark[2] in numbers:
                after = (n for n in range(number + 1, len(lines)) if lines[n].strip() and not ASIDE.match(lines[n]))
                at, cwe = next(after, number), numbers[mark[2]]
                yield Case(name, range(at + 1, at + 2), mark[1] == "ruleid", cwe, f"CWE-{cwe}")


def _files(root: Path) -> list[Path]:
    some = [file for file in sorted(root.rglob("*")) if file.is_file() and ".fixed." not in file.name]
    return [
        file for file in some if _rules(file) is not None and re.search(r"ruleid:", file.read_text(errors="replace"))
    ]


def _rules(file: Path) -> Path | None:
    stem = file.name.partition(".")[0]
    beside = (file.with_name(f"{stem}.yaml"), file.with_name(f"{stem}.yml"))
    return next((rules for rules in beside if rules.is_file() and rules != file), None)


def _numbers(file: Path) -> dict[str, int]:
    rules = _rules(file)
    held = yaml.safe_load(rules.read_text()) if rules is not None else {}
    told = {rule["id"]: re.search(r"CWE-(\d+)", str(rule.get("metadata", {}).get("cwe"))) for rule in held["rules"]}
    return {name: int(match[1]) for name, match in told.items() if match}


__all__ = ["is_marked", "marked"]
