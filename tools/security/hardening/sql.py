"""Values that were written into a statement become its parameters, where the driver's sign for them is known."""

from __future__ import annotations

import re

import libcst as cst

from tools.security.hardening.syntax import Edit, Place, code_of, is_plain, spread

SIGNS = {"sqlite3": "?", "aiosqlite": "?", "psycopg": "%s", "psycopg2": "%s", "pymysql": "%s", "MySQLdb": "%s"}
VALUE_BEFORE = re.compile(r"(=|<|>|<>|!=|\bLIKE|\bLIMIT|\bOFFSET|\bIN\s*\(|\bVALUES\s*\(|,)\s*'?$", re.IGNORECASE)
LIST_OF_VALUES = re.compile(r"\b(VALUES|IN)\s*\([^()]*$", re.IGNORECASE)
"""A comma stands between values here, and between columns elsewhere."""


def with_parameters(call: cst.Call, place: Place) -> Edit | None:
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "execute" or spread(call):
        return None
    signs = {sign for module, sign in SIGNS.items() if module in place.modules}
    if len(call.args) != 1 or call.args[0].keyword is not None or len(signs) != 1:
        return None
    sign = signs.pop()
    pieces = _pieces(call.args[0].value)
    if pieces is None or not any(not isinstance(piece, str) for piece in pieces):
        return None
    made = _statement(pieces, sign)
    if made is None:
        return None
    text, values = made
    code = f"({', '.join(values)},)" if len(values) == 1 else f"({', '.join(values)})"
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    args = [cst.Arg(cst.SimpleString(_quoted(text)), comma=comma), cst.Arg(cst.parse_expression(code))]
    return Edit(call.with_changes(args=args), "Pass the values as parameters of the statement")


def _quoted(text: str) -> str:
    return f'"""{text}"""' if "\n" in text and '"""' not in text else repr(text)


Piece = str | cst.BaseExpression


def _pieces(node: cst.BaseExpression) -> list[Piece] | None:
    """Texts and the values between them."""
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return [value] if isinstance(value, str) else None
    if isinstance(node, cst.FormattedString):
        return _formatted(node)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        left, right = _pieces(node.left), _pieces(node.right)
        return [*left, *right] if left is not None and right is not None else None
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Modulo):
        return _percent(node)
    return [node] if isinstance(node, cst.Name | cst.Attribute | cst.Subscript | cst.Call) else None


def _formatted(node: cst.FormattedString) -> list[Piece] | None:
    if "r" in node.prefix.lower():
        return None
    found: list[Piece] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            if "\\" in part.value:
                return None
            found.append(part.value.replace("{{", "{").replace("}}", "}"))
        elif isinstance(part, cst.FormattedStringExpression) and is_plain(part):
            found.append(part.expression)
        else:
            return None
    return found


def _percent(node: cst.BinaryOperation) -> list[Piece] | None:
    if not isinstance(node.left, cst.SimpleString) or not isinstance(node.left.evaluated_value, str):
        return None
    texts = re.split(r"%[sd]", node.left.evaluated_value)
    given = [e.value for e in node.right.elements] if isinstance(node.right, cst.Tuple) else [node.right]
    if len(texts) != len(given) + 1 or any("%" in text for text in texts):
        return None
    found: list[Piece] = [texts[0]]
    for value, text in zip(given, texts[1:], strict=True):
        found += [value, text]
    return found


def _statement(pieces: list[Piece], sign: str) -> tuple[str, list[str]] | None:
    """None where a value stands for a name, or is a part of a text."""
    text, values, quoted = "", [], False
    for piece in pieces:
        if isinstance(piece, str):
            if "%" in piece and sign == "%s":
                return None
            if quoted:
                if not piece.startswith("'"):
                    return None
                piece = piece[1:]
            text, quoted = text + piece, False
            continue
        before = VALUE_BEFORE.search(text)
        if quoted or before is None or (before[1] == "," and not LIST_OF_VALUES.search(text)):
            return None
        if text.endswith("'"):
            text, quoted = text[:-1], True
        text += sign
        values.append(code_of(piece))
    return None if quoted else (text, values)


__all__ = ["with_parameters"]
