"""What a change takes away and people's own code still names: found in the text, whether or not a test gets there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from memory.records.change import Change
from memory.records.report import Confidence, Finding, Severity
from memory.records.spec import AppSpec
from tools.scaffold.moves import paths_of
from tools.scaffold.names import Names

RULE, TOOL = "removed-in-use", "softwright"
CLIENTS = (".py", ".js", ".ts", ".jsx", ".tsx", ".html", ".vue", ".sh", ".http")
"""Files that call an API."""


@dataclass(frozen=True)
class Taken:
    """Names that mean nothing any more, with what to say of them."""

    names: Mapping[str, str]
    """Of fields, classes, modules."""
    paths: Mapping[str, str]
    """Of URLs."""


def taken_away(change: Change, after: AppSpec) -> Taken:
    """A name that something else still has is not taken away."""
    now = {f.name for r in after.resources for f in r.fields}
    names: dict[str, str] = {}
    kept = {change.renames.resource_before(r.name): r for r in after.resources}
    classes = {names_.class_name for names_ in Names.of(after).resources.values()}
    for resource in change.before.resources:
        left = kept.get(resource.name)
        fields = {change.renames.field_before(left.name, f.name): f.name for f in left.fields} if left else {}
        for field in resource.fields:
            if field.name not in now:
                new = fields.get(field.name)
                names[field.name] = f"{resource.name}.{field.name} is {'called ' + new if new else 'removed'}"
        old_class = Names.of(change.before).resources[resource.name].class_name
        if old_class not in classes:
            names[old_class] = f"{resource.plural} are {'called ' + left.plural if left else 'removed'}"
    gone = {path: name for name, path in paths_of(change.before).items() if path not in paths_of(after).values()}
    said = {path: f"the path {path} of {name} is no more" for path, name in gone.items()}
    return Taken(names, said)


def still_used(taken: Taken, files: Mapping[str, str], template: Mapping[str, str]) -> list[Finding]:
    """`files`: the changed application's; `template`: what the template gives for it. Path → text.

    A line that the template has too is its own affair.
    """
    found: list[Finding] = []
    for path, text in files.items():
        own = template.get(path)
        if not path.endswith(CLIENTS) or own == text or path.startswith("migrations/"):
            continue
        theirs = set() if own is None else {line.strip() for line in own.splitlines()}
        lines = text.splitlines()
        for number, why in sorted({*_uses(taken, path, text)}):
            if lines[number - 1].strip() not in theirs:
                found.append(_finding(path, number, why))
    return found


def _uses(taken: Taken, path: str, text: str) -> Iterator[tuple[int, str]]:
    for url, why in taken.paths.items():
        for match in re.finditer(rf"""["'`/\w.:}}]?(?<![\w-]){re.escape(url)}(?![\w-])""", text):
            yield text.count("\n", 0, match.start()) + 1, why
    if path.endswith(".py") and taken.names:
        yield from _python(taken, text)


def _python(taken: Taken, text: str) -> Iterator[tuple[int, str]]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        for name, line in _named(node):
            if name in taken.names:
                yield line, taken.names[name]


def _named(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Attribute():
            yield node.attr, node.end_lineno or node.lineno
        case ast.keyword(arg=str(name)):
            yield name, node.value.lineno
        case ast.Constant(value=str(text)):
            yield text, node.lineno
        case ast.alias():
            yield node.name, node.lineno
        case ast.Name():
            if node.id[:1].isupper():
                yield node.id, node.lineno


def _finding(path: str, line: int, why: str) -> Finding:
    return Finding(
        file=path,
        line=line,
        cwe=None,
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        rule=RULE,
        tool=TOOL,
        why=f"it is still used here, and {why} by the change",
        fix="Push a commit that does without it, then ask again.",
    )


__all__ = ["Taken", "still_used", "taken_away"]
