"""Routes and views that change something and ask nobody who is calling, beside others that do."""

from __future__ import annotations

import ast
import re

from memory.records.report import Confidence, Severity
from tools.security.flow.entries import VERBS, web_kind
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.modules import Function, Module
from tools.security.flow.weaknesses import Weakness, tell

PRIVILEGED = re.compile(
    r"admin|delete|remove|destroy|update|edit|create|promote|grant|role|permission|transfer|refund|approve|ban|settings|export|users?\b",
    re.I,
)
OPEN = re.compile(
    r"login|logout|log_in|sign|register|health|ready|live|metrics|webhook|callback|token|refresh|password|reset|verify|confirm|static|docs|openapi"
    r"|index|home|root|ping|status|version|public|robots|favicon|contact|feedback|subscribe|csrf|auth",
    re.I,
)
GUARD = re.compile(
    r"login_required|requires?_|_required|permission|authenticated|authori[sz]e|jwt_|token_required|admin_only|roles?_|protected|guard|auth|user_passes_test|"
    r"current_user|verify_|IsAdmin|staff_member|scopes?|api_?key|principal|signed_in|owner",
    re.I,
)
DEEP = 4
CHANGING = frozenset({"post", "put", "patch", "delete"})


CHANGES = re.compile(
    r"\.(delete|save)\(|objects\.(create|update|bulk_create|get_or_create|update_or_create)\(|\.update\(|set_password\("
)
ASKS = re.compile(
    r"request\.(user|auth|session)|is_authenticated|has_perm|PermissionDenied|user_passes|check_\w*(perm|access)|login_url"
    r"|api_?key|token|signature|compare_digest|current_user",
    re.IGNORECASE,
)
EDITING = frozenset({"DeleteView", "UpdateView", "CreateView"})
ASKING = re.compile(r"(Login|Permission|Access|Auth|UserPassesTest|Staff|Superuser|Owner)\w*Mixin")
UNGUARDED = Weakness(
    "missing-authorisation", 862, Severity.HIGH,
    "it changes data and, unlike its neighbours, does not ask who is calling",
    "Require the same login and check the right to do this.", Confidence.MEDIUM,
)  # fmt: skip


def check_routes(
    module: Module, found: list[tuple[Function, ast.ClassDef | None]], frame: Frame, machine: Machine
) -> None:
    """Routes that change something and ask nobody who is calling, in a module whose other routes do."""
    routes = [(node, _verb(node)) for node, owner in found if web_kind(node, owner, module) == "route" and _verb(node)]
    if re.search(r"dependencies\s*=\s*\[|before_request|add_middleware\(\s*Auth", module.source):
        return
    owners = {node: owner for node, owner in found if owner is not None}
    guarded = [
        n for n, _ in routes if _is_guarded(n, module) or (n in owners and _class_asks(owners[n], module, machine))
    ]
    if not guarded:
        return
    for node, verb in routes:
        words = f"{node.name} {' '.join(ast.unparse(d) for d in node.decorator_list)}"
        risky = verb in CHANGING or re.search(r"admin", words, re.I)
        if node not in guarded and risky and PRIVILEGED.search(words) and not OPEN.search(words):
            machine.report(frame, node, "missing-authorisation", 862, Severity.HIGH, Confidence.MEDIUM,
                           f"{node.name} changes data and, unlike {guarded[0].name}, does not ask who is calling",
                           "Require the same login and check the right to do this.")  # fmt: skip


def _class_asks(owner: ast.ClassDef, module: Module, machine: Machine, depth: int = 0) -> bool:
    """The class, or one that it is made from, says who may call; one whose code is not here may."""
    fields = [s for s in owner.body if not isinstance(s, Function)]
    if any(GUARD.search(STRING.sub("''", ast.unparse(part))) for part in (*fields, *owner.decorator_list)):
        return True
    frame = machine.module_frame(module)
    for base in owner.bases if depth < DEEP else ():
        target = machine.evaluate(base, frame).target
        if GUARD.search(ast.unparse(base)):
            return True
        known = target.node if target is not None else None
        if (
            target is not None
            and isinstance(known, ast.ClassDef)
            and _class_asks(known, target.module, machine, depth + 1)
        ):
            return True
    return False


def _verb(node: Function) -> str:
    for decorator in node.decorator_list:
        if (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr in VERBS
        ):
            verb = decorator.func.attr
            methods = next((ast.unparse(k.value).lower() for k in decorator.keywords if k.arg == "methods"), "")
            changing = [name for name in CHANGING if name in methods]
            return verb if verb in CHANGING else changing[0] if changing and "get" not in methods else "get"
    return ""


STRING = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
"""What stands in quotes guards nothing."""


def _is_guarded(node: Function, module: Module) -> bool:
    decorators = [ast.unparse(d) for d in node.decorator_list]
    if any(GUARD.search(d.partition("(")[0]) for d in decorators) or any("dependencies" in d for d in decorators):
        return True
    arguments = STRING.sub("''", ast.unparse(node.args))
    if re.search(r"Depends|Security|Annotated", arguments) and GUARD.search(arguments):
        return True
    alias = any(
        GUARD.search(STRING.sub("''", ast.unparse(a.annotation)))
        for a in (*node.args.args, *node.args.kwonlyargs)
        if a.annotation is not None
    )
    body = "\n".join(ast.unparse(statement) for statement in node.body)
    return alias or bool(
        re.search(
            r"current_user|get_jwt_identity|is_authenticated|g\.user|require_|check_perm|session\.get\(['\"]|session\[|authori[sz]|verify_",
            body,
            re.I,
        )
    )


def check_views(
    module: Module, found: list[tuple[Function, ast.ClassDef | None]], frame: Frame, machine: Machine
) -> None:
    """Django's: functions that are given a request, and generic views that edit."""
    if "django" not in module.source or module.is_test:
        return
    for kind in _editing_views(module):
        tell(UNGUARDED, kind, frame, machine)
    views = [node for node, owner in found if owner is None and [a.arg for a in node.args.args[:1]] == ["request"]]
    if not any(_decorated(node) for node in views):
        return
    for node in views:
        risky = PRIVILEGED.search(node.name) and not OPEN.search(node.name) and not node.name.startswith("_")
        if risky and not _decorated(node) and CHANGES.search(text := ast.unparse(node)) and not ASKS.search(text):
            tell(UNGUARDED, node, frame, machine)


def _editing_views(module: Module) -> list[ast.ClassDef]:
    classes = [node for node in module.tree.body if isinstance(node, ast.ClassDef)]
    bases = {node: [ast.unparse(base) for base in node.bases] for node in classes}
    asking = {node for node in classes if any(ASKING.search(base) for base in bases[node])}
    if not asking:
        return []
    editing = [n for n in classes if EDITING & {base.rpartition(".")[2] for base in bases[n]} and n not in asking]
    return [n for n in editing if not (_decorated(n) or OPEN.search(n.name) or ASKS.search(ast.unparse(n)))]


def _decorated(node: Function | ast.ClassDef) -> bool:
    return any(GUARD.search(ast.unparse(decorator)) for decorator in node.decorator_list)


__all__ = ["check_routes", "check_views"]
