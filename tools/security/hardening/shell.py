"""A command line for the shell becomes a list of arguments, where the shell has nothing else to do."""

from __future__ import annotations

import shlex

import libcst as cst

from tools.security.hardening.syntax import Edit, Place, code_of, is_name, is_plain, keyword, spread, without_keyword

CALLS = ("run", "call", "check_call", "check_output", "Popen")
SHELL_SIGNS = frozenset("|&;<>$`\\*?~(){}[]#!\n")
HOLE = "\0"


def as_list(call: cst.Call, place: Place) -> Edit | None:
    shell = keyword(call, "shell")
    if not place.has(*(f"subprocess.{name}" for name in CALLS)) or spread(call):
        return None
    if shell is None or not is_name(shell.value, "True") or not call.args or call.args[0].keyword is not None:
        return None
    words = _words(call.args[0].value)
    if words is None:
        return None
    items = cst.parse_expression(f"[{', '.join(words)}]")
    first = call.args[0].with_changes(value=items)
    return Edit(
        without_keyword(call.with_changes(args=[first, *call.args[1:]]), "shell"), "Run the program without a shell"
    )


def _words(node: cst.BaseExpression) -> list[str] | None:
    """The arguments as code; None where a shell would make more of them."""
    if isinstance(node, cst.SimpleString):
        text, holes = node.evaluated_value, list[str]()
    else:
        text, holes = (_parts(node) if isinstance(node, cst.FormattedString) else None) or ("|", [])
    if not isinstance(text, str) or SHELL_SIGNS & set(text):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if not words or HOLE in words[0] or "=" in words[0] or any(HOLE in word and word != HOLE for word in words):
        return None
    values = iter(holes)
    return [f"str({next(values)})" if word == HOLE else repr(word) for word in words]


def _parts(node: cst.FormattedString) -> tuple[str, list[str]] | None:
    text = ""
    holes: list[str] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            if "{" in part.value or "\\" in part.value:
                return None
            text += part.value
        elif isinstance(part, cst.FormattedStringExpression) and is_plain(part):
            text += HOLE
            holes.append(code_of(part.expression))
        else:
            return None
    return text, holes


__all__ = ["as_list"]
