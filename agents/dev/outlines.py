"""Generated files without what a model knows already: of the second resource, what reads as of the first one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

ROUTES = "app/routes"
MIGRATIONS = "migrations/versions"
SAMPLES = "tests/factory.py"
TESTS = re.compile(r"tests/test_\w+\.py")
ROWS = re.compile(r"^SAMPLES\b.*?^\}$", re.MULTILINE | re.DOTALL)
DEFINED = re.compile(r"^def (\w+)", re.MULTILINE)
UNSET = "exclude_unset=True"
SHORTEST = 2
"""Lines of a body that are worth a mark."""
STANDARD = tuple(
    re.compile(pattern)
    for pattern in (
        r"row = \w+\(\*\*body\.model_dump\(\)(, \w+=account\.id)?\)",
        r"check\(session, row(, account\.id)?\)",
        r"session\.(add\(row\)|commit\(\))",
        r"commit\(session, [A-Z_]+\)",
        r"response\.headers\['Location'\] = f'[^']*'",
        r"return \w+\.model_validate\((row|find\(session, \w+(, account\.id)?\))\)",
        r"row = find\(session, \w+(, account\.id)?, lock=True\)",
        r"for name, value in body\.model_dump\((exclude_unset=True)?\)\.items\(\):",
        r"setattr\(row, name, value\)",
        r"session\.delete\(find\(session, \w+(, account\.id)?, lock=True\)\)",
        r"row = session\.get\(\w+, row_id, with_for_update=lock\)",
        r"if row is None( or row\.\w+ != owner)?:",
        r"raise NotFound\(f'There is no [\w ]+ \{row_id\}\.'\)",
        r"return row",
        r"return page\(session, \w+, \w+, query, [^\n]+\)",
    )
)
"""Statements of the routes that the template makes for every resource."""
STANDARD_COLUMNS = re.compile(
    r'^ +(?:sa\.Column\("(?:id|created_at|updated_at)", .+|sa\.PrimaryKeyConstraint\("id"\),'
    r"|sqlite_autoincrement=True,)\n",
    re.MULTILINE,
)


class Outlines:
    """Of files shown one after the other: of the first routes PATCH leans on PUT, the next ones lean on them."""

    def __init__(self) -> None:
        self._model = ""

    def of(self, path: str, text: str) -> str:
        """The text itself where it is not of a known form."""
        folder = str(PurePosixPath(path).parent)
        if folder == ROUTES:
            return self._routes(path, text)
        if folder == MIGRATIONS:
            return _tables(text)
        if path == SAMPLES:
            return _samples(text)
        return _names(text) if TESTS.fullmatch(path) else text

    def _routes(self, path: str, text: str) -> str:
        standard = list(_standard_bodies(text))
        if not self._model:
            self._model = path if standard else ""
            parts = [body for body in standard if body.only_given and body.told]
            return _marked(text, {body: f"as PUT, with body.model_dump({UNSET}){body.told}" for body in parts})
        return _marked(text, {body: f"as in {self._model}{body.told}" for body in standard})


@dataclass(frozen=True)
class _Body:
    first: int
    last: int
    told: str
    """What differs from resource to resource."""
    only_given: bool
    """It changes the fields that a request gives, and no others."""


def _marked(text: str, marks: Mapping[_Body, str]) -> str:
    lines: list[str | None] = list(text.splitlines())
    for body, mark in marks.items():
        lines[body.first - 1 : body.last] = [None] * (body.last - body.first + 1)
        lines[body.first - 1] = f"    ...  # {mark}"
    return "\n".join(line for line in lines if line is not None) + "\n"


def _standard_bodies(text: str) -> Iterable[_Body]:
    """Those that the template would write."""
    try:
        functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return
    for function in functions:
        body = function.body[1:] if ast.get_docstring(function) else function.body
        if not body:
            continue
        first, last = body[0].lineno, body[-1].end_lineno or body[-1].lineno
        statements = [line.strip() for node in body for line in ast.unparse(node).splitlines()]
        if last - first + 1 >= SHORTEST and all(any(p.fullmatch(s) for p in STANDARD) for s in statements):
            yield _Body(first, last, _told(statements), any(UNSET in statement for statement in statements))


def _told(statements: Sequence[str]) -> str:
    ends = [statement for statement in statements if "commit(" in statement]
    checked = any(statement.startswith("check(") for statement in statements)
    writes = any("body." in statement for statement in statements)
    return "".join(f", {words}" for words in (*["no check"] * (writes and not checked), *ends))


def _tables(text: str) -> str:
    """Without columns that every table has, and the way back."""
    head, begins, rest = text.partition("def upgrade() -> None:\n")
    there, ends, back = rest.partition("\n\ndef downgrade() -> None:\n")
    if not (begins and ends):
        return text
    shown = STANDARD_COLUMNS.sub("", there)
    if shown == there:
        return text
    said = "    # not shown: id, created_at, updated_at, primary keys\n"
    return f"{head.partition(chr(10))[0]}\n...\n{begins}{said}{shown}{ends}    ...  # {len(back.splitlines())} lines\n"


def _samples(text: str) -> str:
    """What tasks change of it."""
    found = ROWS.search(text)
    return f"...\n{found.group()}\n...\n" if found else text


def _names(text: str) -> str:
    """The head of a file of tests, then their names."""
    head, found, rest = text.partition("\n\n\n")
    names = DEFINED.findall(rest)
    return f"{head}\n\n\n...  # {' '.join(names)}\n" if found and names else text


__all__ = ["Outlines"]
