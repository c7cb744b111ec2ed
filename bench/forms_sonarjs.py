"""SonarJS' tests of its security rules: `valid` and `invalid` code in `unit.test.ts`, `Noncompliant` in fixtures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from bench.public_case import COVERED, Case
from tools.security.scripts.syntax import Syntax, Tree

RULES = "packages/analysis/src/jsts/rules"
ABOUT = "sonar-plugin/javascript-checks/src/main/resources/org/sonar/l10n/javascript/rules/javascript"
NONCOMPLIANT = re.compile(r"//.*?\b[Nn]oncompliant(?:@([+-]\d+))?")
COMPLIANT = re.compile(r"//\s*(?:[Cc]ompliant|OK)\b")
COMMENT = re.compile(r"//\s*(?:([Nn]on-?)?[Cc]ompliant|Sensitive|OK|NOK)\b.*|//[ ^<>]*[\^<>]\s*$|//(?!.*['\"`]).*")
ASIDE = frozenset({"S5604"})
"""A page that asks its visitor for a permission is a matter of privacy, and no weakness of its class."""
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


def is_sonarjs(root: Path) -> bool:
    return (root / ABOUT).is_dir()


def sonarjs(root: Path, work: Path) -> Iterator[Case]:
    """Of rules that tell vulnerabilities of our classes; those of a cloud's resources (AWS' CDK) are none of ours."""
    for about in sorted((root / ABOUT).glob("S*.json")):
        told = json.loads(about.read_text())
        numbers = [number for number in told.get("securityStandards", {}).get("CWE", ()) if number in COVERED]
        tests = root / RULES / about.stem
        if not numbers or told["type"] != "VULNERABILITY" or about.stem in ASIDE or not tests.is_dir():
            continue
        if "aws" in told["tags"] and not (tests / "rule.lib.ts").is_file():
            continue
        if (tests / "unit.test.ts").is_file():
            yield from _unit(tests / "unit.test.ts", about.stem, _closest(numbers), work)
        for fixture in sorted(tests.glob("*.fixture.*")):
            if "aws-cdk" not in fixture.read_text():
                yield from _fixture(fixture, about.stem, _closest(numbers), work)


def _closest(numbers: list[int]) -> int:
    """Of a rule's numbers: the first that does not speak of keys or certificates at large."""
    return next((number for number in numbers if number not in {295, 326}), numbers[0])


def _unit(file: Path, rule: str, cwe: int, work: Path) -> Iterator[Case]:
    tree = Tree(file.name, file.read_text())
    for number, (holder, code, bad) in enumerate(_codes(tree.root, None)):
        kind = "js" if not Tree("a.js", code).root.raw.has_error else "tsx"
        if Tree("a.tsx", code).root.raw.has_error and kind == "tsx":
            kind = "ts"
        name = f"{rule}/unit{number}.{kind}"
        _written(work / name, COMMENT.sub("//", code))
        lines = sorted(set(_lines(holder))) if bad else []
        for line in lines or [0]:
            yield Case(name, range(line, line + 1) if line else None, bad, cwe, f"CWE-{cwe}")


def _codes(node: Syntax, bad: bool | None) -> Iterator[tuple[Syntax, str, bool]]:
    """Each test with its code, below `valid` or `invalid`."""
    if node.type == "pair":
        key = _key(node)
        bad = {"valid": False, "invalid": True}.get(key, bad)
        code = _text(node.part("value")) if key == "code" else None
        if code is not None and bad is not None and node.parent is not None:
            yield node.parent, code, bad
    for kid in node.kids:
        yield from _codes(kid, bad)


def _key(pair: Syntax) -> str:
    key = pair.part("key")
    return key.text if key is not None else ""


def _lines(holder: Syntax) -> Iterator[int]:
    """Of the errors that a test expects; not those that their messages point at."""
    for pair in holder.kids:
        errors = pair.part("value") if pair.type == "pair" and _key(pair) == "errors" else None
        for error in errors.kids if errors is not None and errors.type == "array" else ():
            for told in error.kids:
                value = told.part("value") if told.type == "pair" and _key(told) == "line" else None
                if value is not None and value.text.isdigit():
                    yield int(value.text)


def _text(node: Syntax | None) -> str | None:
    """None where it is put together."""
    if node is not None and node.type == "call_expression" and node.text.startswith("String.raw"):
        template = node.part("arguments")
        return template.string if template is not None else None
    text = node.string if node is not None else None
    return None if text is None else re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text, flags=re.S)


def _fixture(file: Path, rule: str, cwe: int, work: Path) -> Iterator[Case]:
    lines = file.read_text().splitlines()
    name = f"{rule}/{file.name.replace('.fixture', '')}"
    _written(work / name, "\n".join(COMMENT.sub("//", line) for line in lines))
    bad = {n + int(match[1] or 0) for n, line in enumerate(lines, 1) if (match := NONCOMPLIANT.search(line))}
    clean = {n for n, line in enumerate(lines, 1) if COMPLIANT.search(line)} - bad
    for line in sorted(bad | clean):
        yield Case(name, range(line, line + 1), line in bad, cwe, f"CWE-{cwe}")


def _written(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


__all__ = ["is_sonarjs", "sonarjs"]
