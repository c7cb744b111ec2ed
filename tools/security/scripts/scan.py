"""JavaScript and TypeScript: data of a request, a message or a page followed to dangerous calls, across files."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from memory.records.report import Finding
from tools.security.scripts.answers import check_answered
from tools.security.scripts.crypto import check_crypto
from tools.security.scripts.databases import check_database, check_statement
from tools.security.scripts.forgery import check_forgery
from tools.security.scripts.machine import Call, Key
from tools.security.scripts.merging import check_merging
from tools.security.scripts.modules import required, resolved
from tools.security.scripts.pages import check_assigned, check_attribute, check_made, check_trusted
from tools.security.scripts.patterns import check_built, check_pattern
from tools.security.scripts.secrets import check_named, check_secrets
from tools.security.scripts.settings import check_environment, check_given, check_pair, check_settings
from tools.security.scripts.sinks import check_sinks
from tools.security.scripts.sources import MESSAGE
from tools.security.scripts.statements import Statements
from tools.security.scripts.syntax import Syntax, Tree
from tools.security.scripts.unknown import check_scheme
from tools.security.scripts.values import Scope, Value
from tools.security.surest import keep_surest

TOGETHER = 2_500_000
"""Characters of scripts."""
PATIENCE_S = 600.0
TEST = re.compile(r"(^|/)(tests?|__tests__|specs?|e2e|cypress)/|[.\-_](test|spec|e2e|cy)\.[cm]?[jt]sx?$")


class Scan(Statements):
    def check_call(self, call: Call) -> None:
        check_sinks(self, call)
        check_answered(self, call)
        check_database(self, call)
        check_statement(self, call)
        check_trusted(self, call)
        check_built(self, call)
        check_crypto(self, call)
        check_settings(self, call)
        check_secrets(self, call)
        check_forgery(self, call)

    def check_node(self, node: Syntax, scope: Scope) -> None:
        if node.type == "pair":
            key = node.part("key")
            check_named(self, key.text.strip("'\"") if key is not None else "", node.part("value"), node)
            check_pair(self, node, scope)
            check_given(self, node, node.part("value"))
        elif node.type in {"variable_declarator", "public_field_definition", "field_definition"}:
            name = node.part("name") or node.part("property")
            check_named(self, name.text if name is not None else "", node.part("value"), node)
            check_given(self, node, node.part("value"))
        elif node.type == "regex":
            check_pattern(self, node)
        elif node.type == "jsx_attribute":
            check_attribute(self, node, scope)

    def check_made(self, node: Syntax, value: Value) -> None:
        check_made(self, node, value)
        check_scheme(self, node, value)

    def check_assignment(self, node: Syntax, target: str, value: Value, scope: Scope) -> None:
        check_assigned(self, node, target, value, scope)
        if target.endswith(".onmessage") and value.closure is not None:
            self._deferred([value.closure], (MESSAGE,))
        check_environment(self, node, target, value)
        check_named(self, target.rpartition(".")[2], node.part("right"), node)
        check_given(self, node, node.part("right"))

    def function(self, node: Syntax, scope: Scope) -> Value:
        if id(node) not in self.met and id(node) not in self.called:
            check_merging(self, node)
        return super().function(node, scope)


def is_test(file: str) -> bool:
    """What a test hands to the code that it tests is nobody's data and no secret of that code."""
    return TEST.search(file) is not None


def scan_script(file: str, text: str) -> list[Finding]:
    return scan_scripts([(file, text)])[0]


def scan_scripts(
    texts: Iterable[tuple[str, str]], patience_s: float = PATIENCE_S
) -> tuple[list[Finding], dict[str, str]]:
    """Scripts of a folder, each with what it calls in others; and those that there was no time for.

    Neighbours are looked at together as long as they are small enough: what is known of a script takes room."""
    until = time.monotonic() + patience_s
    found: dict[tuple[str, int, str], Finding] = {}
    unreached: dict[str, str] = {}

    def within(file: str, work: Callable[[], None]) -> None:
        if time.monotonic() > until:
            unreached[file] = f"the pass over scripts took longer than {patience_s:.0f} s"
            return
        try:
            work()
        except RecursionError:
            unreached[file] = "its code is nested too deeply"

    for some in _parts(texts):
        folder = Folder(some)
        for file in some:
            within(file, partial(folder.load, file))
        # Tests come last: what a function was found to do for them is not asked again for others.
        for file, scan in sorted(folder.scans.items(), key=lambda item: is_test(item[0])):
            within(file, scan.run)
        for file, scan in folder.scans.items():
            for key, finding in scan.findings.items():
                if not is_test(file) or is_test(finding.file):
                    keep_surest(found, key, finding)
    return list(found.values()), unreached


def _parts(texts: Iterable[tuple[str, str]]) -> Iterator[dict[str, str]]:
    some: dict[str, str] = {}
    size = 0
    for file, text in texts:
        if some and size + len(text) > TOGETHER:
            yield some
            some, size = {}, 0
        some[file] = text
        size += len(text)
    if some:
        yield some


class Folder:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.scans: dict[str, Scan] = {}
        self.files: dict[tuple[str, str], str | None] = {}
        self.known: dict[Key, tuple[Value, Value]] = {}

    def load(self, file: str) -> None:
        """After what it asks for, however long the chain; of a circle, one goes first."""
        waiting = [file]
        begun: set[str] = set()
        while waiting:
            one = waiting[-1]
            if one in self.scans or one in begun:
                waiting.pop()
                if one not in self.scans:
                    scan = self.scans[one] = Scan(Tree(one, self.texts[one]), self)
                    scan.load()
                continue
            begun.add(one)
            others = [self.named(one, source) for source in required(self.texts[one])]
            waiting += [other for other in reversed(others) if other is not None and other not in begun]

    def named(self, importer: str, source: str) -> str | None:
        if (importer, source) not in self.files:
            self.files[importer, source] = resolved(importer, source, self.texts)
        return self.files[importer, source]

    def exports(self, importer: str, source: str) -> Value | None:
        file = self.named(importer, source)
        scan = self.scans.get(file) if file is not None else None
        return scan.whole_module() if scan is not None else None


__all__ = ["scan_script", "scan_scripts"]
