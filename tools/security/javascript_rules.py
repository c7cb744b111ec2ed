"""Which nodes of a script are dangerous, and when."""

from __future__ import annotations

import re

from tree_sitter import Node

from memory.records.report import Confidence, Severity
from tools.security.flow.secret_words import is_secret
from tools.security.javascript_crypto import check_crypto, report_flow
from tools.security.javascript_flow import Scope, Walk, function_around
from tools.security.javascript_secrets import check_secret_argument, check_secret_option
from tools.security.javascript_tables import SECRET_NAME, SINKS, SQL

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
BROWSER = re.compile(r"\$\(|jQuery|document|window")


def check_node(node: Node, scope: Scope, walk: Walk) -> None:
    if node.type in {"call_expression", "new_expression"}:
        _call(node, scope, walk)
    elif node.type in {"assignment_expression", "augmented_assignment_expression"}:
        _assignment(node, scope, walk)
    elif node.type == "jsx_attribute" and walk.text(node).startswith("dangerouslySetInnerHTML"):
        if not re.search(r"sanitize|purify", walk.text(node), re.I):
            walk.report(
                node,
                "cross-site-scripting",
                79,
                MEDIUM,
                Confidence.MEDIUM,
                "the value becomes HTML",
                "Render it as text, or clean it with DOMPurify.",
            )
    elif node.type == "pair":
        _pair(node, scope, walk)
    elif node.type == "variable_declarator":
        _secret(walk.text(node.child_by_field_name("name")), node.child_by_field_name("value"), node, walk)


def _call(node: Node, scope: Scope, walk: Walk) -> None:
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    holder = node.child_by_field_name("arguments")
    name = re.sub(r"\s+", "", walk.text(function))
    arguments = [child for child in holder.named_children if child.type != "comment"] if holder is not None else []
    for pattern, cwe, rule, severity, positions, fix in SINKS:
        if not re.search(pattern, name) or not _plausible(rule, name, arguments, walk):
            continue
        level = max((walk.level(arguments[n], scope) for n in positions if n < len(arguments)), default=0)
        if level and not _fixed_address(rule, arguments[positions[0]] if arguments else None, scope, walk):
            report_flow(node, walk, level, rule, cwe, severity, fix)
    _database(node, name, arguments, scope, walk)
    _answers(node, name, arguments, scope, walk)
    _objects(node, name, arguments, scope, walk)
    check_crypto(node, name, arguments, scope, walk)
    _trusted(node, name, arguments, walk)
    check_secret_argument(node, name, arguments, scope, walk)
    _spawn(node, name, arguments, scope, walk)


def _plausible(rule: str, name: str, arguments: list[Node], walk: Walk) -> bool:
    first = arguments[0] if arguments else None
    if name in {"setTimeout", "setInterval"}:
        return first is not None and first.type not in {"arrow_function", "function_expression", "identifier"}
    if rule == "command-injection" and "." in name:
        return bool(
            re.match(
                r"(child_process|cp|childProcess|shell|shelljs|proc|util|require\(['\"](node:)?child_process['\"]\))\.",
                name,
            )
        )
    if rule == "cross-site-scripting" and re.search(r"\.(html|append|prepend|after|before)$", name):
        return bool(BROWSER.search(name))
    if rule == "template-injection" and name.endswith(".compile"):
        return bool(re.match(r"(?i)(handlebars|hbs|pug|jade|ejs|nunjucks|_|doT)\.", name))
    if rule == "path-traversal" and name.endswith((".sendFile", ".download")):
        return len(arguments) < 2 or "root" not in walk.text(arguments[1])
    if rule == "server-side-request-forgery" and name == "request":
        return "require('request')" in walk.source or 'require("request")' in walk.source
    if rule == "server-side-request-forgery" and "age." in name:
        return bool(re.search(r"puppeteer|playwright|phantom", walk.source))
    if rule == "xml-external-entities" and "arser." in name:
        return "expat" in walk.source
    if rule == "xpath-injection":
        return "xpath" in walk.source
    return True


def _fixed_address(rule: str, node: Node | None, scope: Scope, walk: Walk) -> bool:
    """`https://host/...${id}`: only the path can be chosen."""
    text = walk.text(node)
    if rule in {"server-side-request-forgery", "open-redirect"}:
        return bool(re.match(r"[`'\"]https?://[^/$`'\"]+/", text)) or (
            rule == "open-redirect" and bool(re.match(r"[`'\"]/[^/$`'\"]", text))
        )
    return False


def _database(node: Node, name: str, arguments: list[Node], scope: Scope, walk: Walk) -> None:
    if (
        re.search(
            r"\.(query|execute|raw|whereRaw|orderByRaw|\$queryRawUnsafe|\$executeRawUnsafe|all|get|run|exec|prepare|each|literal)$",
            name,
        )
        and arguments
    ):
        first = arguments[0]
        text = walk.text(first)
        if first.type == "identifier":
            text = scope.text_of(text) or text
        if (SQL.search(text) or "Unsafe" in name or "Raw" in name) and (level := walk.level(first, scope)):
            report_flow(node, walk, level, "sql-injection", 89, HIGH, "Pass it as a parameter of the statement.")
    mongo = re.search(
        r"\.(find|findOne|findOneAndUpdate|updateOne|updateMany|deleteOne|deleteMany|countDocuments|where|aggregate)$",
        name,
    )
    if mongo and arguments:
        text = walk.text(arguments[0])
        whole = arguments[0].type in {"identifier", "member_expression"} and walk.level(arguments[0], scope) == 2
        field = (
            re.search(r"\b(password|username|user|email|token|_?id|\w+)\s*:\s*req\.(body|query)\b(?!\s*\))", text)
            and arguments[0].type == "object"
        )
        if (
            whole
            or ("$where" in text and walk.level(arguments[0], scope))
            or (field and re.search(r"mongo|mongoose|collection", walk.source, re.I))
        ):
            walk.report(
                node,
                "nosql-injection",
                943,
                HIGH,
                Confidence.HIGH,
                "request data may hold operators such as $ne",
                "Convert it to a string first.",
            )


def _answers(node: Node, name: str, arguments: list[Node], scope: Scope, walk: Walk) -> None:
    if (
        re.search(r"(^|\.)(res|response|reply)(\.status\([^)]*\))?(\.type\([^)]*\))?\.(send|write|end)$", name)
        and arguments
    ):
        text = walk.text(arguments[0])
        markup = "<" in (scope.text_of(text) or text) or (
            walk.level(arguments[0], scope) == 2 and arguments[0].type != "object"
        )
        plain = re.search(r"type\(['\"](text|txt|text/plain|json|application/json)", name) or "text/plain" in walk.text(
            function_around(node)
        )
        if markup and not plain and walk.level(arguments[0], scope) == 2:
            report_flow(node, walk, 2, "cross-site-scripting", 79, MEDIUM, "Escape it or use a template.")
    if (
        re.search(r"\.(setHeader|header|set)$", name)
        and len(arguments) > 1
        and "location" in walk.text(arguments[0]).lower()
        and walk.level(arguments[1], scope) == 2
    ):
        report_flow(node, walk, 2, "open-redirect", 601, MEDIUM, "Allow own paths only.")
    if name.endswith(".cookie") and len(arguments) >= 2:
        options = walk.text(arguments[2]) if len(arguments) > 2 else ""
        session = re.search(r"sess|token|auth|jwt|sid", walk.text(arguments[0]), re.I)
        if re.search(r"secure\s*:\s*false", options) or (
            session and not re.search(r"\bsecure\b|^\w+$|\.\.\.", options)
        ):
            walk.report(
                node,
                "insecure-cookie",
                614,
                MEDIUM,
                Confidence.MEDIUM,
                "the cookie is also sent without TLS",
                "Set secure, httpOnly and sameSite.",
            )


def _objects(node: Node, name: str, arguments: list[Node], scope: Scope, walk: Walk) -> None:
    creating = re.search(
        r"\.(create|update|findByIdAndUpdate|findOneAndUpdate|insert|build|insertOne|assign|bulkCreate|upsert)$", name
    )
    model = (
        node.type == "new_expression"
        and re.match(r"[A-Z]\w+$", name)
        and name
        not in {
            "Error",
            "Date",
            "URL",
            "Function",
            "RegExp",
            "URLSearchParams",
            "Map",
            "Set",
            "Buffer",
            "Blob",
            "FormData",
            "Request",
            "Response",
        }
    )
    if creating or model:
        for argument in arguments:
            text = re.sub(r"\s", "", walk.text(argument))
            whole = re.search(r"^(req|request|ctx\.request)\.(body|query)$", text) or re.search(
                r"\.\.\.(req|request)\.body\b(?!\.)", text
            )
            if whole or (
                argument.type == "identifier"
                and re.search(r"^(req|request|ctx\.request)\.body$", scope.text_of(text) or "")
            ):
                walk.report(
                    node,
                    "mass-assignment",
                    915,
                    HIGH,
                    Confidence.HIGH,
                    "every field of the request is stored",
                    "Name the fields that may be set.",
                )
                return
    if name == "RegExp" and arguments and walk.level(arguments[0], scope) == 2:
        report_flow(node, walk, 2, "regex-denial-of-service", 1333, MEDIUM, "Do not build patterns of request data.")


def _spawn(node: Node, name: str, arguments: list[Node], scope: Scope, walk: Walk) -> None:
    if not re.search(r"(^|\.)(spawn|spawnSync|execFile|execFileSync)$", name) or not arguments:
        return
    text = walk.text(node)
    shell = re.search(r"shell\s*:\s*(true|['\"])", text) or re.match(
        r"['\"](/bin/)?(ba)?sh['\"]$", walk.text(arguments[0])
    )
    level = max((walk.level(argument, scope) for argument in (arguments if shell else arguments[:1])), default=0)
    if level:
        report_flow(node, walk, level, "command-injection", 78, HIGH, "Leave the shell out.")


def _trusted(node: Node, name: str, arguments: list[Node], walk: Walk) -> None:
    """Angular's ways to say that a text is harmless."""
    trusting = re.search(r"\.bypassSecurityTrust(Html|Script|Style|Url|ResourceUrl)$|\$sce\.trustAs\w*$", name)
    value = arguments[-1] if trusting and arguments else None
    if value is None or value.type in {"string", "number"} or re.search(r"sanitize|purify", walk.text(value), re.I):
        return
    why, fix = "the value is trusted unseen", "Leave Angular's sanitiser on, or clean the value with DOMPurify."
    walk.report(node, "cross-site-scripting", 79, MEDIUM, Confidence.MEDIUM, why, fix)


def _assignment(node: Node, scope: Scope, walk: Walk) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    target = re.sub(r"\s", "", walk.text(left))
    if re.search(r"\.(innerHTML|outerHTML|srcdoc)$", target) and walk.level(right, scope):
        report_flow(node, walk, walk.level(right, scope), "cross-site-scripting", 79, HIGH, "Use textContent.")
    if re.search(r"^(window\.|document\.)?location(\.href)?$", target) and walk.level(right, scope) == 2:
        report_flow(node, walk, 2, "open-redirect", 601, MEDIUM, "Allow own paths only.")
    if target.endswith("NODE_TLS_REJECT_UNAUTHORIZED") and re.match(r"['\"]?0", walk.text(right)):
        walk.report(
            node, "tls-not-verified", 295, HIGH, Confidence.HIGH, "certificates are checked nowhere", "Remove it."
        )
    if left is not None and left.type == "subscript_expression" and left.child_by_field_name("object") is not None:
        inner = left.child_by_field_name("object")
        if (
            inner is not None
            and inner.type == "subscript_expression"
            and walk.level(inner.child_by_field_name("index"), scope) == 2
        ):
            walk.report(
                node,
                "prototype-pollution",
                1321,
                HIGH,
                Confidence.MEDIUM,
                "the key can be __proto__",
                "Use a Map, or allow known keys.",
            )
    _secret(target.rpartition(".")[2], right, node, walk)


def _pair(node: Node, scope: Scope, walk: Walk) -> None:
    key, value = walk.text(node.child_by_field_name("key")).strip("'\""), node.child_by_field_name("value")
    text = walk.text(value)
    if key in {"rejectUnauthorized", "strictSSL"} and text == "false":
        walk.report(
            node,
            "tls-not-verified",
            295,
            HIGH,
            Confidence.HIGH,
            "the server's certificate is not checked",
            "Leave it on.",
        )
    if (
        key == "secure"
        and text == "false"
        and re.search(r"cookie", walk.text(node.parent.parent if node.parent is not None else None), re.I)
    ):
        walk.report(
            node,
            "insecure-cookie",
            614,
            MEDIUM,
            Confidence.HIGH,
            "the cookie is also sent without TLS",
            "Set secure: true.",
        )
    if (
        key == "origin"
        and text in {"'*'", '"*"', "true"}
        and re.search(r"credentials\s*:\s*true", walk.text(node.parent))
    ):
        walk.report(
            node,
            "cors-open",
            942,
            MEDIUM,
            Confidence.HIGH,
            "any site may call with the visitor's cookies",
            "Name the origins.",
        )
    check_secret_option(node, key, value, walk)
    _secret(key, value, node, walk)


def _secret(name: str, value: Node | None, node: Node, walk: Walk) -> None:
    if value is None or value.type != "string" or not SECRET_NAME.search(name):
        return
    text = walk.text(value)[1:-1]
    if is_secret(text):
        walk.report(
            node,
            "hard-coded-secret",
            798,
            HIGH,
            Confidence.MEDIUM,
            f"{name} is a constant of {len(text)} characters (not shown)",
            "Read it from the environment.",
        )


__all__ = ["check_node"]
