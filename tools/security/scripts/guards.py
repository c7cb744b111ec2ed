"""What a condition tells of the values in it, where it holds and where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import EVERY, ROOT, UP

PLACES = frozenset({"identifier", "member_expression", "subscript_expression"})
ALL = frozenset({EVERY})
TEXT = frozenset({"nosql", "proto"})
MARKUP = frozenset({"html", "markup"})
ELEMENT = re.compile(r"\.(jquery|nodeType|nodeName|tagName|parentNode)$")
"""Of what is no text."""
VALIDATING = re.compile(
    r"(^|\.|_)(is_?(safe|valid|allowed|white_?listed|numeric|int|alpha\w*|email|uuid|in|trusted|"
    r"local|relative|element|same\w*|sanit\w*)\w*|(validate|check|allow|verify|sanitize)\w*|has|hasOwn|"
    r"isInteger|isSafeInteger|isArray|isFinite|isNumber|safe\w*|\w*(whitelist|allowlist)\w*|"
    r"\w*(Is|is)?(Valid|Safe|Allowed)\w*)$"
)
NAMED_CONSTANT = re.compile(r"^[A-Z][A-Z0-9_.]{2,}$")


@dataclass(frozen=True)
class Told:
    place: str
    classes: frozenset[str]


Facts = tuple[list[Told], list[Told]]
"""Of the way on which the condition holds, and of the other."""


def facts(node: Syntax) -> Facts:
    if (
        node.type in {"parenthesized_expression", "non_null_expression", "as_expression", "await_expression"}
        and node.kids
    ):
        return facts(node.kids[0])
    if node.type == "unary_expression" and node.text.startswith("!"):
        yes, no = facts(node.kids[-1])
        return [*no, *absent(node.kids[-1])], yes
    if node.type == "binary_expression":
        return _binary(node)
    if node.type == "call_expression":
        return list(_call(node)), []
    if node.type in PLACES:
        # `allowed[name]`: a table of what may be.
        index = node.part("index")
        told = [Told(spelled(index), ALL)] if index is not None and index.type in PLACES else []
        holder = node.part("object")
        if holder is not None and holder.type in PLACES and ELEMENT.search(node.text):
            told.append(Told(spelled(holder), MARKUP))
        return told, [Told(spelled(node), ALL)] if node.type == "identifier" else []
    return [], []


def _binary(node: Syntax) -> Facts:
    left, right = node.part("left"), node.part("right")
    operator = (node.part("operator") or node).text
    if left is None or right is None:
        return [], []
    if operator in {"&&", "||"}:
        (yes, no), (also, neither) = facts(left), facts(right)
        if operator == "&&":
            return yes + also, _both(no, neither)
        return _both(yes, also), no + neither
    if operator in {"===", "==", "!==", "!="}:
        told = [*_equal(left, right), *_equal(right, left)]
        told += [fact for side, other in ((left, right), (right, left)) for fact in _compared(side, other)]
        inverse = _found(left, right, operator)
        if inverse is not None:
            return inverse
        no_text = [*_no_text(left, right), *_no_text(right, left)]
        return (told, no_text) if operator.startswith("=") else (no_text, told)
    if operator in {">", ">=", "<", "<="}:
        return _found(left, right, operator) or ([], [])
    if operator in {"in", "instanceof"}:
        if left.type not in PLACES:
            return [], []
        return [Told(spelled(left), ALL if operator == "in" else MARKUP | {"proto"})], []
    return [], []


def _both(one: list[Told], other: list[Told]) -> list[Told]:
    """What each of two ways says."""
    held = {told.place: told.classes for told in other}
    return [
        Told(told.place, told.classes & held[told.place] if EVERY not in held[told.place] else told.classes)
        for told in one
        if told.place in held
    ]


def _equal(side: Syntax, other: Syntax) -> Iterator[Told]:
    """`x === "known"`."""
    constant = other.string is not None or other.type in {"number", "true", "false", "null", "undefined"}
    if side.type in PLACES and (constant or NAMED_CONSTANT.match(other.text)) and other.string != "":
        yield from _of(side, ALL)
    if (
        side.type == "unary_expression"
        and side.text.startswith("typeof")
        and other.string in {"string", "number", "boolean", "function"}
    ):
        known = {"string": TEXT, "function": frozenset({"proto"})}.get(other.string or "", ALL)
        yield from _of(side.kids[-1], known)


def _no_text(side: Syntax, other: Syntax) -> Iterator[Told]:
    """Where `typeof x === "string"` does not hold."""
    if side.type == "unary_expression" and side.text.startswith("typeof") and other.string in {"string", "object"}:
        yield from _of(side.kids[-1], MARKUP if other.string == "string" else frozenset({"proto"}))


def _compared(side: Syntax, other: Syntax) -> Iterator[Told]:
    """`url.host === location.host`, `path.normalize(x) === x` and the like."""
    if side.type == "member_expression" and re.search(r"\.(host|hostname|origin|protocol)$", side.text):
        yield from _of(side, frozenset({"redirect", "ssrf"}))
    if side.type == "subscript_expression" and (side.part("index") or side).text == "0" and other.string is not None:
        return
    if (
        side.type == "call_expression"
        and re.search(r"\.(substr|substring|slice)$", _called(side))
        and other.string is None
    ):
        yield from _of(side, frozenset({"path", "redirect", "ssrf"}))
    if side.type == "call_expression" and re.search(r"parentOf|dirname$", _called(side)):
        yield from (Told(spelled(argument), frozenset({"path"})) for argument in _arguments(side))


def _found(left: Syntax, right: Syntax, operator: str) -> Facts | None:
    """`list.indexOf(x) !== -1`, `path.indexOf("..") === -1`, `x.search(re) >= 0`."""
    call, number = (left, right) if left.type == "call_expression" else (right, left)
    if call.type != "call_expression" or not re.fullmatch(r"-?[01]", number.text):
        return None
    name = _called(call)
    if not name.endswith((".indexOf", ".search", ".lastIndexOf")):
        return None
    absent = (operator in {"===", "=="} and number.text == "-1") or (operator == "<" and number.text == "0")
    first = operator in {"===", "=="} and number.text == "0"
    told = list(_within(call, name, whole=not first))
    if first:
        return told, []
    negative = list(_without(call))
    return (negative, told) if absent else (told, negative)


def _call(node: Syntax) -> Iterator[Told]:
    name = _called(node)
    arguments = _arguments(node)
    if name.endswith((".test", ".exec", ".match")):
        yield from _matched(node, name, arguments)
    elif name.endswith(
        (".includes", ".indexOf", ".has", ".contains", ".startsWith", ".hasOwnProperty", ".endsWith", ".some")
    ):
        yield from _within(node, name, whole=not name.endswith(".startsWith"))
    elif name.endswith(("path.isAbsolute", "isPathInside", "path-is-inside", "pathIsInside")) and arguments:
        yield from _of(arguments[0], frozenset({"path"}) if "nside" in name else frozenset())
    elif re.search(r"(^|\.)Array\.isArray$", name):
        return
    elif VALIDATING.search(name) and arguments:
        for argument in arguments[:2]:
            yield from _of(argument, ALL)


def _matched(node: Syntax, name: str, arguments: list[Syntax]) -> Iterator[Told]:
    """A pattern from the beginning to the end."""
    holder = (node.part("function") or node).part("object")
    pattern, subject = (
        (arguments[0] if arguments else None, holder)
        if name.endswith(".match")
        else (holder, arguments[0] if arguments else None)
    )
    if pattern is None or subject is None:
        return
    written = pattern.text if pattern.type == "regex" else None
    if written is None or (
        re.match(r"/\^", written) and re.search(r"\$/\w*$", written) and ".*" not in written and ".+" not in written
    ):
        yield from _of(subject, ALL)
    elif re.match(r"/\^https?", written):
        yield from _of(
            subject, frozenset({"redirect", "ssrf"}) if re.search(r"\\\.\w+(\\/|/|\[|\(|\$)", written) else frozenset()
        )
    elif re.match(r"/\^\[?\^?\\w|/\^\[[\w\\-]+\]\+?\$", written):
        yield from _of(subject, ALL)


def _within(node: Syntax, name: str, *, whole: bool) -> Iterator[Told]:
    """`allowed.includes(x)`; and `x.startsWith(root)`."""
    holder = (node.part("function") or node).part("object")
    arguments = _arguments(node)
    if holder is None or not arguments:
        return
    argument = arguments[0]
    if re.match(r"['\"`]\.\.", argument.text):
        return
    if (
        name.endswith((".startsWith", ".indexOf", ".lastIndexOf", ".search"))
        and holder.type in PLACES
        and (not whole or name.endswith(".startsWith"))
    ):
        text = argument.string
        if text is None:
            yield from _of(holder, frozenset({"path", "redirect", "ssrf"}))
        elif re.match(r"https?://[^/]+/", text):
            yield from _of(holder, frozenset({"redirect", "ssrf"}))
        elif len(text) > 1 and text.startswith(("/", ".")) and not text.startswith(("//", "..")):
            yield from _of(holder, frozenset({"redirect"}))
    if argument.type in PLACES and holder.string is None:
        yield from _of(argument, ALL)


def _without(node: Syntax) -> Iterator[Told]:
    """`x.indexOf("..")`: where it is not found."""
    holder = (node.part("function") or node).part("object")
    arguments = _arguments(node)
    if holder is not None and holder.type in PLACES and arguments and ".." in (arguments[0].string or ""):
        yield from _of(holder, frozenset({UP}))


def absent(node: Syntax) -> list[Told]:
    """Where `x.includes("..")` does not hold."""
    if node.type == "parenthesized_expression" and node.kids:
        return absent(node.kids[0])
    if node.type == "binary_expression" and (node.part("operator") or node).text == "||":
        return [told for kid in node.kids for told in absent(kid)]
    if node.type == "binary_expression" and re.search(r"^(===?|>=?|>)$", (node.part("operator") or node).text):
        call = node.part("left") or node
        zero = (node.part("right") or node).text
        if call.type == "call_expression" and _called(call).endswith((".indexOf", ".search")) and zero in {"0", "-1"}:
            return list(_without(call))
        if call.type == "call_expression" and re.search(r"\.(substr|substring|slice|charAt)$", _called(call)):
            return []
    if node.type == "binary_expression" and (node.part("operator") or node).text in {"&&"}:
        return []
    if node.type == "call_expression" and _called(node).endswith(".startsWith"):
        first = _arguments(node)[0].text if _arguments(node) else ""
        holder = (node.part("function") or node).part("object")
        return list(_of(holder, frozenset({UP}))) if holder is not None and re.match(r"['\"`]\.", first) else []
    if node.type == "call_expression" and _called(node).endswith("isAbsolute"):
        return [told for kid in _arguments(node)[:1] for told in _of(kid, frozenset({ROOT}))]
    if node.type == "call_expression" and _called(node).endswith((".includes", ".match", ".test")):
        pattern = _arguments(node)[0] if _arguments(node) else None
        if _called(node).endswith(".test"):
            pattern, subject = (node.part("function") or node).part("object"), pattern
            if pattern is not None and subject is not None and re.search(r"\\\.\\\.|\.\.", pattern.text):
                return list(_of(subject, frozenset({UP})))
            return []
        return list(_without(node))
    return []


def _of(node: Syntax, classes: frozenset[str]) -> Iterator[Told]:
    """Of `url.hostname`, of `url` too."""
    if not classes:
        return
    if node.type in PLACES:
        yield Told(spelled(node), classes)
        holder = node.part("object") if node.type == "member_expression" else None
        if (
            holder is not None
            and holder.type == "identifier"
            and re.search(r"\.(host|hostname|origin|pathname|protocol|href)$", node.text)
        ):
            yield Told(spelled(holder), classes | {"redirect", "ssrf"})
    elif node.type == "call_expression":
        inner = (node.part("function") or node).part("object")
        if inner is not None and inner.type in PLACES:
            yield Told(spelled(inner), classes)
        for argument in _arguments(node):
            if argument.type in PLACES:
                yield Told(spelled(argument), classes)


def spelled(node: Syntax) -> str:
    return re.sub(r"\s+|[?!]", "", node.text)


def _called(node: Syntax) -> str:
    function = node.part("function")
    return spelled(function) if function is not None else ""


def _arguments(node: Syntax) -> list[Syntax]:
    held = node.part("arguments")
    return held.kids if held is not None else []


__all__ = ["PLACES", "Told", "absent", "facts", "spelled"]
