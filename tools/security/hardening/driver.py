"""Runs inside the sandbox, on our interpreter: an edit for each finding that one is known for, none applied.

Findings as JSON on stdin, edits as JSON on stdout. Files of the working directory are read only.
"""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path
from typing import Any

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider

from memory.records.report import Finding
from tools.security.hardening.fixers import FIXERS
from tools.security.hardening.guards import keeps_to
from tools.security.hardening.interface import Proposal
from tools.security.hardening.syntax import Edit, Place

FILE_BYTES = 1 << 20


class Editor(cst.CSTTransformer):
    """Edits the first call at the finding's line that one of its fixers knows."""

    METADATA_DEPENDENCIES = (PositionProvider, QualifiedNameProvider)

    def __init__(self, finding: Finding, modules: frozenset[str]) -> None:
        super().__init__()
        self.finding = finding
        self.modules = modules
        self.edit: Edit | None = None
        self.lines = (0, 0)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        line = self.finding.line
        span = self.get_metadata(PositionProvider, original_node)
        if self.edit is not None or line is None or not span.start.line <= line <= span.end.line:
            return updated_node
        names = self.get_metadata(QualifiedNameProvider, original_node.func, set())
        place = Place(frozenset(name.name for name in names), self.modules)
        for fixer in FIXERS.get(self.finding.cwe or 0, ()):
            self.edit = fixer(updated_node, place)
            if self.edit is not None:
                self.lines = (span.start.line, span.end.line)
                return self.edit.node
        return updated_node


def modules_of(module: cst.Module) -> frozenset[str]:
    found: set[str] = set()

    class Imports(cst.CSTVisitor):
        def visit_Import(self, node: cst.Import) -> None:
            found.update(cst.Module([]).code_for_node(alias.name).partition(".")[0] for alias in node.names)

        def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
            if node.module is not None:
                found.add(cst.Module([]).code_for_node(node.module).partition(".")[0])

    module.visit(Imports())
    return frozenset(found)


def propose(finding: Finding, text: str) -> Proposal | None:
    """None where no edit is known. Raises cst.ParserSyntaxError."""
    module = cst.parse_module(text)
    editor = Editor(finding, modules_of(module))
    changed = MetadataWrapper(module).visit(editor)
    if editor.edit is None:
        return None
    context = CodemodContext()
    for name, member in editor.edit.imports:
        AddImportsVisitor.add_needed_import(context, name, member)
    after = AddImportsVisitor(context).transform_module(changed).code if editor.edit.imports else changed.code
    if after == text or not keeps_to(text, after, editor.lines):
        return None
    compile(after, finding.file, "exec", dont_inherit=True)
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{finding.file}", f"b/{finding.file}", n=1
    )
    return Proposal(
        fingerprint=finding.fingerprint,
        file=finding.file,
        line=finding.line or 1,
        rule=finding.rule,
        title=editor.edit.title,
        text=after,
        diff="".join(lines),
        safe=editor.edit.safe,
    )


def main(findings: list[Any]) -> dict[str, Any]:
    proposals, left = [], {}
    for finding in (Finding.model_validate(entry) for entry in findings):
        try:
            raw = Path(finding.file).read_bytes() if finding.file.endswith(".py") else b""
            made = propose(finding, raw.decode()) if 0 < len(raw) <= FILE_BYTES else None
        except (OSError, ValueError, SyntaxError, RecursionError, cst.ParserSyntaxError, TypeError) as error:
            left[finding.fingerprint] = f"{type(error).__name__}: {error}"[:300]
            continue
        if made is not None:
            proposals.append(made.model_dump(mode="json"))
    return {"proposals": proposals, "left": left}


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
