"""What calls do to the data that go through them: which make them harmless and for what, which hand nothing on."""

from __future__ import annotations

import re
from functools import lru_cache

from tools.security.scripts.values import EVERY, UP

NUMBERS = re.compile(
    r"^(parseInt|parseFloat|Number(\.\w+)?|Boolean|BigInt|Math\.\w+|isNaN|isFinite|Date(\.\w+)?|Array\.isArray)$"
    r"|(^|\.)(indexOf|lastIndexOf|includes|startsWith|endsWith|test|hasOwnProperty|has|some|every|"
    r"charCodeAt|codePointAt|"
    r"localeCompare|search|valueOf|getTime|isInteger|isArray|equals|toFixed|readUInt\w+|readInt\w+)$"
)
"""What comes out is a number, a truth or a time."""
CLEANERS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(pattern, re.I), frozenset(classes.split()))
    for pattern, classes in (
        (
            r"^encodeURI(Component)?$|(^|\.)escape$|^querystring\.(escape|stringify)$",
            "html path redirect ssrf header command markup",
        ),
        (
            r"(^|\.)(escape_?html|html_?escape|escape_?xml|html_?encode|encode_?html|html_?entit\w*|"
            r"encode_?for_?html\w*|striptags|strip_?tags"
            r"|sanitize_?html|encodeXML|encodeEntities|escapeHtmlAttribute|filterXSS|inHTMLData)(\(\))?(\.\w+)?$"
            r"|^(he|html-entities|ent|entities)\.\w+|^(lodash|underscore|_|validator|handlebars|mustache|"
            r"handlebars\.utils|goog\.string)\.escape\w*$|dompurify(\(\))?\.sanitize$|"
            r"^xss(\(\))?(\.process)?$"
            r"|^xss-filters\.\w+|(^|\.)sanitizer?\.(sanitize|escape)$|^insane$|^js-xss|"
            r"^isomorphic-dompurify|^\w*[pP]urif\w*(\.sanitize)?$",
            "html markup",
        ),
        (
            r"(^|\.)escape(Id|Literal|Identifier|String|SQL|Sql)?$|^(sqlstring|mysql\d?|pg-escape|"
            r"pg-format)\b|^pg-promise\.as\.\w+",
            "sql",
        ),
        (r"(^|[/.\-])(shell-?quote|shell-?escape|shlex|quote|any-shell-escape|puka)(\.\w+)?(\(\))?$", "command"),
        (
            r"^path\.(basename|extname)$|(^|\.)(sanitize-?filename|filenamify|slugify|slug|"
            r"secureFilename)(\(\))?$",
            "path",
        ),
        (r"(^|\.)(escape-?string-?regexp|escapeRegExp|escapeRegex|regexEscape)(\(\))?$", "regex code"),
        (r"(^|\.)ObjectI[dD]$|^mongo-sanitize|express-mongo-sanitize|^(mongo\w*)\.sanitize$", "nosql sql"),
        (r"^JSON\.stringify$", "proto nosql answer"),
        (r"^serialize-javascript", "html code"),
        (
            r"^(bcrypt\w*|argon2|scrypt\w*|crypto|jwt|jsonwebtoken|uuid\w*|nanoid)\b|(^|\.)(hash|hashSync|"
            r"createHash|createHmac|digest|verify|compare|compareSync|randomBytes)(\(\))?$",
            EVERY,
        ),
        (r"^(String\.raw|Symbol|typeof|console\.\w+|process\.exit)$", EVERY),
        (r"(^|\.)validator\.(to(Int|Float|Boolean|Date)|whitelist|isIn|is\w+)$", EVERY),
        (r"(^|\.)(parse|safeParse|parseAsync|validate|validateAsync|validateSync|attempt|cast)$", ""),
    )
)
SCHEMAS = re.compile(r"(?i)(schema|^z\.|^zod|^joi|^yup|validator|\.object\(\))")
LOOKED_UP = re.compile(
    r"(^|\.|_)(find|findOne|findAll|findById|findByPk|findOrCreate|findUnique|findFirst|findMany|"
    r"query|execute|exec|count|save|load|fetch|"
    r"lookup|select|where|create|update|insert|destroy|authenticate|verify|check|is|has|validate|"
    r"send|emit|log|info|warn|error|debug|"
    r"render|redirect|next|status|sign|login|signIn|register|connect|request|post|put|patch|del|"
    r"delete|remove|get|use|listen|then|"
    r"run|all|each|prepare|aggregate|read\w*|write\w*|open\w*|stat\w*|exists\w*|access\w*|unlink\w*|mkdir\w*)$"
    r"|^(get|find|fetch|load|query|read|select|count|create|save|verify|check|is|has|validate|"
    r"lookup|authenticate|auth|log|send|update|delete|insert|add|store)[A-Z_]\w*$"
    r"|\.(get|find|fetch|load|query|read|select|count|create|save|verify|check|is|has|validate|"
    r"lookup|authenticate|log|send|update|delete|insert|store)[A-Z_]\w*$"
)
"""What they give is looked up by their arguments, not made of them."""
PARTS = re.compile(
    r"^(path|url|querystring|qs|util|lodash|underscore|_|Object|Array|JSON|Buffer|String|URL|"
    r"URLSearchParams|decodeURI|decodeURIComponent|unescape|"
    r"atob|btoa|body-parser|format|concat|structuredClone|Promise|RegExp)\b"
)
STRIPPED = re.compile(r"\[\^|\\W|\\D")
"""A pattern of all characters but some."""


@lru_cache(maxsize=20_000)
def cleaned_by(names: tuple[str, ...]) -> frozenset[str] | None:
    """Classes for which what comes out is harmless; None where none of the names is known."""
    found: set[str] = set()
    for name in names:
        if NUMBERS.search(name):
            return frozenset({EVERY})
        for pattern, classes in CLEANERS:
            if pattern.search(name):
                found |= classes or ({"nosql", "proto", "mass"} if SCHEMAS.search(name) else set())
    return frozenset(found) or None


def replaced(pattern: str, by: str) -> frozenset[str]:
    """What `.replace(PATTERN, BY)` makes harmless; the pattern as it is written."""
    body, _, flags = pattern[1:].rpartition("/") if pattern.startswith("/") else (pattern, "", "")
    every = "g" in flags or "*" in body or "+" in body
    if not pattern.startswith("/"):
        return frozenset()
    found: set[str] = set()
    if STRIPPED.search(body) and "g" in flags:
        return frozenset({EVERY})
    if every and ("<" in body or "[^" in body):
        found |= {"html", "markup"}
    if every and re.search(r"\\/|\[.*/.*\]", body):
        found |= {"path"}
    if every and re.search(r"\\?\.\\?\.|\[.*\..*\]", body):
        found |= {UP}
    if every and ("'" in body or '"' in body):
        found |= {"sql", "html", "command"}
    if every and re.search(r"[\\|\[]?\^?\\?[$*+?{}()|]", body) and "\\$&" in by:
        found |= {"regex"}
    return frozenset(found)


__all__ = ["LOOKED_UP", "PARTS", "SCHEMAS", "cleaned_by", "replaced"]
