"""The terms of a file by where they stand: in comments, in strings, where names are declared, of what is imported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from tools.iterator.words import IDENTIFIER, terms_of

PARTS_OF_CODE = ("declared", "comments", "strings", "imported", "own")
"""`declared`: parameters, and what is assigned; `imported`: names that stand in an import, wherever they are used;
`own`: all other names of the code."""
PYTHON_TOKEN = re.compile(
    r"""[rRbBuUfF]{0,2}(\"{3}|'{3})(?s:.*?)(?:\1|\Z)|\#[^\n]*"""
    r"""|[rRbBuUfF]{0,2}"(?:\\.|[^"\\\n]){0,400}+"|[rRbBuUfF]{0,2}'(?:\\.|[^'\\\n]){0,400}+'"""
)
SCRIPT_TOKEN = re.compile(
    r"""/\*(?s:.*?)(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n]){0,400}+"|'(?:\\.|[^'\\\n]){0,400}+'"""
    r"""|`(?s:(?:\\.|[^`\\])*+)(?:`|\\?\Z)"""
)
PYTHON_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+[.\w]+[ \t]+import[ \t]+(?:\([^)]{0,4000}\)|[^\n]+)|import[ \t]+[^\n]+)", re.MULTILINE
)
SCRIPT_IMPORT = re.compile(r"^import\b[^;\n]*?(?:\{[^}]{0,4000}\}[^;\n]*)?(?:;|$)", re.MULTILINE)
PYTHON_PARAMETERS = re.compile(r"\bdef\s+\w+\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
SCRIPT_PARAMETERS = re.compile(
    r"(?:\bfunction\b[^(]{0,60}|^[ \t]*(?:async\s+|static\s+|private\s+|public\s+|protected\s+)*\w+\s*"
    r"|=\s*(?:async\s*)?)"
    r"\(([^()]{0,400})\)\s*(?::[^={\n]{0,80})?\s*(?:=>|\{)",
    re.MULTILINE,
)
ASSIGNED = re.compile(
    r"^[ \t]*(?:export\s+)?(?:const\s+|let\s+|var\s+|readonly\s+|private\s+|public\s+|static\s+)*"
    r"(?:self\.|this\.|cls\.)?(\w+)\??[ \t]*(?::[^=\n]{0,80})?(?:=(?!=)|:)",
    re.MULTILINE,
)
THEMSELVES = frozenset({"self", "cls", "this"})


def parts_of(language: str, text: str) -> dict[str, dict[str, int]]:
    """Part → terms. By patterns, not by a grammar: a part that is cut wrongly costs a little of the order alone."""
    python = language == "python"
    comments: list[str] = []
    strings: list[str] = []
    imports: list[str] = []

    def take(match: re.Match[str]) -> str:
        token = match.group(0)
        told = token[0] in "#/" or token.lstrip("rRbBuUfF")[:3] in ('"""', "'''")
        (comments if told else strings).append(token)
        return "" if token[0] == "#" else ' ""'

    def take_import(match: re.Match[str]) -> str:
        imports.append(match.group(0))
        return ""

    code = (PYTHON_TOKEN if python else SCRIPT_TOKEN).sub(take, text)
    code = (PYTHON_IMPORT if python else SCRIPT_IMPORT).sub(take_import, code)
    brought = IDENTIFIER.findall(" ".join(imports))
    foreign, names = frozenset(brought), IDENTIFIER.findall(code)
    return {
        "declared": _counted(_declared(python, code)),
        "comments": _counted(IDENTIFIER.findall("\n".join(comments))),
        "strings": _counted(IDENTIFIER.findall("\n".join(strings))),
        "imported": _counted([*brought, *(name for name in names if name in foreign)]),
        "own": _counted(name for name in names if name not in foreign),
    }


def _declared(python: bool, code: str) -> list[str]:
    parameters = (PYTHON_PARAMETERS if python else SCRIPT_PARAMETERS).findall(code)
    firsts = [name.group(0) for group in parameters for one in group.split(",") if (name := IDENTIFIER.search(one))]
    return [name for name in [*firsts, *ASSIGNED.findall(code)] if name not in THEMSELVES]


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for name in names:
        counts.update(terms_of(name))
    return dict(counts)


__all__ = ["PARTS_OF_CODE", "parts_of"]
