"""Generated files without what a model knows already: of the second resource, what reads as of the first one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from agents.dev.likeness import Routes, alike, routes_of

ROUTES = "app/routes"
MIGRATIONS = "migrations/versions"
SAMPLES = "tests/factory.py"
TESTS = re.compile(r"tests/test_\w+\.py")
MISSING = " = may_be_missing()"
BODY_IN, BODY_PATCH = (
    re.compile(rf'^class (?P<name>\w+){kind}\(Payload\):\n    """.*"""\n\n(?P<lines>(?:    \S.*\n)+)', re.MULTILINE)
    for kind in ("In", "Patch")
)
EMPTY_LINES = re.compile(r"\n{4,}")
ROWS = re.compile(r"^SAMPLES\b.*?^\}$", re.MULTILINE | re.DOTALL)
DEFINED = re.compile(r"^def (\w+)", re.MULTILINE)
UNSET = "exclude_unset=True"
SCHEMAS = "app/schemas"
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
        self._first: Routes | None = None

    def of(self, path: str, text: str) -> str:
        """The text itself where it is not of a known form."""
        folder = str(PurePosixPath(path).parent)
        if folder == ROUTES:
            return self._routes(path, text)
        if folder == MIGRATIONS:
            return _tables(text)
        if folder == SCHEMAS:
            return _schemas(text)
        if path == SAMPLES:
            return _samples(text)
        return _names(text) if TESTS.fullmatch(path) else text

    def _routes(self, path: str, text: str) -> str:
        standard = list(_standard_bodies(text))
        if not self._model:
            self._model = path if standard else ""
            self._first = routes_of(text) if standard else None
            parts = [body for body in standard if body.only_given and body.told]
            return _marked(text, {body: f"as PUT, with body.model_dump({UNSET}){body.told}" for body in parts})
        other = routes_of(text)
        if self._first is None or other is None:
            return _marked(text, {body: f"as in {self._model}{body.told}" for body in standard})
        return self._shorter(text, other, alike(self._first, other))

    def _shorter(self, text: str, other: Routes, same: Mapping[str, str]) -> str:
        """Without what follows from the first routes; of the rest, without bodies that read alike."""
        lines: list[str | None] = list(text.splitlines())
        for kind in same:
            function = other.functions[kind]
            lines[function.first - 1 : function.last] = [None] * (function.last - function.first + 1)
        rest = EMPTY_LINES.sub("\n\n\n", "\n".join(line for line in lines if line is not None)).rstrip() + "\n"
        rest = _marked(rest, {body: f"as in {self._model}{body.told}" for body in _standard_bodies(rest)})
        by_difference: dict[str, list[str]] = {}
        for kind, differs in same.items():
            by_difference.setdefault(differs, []).append(other.functions[kind].name)
        told = [f"{' '.join(names)}{f': {differs}' if differs else ''}" for differs, names in by_difference.items()]
        said = f"\n...  # as in {self._model}, word for word but for the names: " if told else ""
        return f"{rest}{said}{'; '.join(told)}\n" if told else rest


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


def _schemas(text: str) -> str:
    """Without PATCH's where it follows from POST's to the letter."""
    taken, patch = BODY_IN.search(text), BODY_PATCH.search(text)
    if taken is None or patch is None:
        return text
    follows = [f"{line.partition(' = ')[0]}{MISSING}" for line in taken["lines"].splitlines()]
    if follows != patch["lines"].splitlines():
        return text
    mark = f"    ...  # the fields of {taken['name']}In, each{MISSING}\n"
    return text[: patch.start("lines")] + mark + text[patch.end("lines") :]


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
