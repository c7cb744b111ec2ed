"""Functions that copy one object's keys into another's, however deep: `__proto__` is a key like any other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memory.records.report import Confidence, Severity
from tools.security.scripts.guards import spelled
from tools.security.scripts.machine import Machine
from tools.security.scripts.syntax import FUNCTIONS, Syntax, function_name

POLLUTION = ("prototype-pollution", 1321, Severity.HIGH)
REMEDY = "Use a Map, or allow known keys."
LONGEST = 6000
LOOPING = re.compile(r"\bfor\s*\(|\.forEach|Object\.keys|\.reduce|\.split\(|while\s*\(|\b[eE]ach|for[A-Z]\w+\(")
LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
OWN = re.compile(r"Object\.create\(\s*null\s*\)|new Map\(|instanceof Object\b|isPrototype\w*\(")
ASKING = r"\w*(?:[sS]afe|[vV]alid|[aA]llow|[fF]orbid|[bB]lock|[bB]lack|[wW]hite|[dD]eny|[pP]roto|[pP]ollut)\w*"


def check_merging(machine: Machine, node: Syntax) -> None:
    if node.type not in FUNCTIONS or len(node.text) > LONGEST or not LOOPING.search(node.text):
        return
    name = function_name(node)
    if name is None or OWN.search(node.text):
        return
    inside = list(_walk(node))
    again = rf"\b{re.escape(name.rpartition('.')[2])}\s*\("
    for target, key, assignment in _stored(inside):
        if _is_guarded(node.text, target, key):
            continue
        if _goes_deeper(inside, again, target, key) and not re.search(again, _right(assignment)):
            machine.report(assignment, *POLLUTION, Confidence.MEDIUM, "every key is copied, __proto__ too", REMEDY)
        elif _walks(inside, target) and not re.search(r"(\{\}|\[\])$", _right(assignment)):
            machine.report(assignment, *POLLUTION, Confidence.MEDIUM, "a path of keys can hold __proto__", REMEDY)


def _stored(inside: list[Syntax]) -> Iterator[tuple[str, str, Syntax]]:
    """`target[key] = ...`, the key being no constant."""
    for node in inside:
        left = node.part("left") if node.type == "assignment_expression" else None
        if left is None or left.type != "subscript_expression":
            continue
        holder, index = left.part("object"), left.part("index")
        if holder is None or index is None or holder.type != "identifier":
            continue
        if index.type in {"identifier", "subscript_expression"} and not _counts(inside, index.text):
            yield holder.text, spelled(index), node


def _counts(inside: list[Syntax], name: str) -> bool:
    """`i`, of a list's items."""
    return any(
        (node.type == "update_expression" and node.text.strip("+-") == name)
        or (node.type == "augmented_assignment_expression" and (node.part("left") or node).text == name)
        for node in inside
    )


def _right(assignment: Syntax) -> str:
    return (assignment.part("right") or assignment).text


def _goes_deeper(inside: list[Syntax], again: str, target: str, key: str) -> bool:
    """The function is called with what the target holds under the key."""
    place = f"{target}[{key}]"
    names = {place}
    for node in inside:
        holder, value = node.part("name"), node.part("value")
        if node.type == "variable_declarator" and holder is not None and value is not None:
            read = re.fullmatch(rf"\w+\({re.escape(target)},{re.escape(key)}\)", spelled(value))
            if spelled(value) == place or read:
                names.add(holder.text)
    for node in inside:
        function, given = node.part("function"), node.part("arguments")
        if node.type != "call_expression" or function is None or given is None:
            continue
        if re.search(again, f"{function.text}(") and any(spelled(kid) in names for kid in given.kids):
            return True
    return False


def _walks(inside: list[Syntax], target: str) -> bool:
    """`target = target[key]`, again and again."""
    for node in inside:
        left, right = node.part("left"), node.part("right")
        if node.type == "assignment_expression" and left is not None and right is not None and left.text == target:
            deeper = re.match(rf"{re.escape(target)}\[(?!['\"\d])", spelled(right).lstrip("("))
            if deeper and node.around(LOOPS | FUNCTIONS) is not None and _in_loop(node):
                return True
    return False


def _in_loop(node: Syntax) -> bool:
    around = node.around(LOOPS | FUNCTIONS)
    return around is not None and (
        around.type in LOOPS or (around.parent is not None and around.parent.type == "arguments")
    )


def _is_guarded(text: str, target: str, key: str) -> bool:
    if "__proto__" in text and re.search(r"constructor|prototype\b", text):
        return True
    own = rf"(?:hasOwnProperty|hasOwn)(?:\.call)?\(\s*{re.escape(target)}\s*,|{re.escape(target)}\.hasOwnProperty\("
    plain = rf"[iI]sPlainObject\(\s*{re.escape(target)}\b|\w+\.call\(\s*{re.escape(target)}\s*,\s*{re.escape(key)}"
    asked = rf"\b{ASKING}\(\s*{re.escape(key)}\b|\w+\.(?:includes|indexOf|has)\(\s*{re.escape(key)}\s*\)"
    return re.search(rf"{own}|{plain}|{asked}", text) is not None


def _walk(node: Syntax) -> Iterator[Syntax]:
    yield node
    for kid in node.kids:
        yield from _walk(kid)


__all__ = ["POLLUTION", "REMEDY", "check_merging"]
