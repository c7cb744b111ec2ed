"""Tests of linters' rules as a corpus: `valid` and `invalid` lists of code, each piece a file of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.security.scripts.syntax import Syntax, Tree

RULES = {
    "detect-child-process": 78,
    "detect-disable-mustache-escape": 79,
    "detect-eval-with-expression": 95,
    "detect-no-csrf-before-method-override": 352,
    "detect-non-literal-fs-filename": 22,
    "detect-non-literal-regexp": 1333,
    "detect-non-literal-require": 95,
    "detect-pseudoRandomBytes": 330,
    "detect-unsafe-regexp": 1333,
    "method": 79,
    "property": 79,
    "no-angular-bypass-sanitizer": 79,
    "no-angularjs-bypass-sce": 79,
    "no-angularjs-enable-svg": 79,
    "no-angularjs-sanitization-whitelist": 79,
    "no-document-write": 79,
    "no-electron-node-integration": 94,
    "no-html-method": 79,
    "no-inner-html": 79,
    "no-insecure-random": 330,
    "no-insecure-url": 319,
    "no-msapp-exec-unsafe": 79,
    "no-postmessage-star-origin": 346,
    "no-winjs-html-unsafe": 79,
}
"""Rules for a weakness of a class that is covered here, by their names."""


def pieces(root: Path) -> Iterator[tuple[str, str, bool, int]]:
    """(name, code, bad, CWE)"""
    for file in sorted(root.rglob("*.js")):
        if file.stem not in RULES or not re.search(r"(^|/)tests?/", file.relative_to(root).as_posix()):
            continue
        tree = Tree(file.name, file.read_text(errors="replace"))
        for number, (bad, code) in enumerate(_pieces(tree.root)):
            yield f"{file.stem}/{number}.js", code, bad, RULES[file.stem]


def _pieces(node: Syntax) -> Iterator[tuple[bool, str]]:
    for kid in node.kids:
        key = kid.part("key") if kid.type == "pair" else None
        if key is not None and key.text in {"valid", "invalid"}:
            for one in (kid.part("value") or kid).kids:
                code = _code(one)
                if code:
                    yield key.text == "invalid", code
        else:
            yield from _pieces(kid)


def _code(node: Syntax) -> str | None:
    if node.string is not None:
        return _unescaped(node.string)
    for kid in node.kids if node.type == "object" else []:
        key, value = kid.part("key"), kid.part("value")
        if key is not None and value is not None and key.text == "code" and value.string is not None:
            return _unescaped(value.string)
    return None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([`'\"$\\])", r"\1", text.replace("\\n", "\n"))


__all__ = ["pieces"]
