"""Syntax of newer Pythons is read by whatever interpreter scans it, each line where it was."""

from __future__ import annotations

import ast

import pytest

from tools.security.flow.analysis import analyse
from tools.security.newer_python import older
from tools.security.readable_python import parsed, readable_if_needed

NEWER = [
    "x = f'{row['name']} of {', '.join(rows)}'",
    'x = f"{row["a"]["b"]!r:>{width}} {{kept}} {f"{inner["c"]}"}"',
    "x = f'''{row['name']}\n{rows}'''\ny = 1",
    "x = rf'\\d{row['name']}'",
    "x = f'{'\\n'.join(rows)}'",
    "x = f'{\n    rows  # all of them\n}'",
    "def first[T](rows: list[T]) -> T:\n    return rows[0]",
    "class Box[T: (int, str)]:\n    pass",
    "type Pair[T] = tuple[T, T]",
    "try:\n    pass\nexcept ValueError, TypeError:\n    pass",
]


@pytest.mark.parametrize("source", NEWER)
def test_it_is_read(source: str) -> None:
    text = older(source)
    assert text.count("\n") == source.count("\n")
    assert isinstance(ast.parse(text), ast.Module)


@pytest.mark.parametrize(
    "source",
    [
        "x = 'it\\'s' # don't\ny = \"\"\"a 'b' {c}\"\"\"",
        "x = f'{a} {{b}} {c!r:>10}' f\"{d['e']}\" u'u'",
        'def f() -> str:\n    """It\'s."""\n    return f"""{a["b"]}"""',
    ],
)
def test_what_is_old_already_means_the_same(source: str) -> None:
    assert ast.dump(ast.parse(older(source))) == ast.dump(ast.parse(source))
    assert readable_if_needed(source) is None


def test_what_is_no_python_stays_that() -> None:
    for source in ("def f(:", "x = f'{a", "x = '"):
        assert readable_if_needed(source) is None
        with pytest.raises(SyntaxError):
            parsed(source)


def test_data_is_followed_through_it() -> None:
    source = (
        "from flask import Flask, request\nimport os\napp = Flask(__name__)\n@app.route('/')\ndef f():\n"
        "    row = {'name': request.args.get('q')}\n    os.system(f'echo {row['name']}')\n    return 'x'\n"
    )
    found = analyse([("app.py", source)])
    assert not found.broken
    assert [(f.line, f.rule) for f in found.findings] == [(7, "command-injection")]
