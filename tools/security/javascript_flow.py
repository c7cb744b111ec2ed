"""What is known of the names of a script: which of them hold outside data, and which were checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tree_sitter import Node

from memory.records.report import Confidence, Finding, Severity

TOOL = "softwright-js"
REQUEST = re.compile(
    r"^(req|request|ctx\.request|ctx|event|c\.req)\.(query|body|params|param|headers|cookies|url|originalUrl|files?|queryStringParameters|"
    r"pathParameters|rawBody|hostname|get|header|json|formData|text|nextUrl|searchParams)\b"
)
PAGE = re.compile(
    r"^(window\.|document\.|self\.)?location(\.(search|hash|href|pathname))?$|^document\.(URL|documentURI|referrer|cookie)$|^window\.name$"
    r"|^(event|e|evt|message|msg)\.data$|^location\b"
)
WEAK = re.compile(r"^process\.argv\b")
CLEANERS = re.compile(
    r"^(parseInt|parseFloat|Number|Boolean|BigInt|encodeURIComponent|encodeURI|escapeHtml|escapeHTML|escape|_\.escape|he\.encode|"
    r"DOMPurify\.sanitize|sanitizeHtml|sanitize\w*|validator\.\w+|xss|path\.basename|basename|shellQuote|shellescape|quote|"
    r"mongoose\.Types\.ObjectId|ObjectId|crypto\.\w+|Math\.\w+|bcrypt\.\w+|jwt\.verify|mysql\.escape|\w+\.escape(Id|Literal|Identifier)?|SqlString\.\w+|"
    r"isNaN|Date|new Date|z\.\w+|\w*[sS]chema\.(parse|safeParse|validate)|String\.raw|uuid\w*|res\.\w+)$"
)
FIELDS = ("query", "body", "params", "headers", "cookies", "url", "originalUrl", "files", "file", "hostname")
"""Of a request, what its sender chooses."""
ROUTE = re.compile(r"^\w+(\.route\(.*\))?\.(get|post|put|patch|delete|all|use)$", re.S)
HANDLER = re.compile(r"(^|\.|\s)handler\s*$")
ASSIGNING = ("assignment_expression", "variable_declarator")
FUNCTION_TYPES = ("function_declaration", "function_expression", "arrow_function", "method_definition")
PASSING = frozenset(["identifier", "member_expression", "subscript_expression"])


@dataclass
class Scope:
    names: dict[str, int]
    """Name → 2 for outside data, 1 for weaker input, 0 for harmless."""
    parent: Scope | None
    checked: set[str] = field(default_factory=set)
    joined: bool = False
    """A block: what is assigned in it holds outside it too."""
    texts: dict[str, str] = field(default_factory=dict)
    strings: set[str] = field(default_factory=set)
    """Names of plain constants."""

    def level(self, name: str) -> int:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.checked:
                return 0
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return 0

    def text_of(self, name: str) -> str | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.texts:
                return scope.texts[name]
            scope = scope.parent
        return None

    def is_string(self, name: str) -> bool:
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.parent
        return scope is not None and name in scope.strings

    def set(self, name: str, level: int, text: str | None, *, plain: bool = False) -> None:
        (self.strings.add if plain else self.strings.discard)(name)
        self.names[name] = level
        self.checked.discard(name)
        if text is not None:
            self.texts[name] = text
        if self.joined and self.parent is not None:
            self.parent.set(name, max(level, self.parent.level(name)), text, plain=plain)


class Walk:
    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self.source = source
        self.findings: dict[tuple[int, str], Finding] = {}

    def text(self, node: Node | None) -> str:
        return (node.text or b"").decode("utf-8", "replace") if node is not None else ""

    def report(
        self, node: Node, rule: str, cwe: int, severity: Severity, confidence: Confidence, why: str, fix: str
    ) -> None:
        line = node.start_point[0] + 1
        self.findings.setdefault(
            (line, rule),
            Finding(
                file=self.file,
                line=line,
                cwe=cwe,
                severity=severity,
                confidence=confidence,
                rule=rule,
                tool=TOOL,
                why=why,
                fix=fix,
            ),
        )

    def level(self, node: Node | None, scope: Scope) -> int:
        """How much of what it is made of comes from outside: 2 request or page, 1 weaker, 0 nothing."""
        if node is None or node.type in {
            "string",
            "number",
            "regex",
            "true",
            "false",
            "null",
            "arrow_function",
            "function_expression",
        }:
            return 0
        text = self.text(node)
        if node.type == "identifier":
            return (
                2
                if PAGE.match(text) and text != "event" and scope.level(text) == 0 and text == "location"
                else scope.level(text)
            )
        if node.type in {"member_expression", "subscript_expression"}:
            return self._member(node, text, scope)
        if node.type in {"call_expression", "new_expression"}:
            return self._call(node, scope)
        if node.type == "ternary_expression":
            return max(self.level(node.child_by_field_name(part), scope) for part in ("consequence", "alternative"))
        if node.type == "binary_expression" and self.text(node.child_by_field_name("operator")) in {
            *("===", "!==", "==", "!=", "<", ">", "<=", ">=", "in", "instanceof", "-", "*", "/", "%"),
        }:
            return 0
        if node.type in {"unary_expression", "update_expression"}:
            return 0
        return max((self.level(child, scope) for child in node.named_children), default=0)

    def _member(self, node: Node, text: str, scope: Scope) -> int:
        if text in scope.checked or (scope.level(text) == 0 and self._is_checked(text, scope)):
            return 0
        plain = re.sub(r"\s+|\?", "", text)
        if REQUEST.match(plain) or PAGE.match(plain):
            return 2
        if WEAK.match(plain):
            return 1
        if plain.endswith(".length"):
            return 0
        held = scope.level(text)
        return held or self.level(node.child_by_field_name("object"), scope)

    def _is_checked(self, text: str, scope: Scope) -> bool:
        found: Scope | None = scope
        while found is not None:
            if text in found.checked:
                return True
            found = found.parent
        return False

    def _call(self, node: Node, scope: Scope) -> int:
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        name = self.text(function)
        if CLEANERS.match(name) or name.endswith((".indexOf", ".includes", ".startsWith", ".test", ".map.get")):
            return 0
        if re.match(
            r"^(req|request|ctx|c\.req)\.(param|query|get|header|json|text|formData|body|queries|parseBody)$", name
        ):
            return 2
        if name.endswith(".replace") and re.search(r"/\[\^[\w\s-]+\]/g|/</g", self.text(node)):
            return 0
        arguments = node.child_by_field_name("arguments")
        own = (
            self.level(function.child_by_field_name("object"), scope)
            if function is not None and function.type == "member_expression"
            else 0
        )
        if name.endswith((".find", ".findOne", ".findById", ".query", ".execute", ".count", ".save")) and not own:
            return 0
        return max(
            own, max((self.level(child, scope) for child in (arguments.named_children if arguments else ())), default=0)
        )

    def parameters(self, node: Node, scope: Scope) -> None:
        """Parameters hide outer names; a handler's request is known by its name."""
        for holder in (node.child_by_field_name("parameters"), node.child_by_field_name("parameter")):
            for child in holder.named_children if holder is not None and holder.type != "identifier" else ():
                self._pattern(child, 0, scope)
        self._foreign_parameters(node, scope)

    def _foreign_parameters(self, node: Node, scope: Scope) -> None:
        """The first of a route's handler, whatever its name, and the event of a cloud function."""
        holder = node.child_by_field_name("parameters")
        children = [child for child in holder.named_children if child.type != "comment"] if holder is not None else []
        first = children[0] if children else None
        if first is not None and first.type == "required_parameter":
            first = first.child_by_field_name("pattern")
        if first is None or not children:
            return
        parent = node.parent
        named = self.text(parent)[:200].partition("=")[0] if parent is not None and parent.type in ASSIGNING else ""
        if HANDLER.search(named):
            self._pattern(first, 2, scope)
        elif len(children) > 1 and (self._is_route(parent) or "Response" in self.text(children[1])):
            if first.type == "identifier":
                for name in FIELDS:
                    scope.names[f"{self.text(first)}.{name}"] = 2
            else:
                self._pattern(first, 2, scope)

    def _is_route(self, parent: Node | None) -> bool:
        """`app.get("/path", (q, r) => ...)`."""
        call = parent.parent if parent is not None and parent.type == "arguments" else None
        return call is not None and bool(ROUTE.match(self.text(call.child_by_field_name("function"))))

    def assign(self, node: Node, scope: Scope) -> None:
        if node.type == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        elif node.type in {"assignment_expression", "augmented_assignment_expression"}:
            name, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        else:
            return
        if name is None or value is None:
            return
        level = self.level(value, scope)
        if node.type.startswith("augmented"):
            level = max(level, self.level(name, scope))
        text = self.text(value)[1:-1] if value.type == "string" else self.text(value)[:300]
        called, known = self.text(name), scope.text_of(self.text(name))
        if known and (node.type.startswith("augmented") or text.startswith((f"{called}.", f"{called} +"))):
            text = f"{known} {text}"[:600]  # what it was before is still in it
        if name.type in PASSING:
            scope.set(self.text(name), level, text, plain=value.type == "string")
        else:
            self._pattern(name, level, scope)

    def _pattern(self, node: Node, level: int, scope: Scope) -> None:
        """`{a, b: c}`, `[a, b]`."""
        if node.type in {"identifier", "shorthand_property_identifier_pattern", "shorthand_property_identifier"}:
            scope.set(self.text(node), level, None)
            return
        for child in node.named_children:
            if child.type in {"property_identifier", "type_annotation", "number", "string"}:
                continue
            self._pattern(child, level, scope)

    def checks(self, condition: Node, scope: Scope) -> tuple[list[str], list[str]]:
        """Names that are harmless where the condition holds, and where it does not."""
        text = self.text(condition)
        positive: list[str] = []
        negative: list[str] = []
        patterns = (
            r"(?P<no>!)?\s*[\w.]+\.(?:includes|has|hasOwnProperty|test)\(\s*(?P<name>[\w.\[\]'\"]+)\s*\)",
            r"(?P<no>!)?\s*/\^[^/]*\$/[a-z]*\.test\(\s*(?P<name>[\w.]+)\s*\)",
            r"(?P<no>!)?\s*(?P<name>[\w.]+)\.startsWith\(\s*[A-Z\w.]+(?:\s*\+\s*[\w.]+)?\s*\)",
            r"(?P<no>!)?\s*(?:is_?(?:safe|valid|allowed)\w*|validator\.\w+|isValid\w*|isSafe\w*|isAllowed\w*)\(\s*(?P<name>[\w.]+)",
        )
        for pattern in patterns:
            for match in re.finditer(pattern, text, re.I):
                names = self._related(match["name"], scope)
                (negative if match["no"] else positive).extend(names)
        for match in re.finditer(r"([\w.]+)\s*(===?|!==?)\s*(['\"][^'\"]*['\"]|[A-Z_]{3,})", text):
            if match[1].startswith(("typeof", "req.method")) or f"typeof {match[1]}" in text:
                continue
            (positive if match[2].startswith("=") else negative).extend(self._related(match[1], scope))
        return positive, negative

    def _related(self, name: str, scope: Scope) -> list[str]:
        """`url.hostname` was checked: `url`, and what it was made of, is then known."""
        found = [name]
        base = name.split(".")[0]
        if base != name and scope.text_of(base) is not None and "URL(" in (scope.text_of(base) or ""):
            made = scope.text_of(base) or ""
            found += [base, *re.findall(r"URL\(\s*([\w.]+)", made)]
        return found

    def constant_truth(self, condition: Node) -> bool | None:
        text = self.text(condition).strip("() ")
        return {"true": True, "false": False, "1": True, "0": False}.get(text)

    def ends(self, block: Node) -> bool:
        last = block.named_children[-1] if block.type == "statement_block" and block.named_children else block
        return last.type in {"return_statement", "throw_statement", "continue_statement", "break_statement"}


def function_around(node: Node) -> Node:
    """The function that it stands in; itself where there is none."""
    found: Node | None = node
    while found is not None and found.type not in FUNCTION_TYPES:
        found = found.parent
    return found if found is not None else node


__all__ = ["Scope", "Walk", "function_around"]
