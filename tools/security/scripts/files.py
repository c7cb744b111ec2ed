"""Files of scripts: rights for everybody, names in folders that everybody writes."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import HOLE, OWN_HOLE, Scope, Value

MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
SURE, LIKELY, DOUBTFUL = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
OPEN = "open-file-rights"
OWNER = "Give the owner alone the right."
CHANGED = re.compile(
    r"^fs(\.promises)?\.(chmod|chmodSync|fchmod|fchmodSync|lchmod|lchmodSync|mkdir|mkdirSync|writeFile|writeFileSync|"
    r"open|openSync)$"
)
CHMOD = re.compile(r"(^|\.)[fl]?(chmod|chmodSync)$")
WRITES = re.compile(
    r"^fs(\.promises)?\.(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|open|openSync|mkdir|"
    r"mkdirSync|copyFile|copyFileSync|rename|renameSync)$"
)
PUBLIC = re.compile(
    r"^(/private)?(/var|/usr)?/tmp/|^/dev/(shm|mqueue)/|^/(var/)?run/lock/|^/Library/Caches/|^/Users/Shared/"
    r"|^[A-Z]:\\+(Windows\\+)?(Temp|TMP)(\\|$)",
    re.I,
)
TEMPORARY = frozenset({"TMP", "TEMP", "TMPDIR", "TEMPDIR"})
CHOSEN = re.compile(r"random|uuid|nanoid|mkdtemp|crypto|createHash|pid\b", re.I)
OTHERS_WRITE = re.compile(r"\bS_IWOTH\b|\bS_IRWXO\b")
OTHERS = re.compile(r"\bS_I[RX]OTH\b")


def check_files(machine: Machine, call: Call) -> None:
    if call.name == "process.umask" or call.spelled == "process.umask":
        _mask(machine, call)
    elif CHANGED.search(call.name) or CHMOD.search(call.spelled):
        _rights(machine, call)
    if WRITES.search(call.name):
        _public(machine, call)


def _mask(machine: Machine, call: Call) -> None:
    mode = _mode(call.argument(0), call.nodes[0]) if call.nodes else None
    if mode is None:
        return
    if not mode & 2:
        machine.report(call.node, OPEN, 732, MEDIUM, SURE, "everybody may write what is made", OWNER)
    elif not mode & 4:
        machine.report(call.node, OPEN, 732, LOW, DOUBTFUL, "everybody may read what is made", OWNER)


def _rights(machine: Machine, call: Call) -> None:
    change = CHMOD.search(call.spelled) is not None
    nodes = call.nodes[:1] if change and len(call.nodes) == 1 else call.nodes[1:3]
    for node in nodes:
        number = call.nodes.index(node)
        given = call.argument(number)
        mode = _mode(given.held("mode") if given.fields else given, node) if change or given.fields else None
        mode = mode if mode is not None or change else _literal(node.text)
        if mode is None:
            continue
        if mode & 2:
            machine.report(call.node, OPEN, 732, MEDIUM, SURE, "everybody may write it", OWNER)
        elif mode & 7 and change:
            machine.report(call.node, OPEN, 732, MEDIUM, DOUBTFUL, "everybody may read it", OWNER)


def _mode(value: Value, node: Syntax) -> int | None:
    """Of a number, a text of digits, or constants' names."""
    if (OTHERS_WRITE if value.name == "" else re.compile(r"S_IWOTH|S_IRWXO")).search(f"{node.text} {value.name}"):
        return 2
    if OTHERS.search(f"{node.text} {value.name}"):
        return 4
    text = (value.text or "").strip()
    if value.kind == "string":
        return int(text, 8) if re.fullmatch(r"[0-7]+", text) else None
    return _literal(text or node.text)


def _literal(text: str) -> int | None:
    found = re.fullmatch(r"0[oO]([0-7]+)|0([0-7]+)|(\d+)", text.strip("'\""))
    if found is None:
        return None
    octal = found[1] or found[2]
    return int(octal, 8) if octal else int(found[3])


def _public(machine: Machine, call: Call) -> None:
    node, value = call.nodes[0] if call.nodes else None, call.argument(0)
    if node is None or value.level:
        return
    text = value.text or ""
    temporary = PUBLIC.match(text) or "tmpdir()" in (value.name + node.text) or _made_there(machine, node, call.scope)
    if temporary and not CHOSEN.search(f"{node.text} {_definition(machine, node)}") and HOLE not in text:
        sure = LIKELY if PUBLIC.match(text) is None or OWN_HOLE not in text else DOUBTFUL
        why, fix = "others can foresee the file's name and put a link there", "Use fs.mkdtemp."
        machine.report(call.node, "foreseeable-file", 377, MEDIUM, sure, why, fix)


def _definition(machine: Machine, node: Syntax) -> str:
    """What a variable was set to, as it is written."""
    if node.type != "identifier":
        return ""
    found = re.search(rf"\b{re.escape(node.text)}\s*=\s*([^;\n]+)", machine.tree.text)
    return found[1] if found else ""


def _made_there(machine: Machine, node: Syntax, scope: Scope) -> bool:
    return re.search(r"\btmpdir\(\)|process\.env\.(TMP|TEMP|TMPDIR)\b", _definition(machine, node)) is not None


def check_public_path(machine: Machine, node: Syntax, value: Syntax | None) -> None:
    """A name that is given a path which everybody can write to; told, as bandit tells it."""
    if value is None:
        return
    if (value.type == "string" and PUBLIC.match(value.string or "")) or (
        value.type == "member_expression"
        and value.text.startswith("process.env.")
        and value.text.rpartition(".")[2] in TEMPORARY
    ):
        why, fix = "everybody can write there", "Use fs.mkdtemp."
        machine.report(node, "public-folder", 377, LOW, DOUBTFUL, why, fix)


__all__ = ["check_files", "check_public_path"]
