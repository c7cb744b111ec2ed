"""Options that switch a library's protection off, wherever the object that holds them was made."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.records.report import Confidence, Severity
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import NOTHING, Value

MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
SURE, LIKELY, DOUBTFUL = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
ON, OFF = "true", "false"
ELEMENTS = r"^(script|iframe|object|embed|form|svg|math|style|base|meta|link|template|noscript|frame)$"
HANDLERS = r"^(on[a-z]{3,}|srcdoc|formaction)$"
ADDRESSES = r"^(href|src|action|formaction|xlink:href|data|srcdoc)$"


@dataclass(frozen=True)
class Option:
    call: str
    """Pattern of a call's name, in the names of modules."""
    position: int
    path: str
    bad: str
    """`true`, `false`, or a pattern of a text or of one in a list."""
    rule: str
    cwe: int
    severity: Severity
    confidence: Confidence
    why: str
    fix: str


PURIFY = r"(^|\.)(dompurify|DOMPurify|purify)(\.default)?(\(\))?\.(sanitize|setConfig)$"
TEMPLATES = r"(^|\.)(handlebars|Handlebars|hbs)(\.default)?\.(compile|precompile|create)$"
MARKDOWN = r"^(markdown-it|MarkdownIt|remarkable(\.Remarkable)?|Remarkable)$"
MARKED = r"^(marked|kramed|snarkdown)(\.(setOptions|parse|marked|use|parseInline|Renderer))?$"
ESCAPING = ("autoescape-off", 79, MEDIUM, LIKELY, "values become HTML as they are", "Leave escaping on.")
KEEPING = ("sanitizer-opened", 79, MEDIUM, LIKELY)
LEFT_OUT = ("protection-off", 79, LOW, SURE)
TABLE = (
    Option(PURIFY, -1, "ADD_TAGS", ELEMENTS, *KEEPING, "the cleaner keeps elements that run code", "Leave them out."),
    Option(
        PURIFY, -1, "ALLOWED_TAGS", ELEMENTS, *KEEPING, "the cleaner keeps elements that run code", "Leave them out."
    ),
    Option(PURIFY, -1, "ADD_ATTR", HANDLERS, *KEEPING, "the cleaner keeps attributes that run code", "Leave them out."),
    Option(
        PURIFY, -1, "ALLOWED_ATTR", HANDLERS, *KEEPING, "the cleaner keeps attributes that run code", "Leave them out."
    ),
    Option(PURIFY, -1, "ADD_URI_SAFE_ATTR", ADDRESSES, *KEEPING, "addresses are not looked at", "Leave them out."),
    Option(PURIFY, -1, "ALLOW_UNKNOWN_PROTOCOLS", ON, *KEEPING, "addresses may be javascript:", "Leave it off."),
    Option(PURIFY, -1, "SAFE_FOR_XML", OFF, *KEEPING, "comments may hide markup", "Leave it on."),
    Option(PURIFY, -1, "SANITIZE_DOM", OFF, *KEEPING, "elements may take the place of the page's own", "Leave it on."),
    Option(
        PURIFY, -1, "WHOLE_DOCUMENT", ON, "sanitizer-opened", 79, LOW, LIKELY, "head and base are kept", "Leave it off."
    ),
    Option(
        r"(^|\.)sanitize-?[hH]tml$",
        1,
        "allowedTags",
        r"^(script|iframe|object|embed|style)$",
        *KEEPING,
        "the cleaner keeps elements that run code",
        "Leave them out.",
    ),
    Option(
        r"(^|\.)sanitize-?[hH]tml$",
        1,
        "allowVulnerableTags",
        ON,
        *KEEPING,
        "the cleaner keeps elements that run code",
        "Leave it off.",
    ),
    Option(TEMPLATES, -1, "noEscape", ON, *ESCAPING),
    Option(MARKDOWN, -1, "html", ON, *ESCAPING),
    Option(MARKED, -1, "sanitize", OFF, *ESCAPING),
    Option(r"^swig(\.Swig|\.setDefaults)$", 0, "autoescape", OFF, *ESCAPING),
    Option(r"(^|\.)nunjucks\.(configure|Environment)$", -1, "autoescape", OFF, *ESCAPING),
    Option(r"(^|\.)serialize(-?[jJ]avascript)?$", 1, "unsafe", ON, *ESCAPING),
    Option(
        r"^helmet$",
        0,
        "contentSecurityPolicy",
        OFF,
        *LEFT_OUT,
        "the page may run scripts of any origin",
        "Leave it on.",
    ),
    Option(r"^helmet$", 0, "noSniff", OFF, *LEFT_OUT, "browsers guess what a file is", "Leave it on."),
    Option(r"^helmet$", 0, "xssFilter", OFF, *LEFT_OUT, "an old browser's filter is off", "Leave it on."),
    Option(
        r"^helmet$",
        0,
        "frameguard",
        OFF,
        "protection-off",
        1021,
        LOW,
        SURE,
        "other sites may frame the page",
        "Leave it on.",
    ),
    Option(
        r"^helmet$",
        0,
        "hsts",
        OFF,
        "protection-off",
        319,
        LOW,
        SURE,
        "browsers may come back without TLS",
        "Leave it on.",
    ),
    Option(
        r"^(hsts|helmet\.(hsts|strictTransportSecurity))$",
        0,
        "includeSubDomains",
        OFF,
        "protection-off",
        319,
        LOW,
        SURE,
        "subdomains may be asked without TLS",
        "Leave it on.",
    ),
    Option(
        r"^(csurf|csrf|tiny-csrf|csrf-csrf\.doubleCsrf)$",
        0,
        "ignoreMethods",
        r"^(POST|PUT|PATCH|DELETE)$",
        "csrf-off",
        352,
        MEDIUM,
        SURE,
        "other sites may post in a visitor's name",
        "Leave GET, HEAD and OPTIONS only.",
    ),
    Option(
        r"^csurf$",
        0,
        "cookie",
        ON,
        "insecure-cookie",
        614,
        MEDIUM,
        LIKELY,
        "the cookie of the token is also sent without TLS, and scripts can read it",
        "Set secure and httpOnly.",
    ),
    Option(
        r"(^|\.)argon2(\.default)?\.hash(Raw)?$",
        1,
        "type",
        r"^(0|1|argon2\.argon2[id])$",
        "weak-hash",
        916,
        MEDIUM,
        LIKELY,
        "argon2i and argon2d are weaker than argon2id",
        "Use argon2id.",
    ),
    Option(
        r"(^|\.)argon2(\.default)?\.hash(Raw)?$",
        1,
        "memoryCost",
        r"^(\d{1,4}|1[0-8]\d{3})$",
        "weak-hash",
        916,
        MEDIUM,
        LIKELY,
        "so little memory is soon tried",
        "Use 19,456 or more.",
    ),
    Option(
        r"^(ftp|basic-ftp)(\.Client)?\(\)\.(connect|access)$",
        0,
        "secure",
        OFF,
        "clear-text-protocol",
        319,
        MEDIUM,
        SURE,
        "the password goes in clear text",
        "Use TLS.",
    ),
    Option(
        r"(^|\.)(Sequelize|sequelize|createConnection|createPool|Client|Pool)$",
        -1,
        "ssl",
        OFF,
        "clear-text-protocol",
        319,
        LOW,
        LIKELY,
        "the database is asked without TLS",
        "Use TLS.",
    ),
    Option(
        r"(^|\.)generateKeyPair(Sync)?$",
        1,
        "namedCurve",
        r"^(sec[pt]|prime|wap-wsg-idm-ecid-wtls|c2[pt]nb|P-?)(1\d\d|20\d)\D|^P-192$|^Oakley-EC2N-3$",
        "weak-key",
        326,
        MEDIUM,
        SURE,
        "the curve is too small",
        "Use prime256v1 or more.",
    ),
    Option(
        r"(^|\.)generateKeyPair(Sync)?$",
        1,
        "divisorLength",
        r"^(\d\d|1\d\d|2[01]\d|22[0-3])$",
        "weak-key",
        326,
        MEDIUM,
        SURE,
        "the divisor is too small",
        "Use 224 or more.",
    ),
)
_COMPILED = tuple((re.compile(option.call), option) for option in TABLE)
CLEANED = re.compile(r"(?i)purify|sanitize-?html|\bxss\(")
WORD = re.compile(
    r"(?i)purify|sanitize|handlebars|hbs|markdown|remarkable|marked|kramed|snarkdown|swig|nunjucks|serialize|helmet|hsts"
    r"|cs[u]?rf|argon2|ftp|sequelize|create(Connection|Pool)|Client$|Pool$|generateKeyPair"
)


def check_options(machine: Machine, call: Call) -> None:
    names = (call.name, call.spelled)
    if not call.arguments or not (WORD.search(names[0]) or WORD.search(names[1])):
        return
    for pattern, option in _COMPILED:
        if not any(pattern.search(name) for name in names):
            continue
        value = call.argument(option.position)
        for key in option.path.split("."):
            value = value.held(key)
        if is_bad(value, option.bad):
            node = _pair(call, option) or call.node
            cleaned = option.rule == "autoescape-off" and CLEANED.search(machine.tree.text) is not None
            sure = DOUBTFUL if cleaned else option.confidence
            machine.report(node, option.rule, option.cwe, option.severity, sure, option.why, option.fix)


def is_bad(value: Value, bad: str) -> bool:
    if value is NOTHING:
        return False
    if bad in {ON, OFF}:
        return value.kind == "boolean" and value.text == bad
    some = list((value.fields or {}).values()) if value.kind == "array" else [value]
    return any(re.search(bad, held.text or held.name or "", re.I) is not None for held in some if not held.level)


def _pair(call: Call, option: Option) -> Syntax | None:
    """Where the option is written, if that is in the call."""
    holder = call.nodes[option.position] if call.nodes and option.position < len(call.nodes) else None
    if holder is None or holder.type != "object":
        return None
    return next(
        (
            kid
            for kid in holder.kids
            if kid.type == "pair" and (kid.part("key") or kid).text.strip("'\"") == option.path
        ),
        None,
    )


__all__ = ["OFF", "ON", "check_options", "is_bad"]
