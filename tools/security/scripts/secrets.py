"""Keys and passwords in scripts, told by their names or by what they are given to."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.flow.secret_words import NAMES, is_secret
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import HOLE, OWN_HOLE, Value
from tools.security.scripts.wording import words

SECRET_NAME = re.compile(rf"(^|[_\-.])({NAMES}|pass)$", re.I)
OPTIONS = words(
    "secretOrKey clientSecret consumerSecret signingKey secretOrPrivateKey appSecret masterKey cookieSecret"
)
SESSIONS = re.compile(r"session|jwt|cookie-?parser|iron|koa-jwt|passport|csurf|csrf", re.I)
PLACEHOLDER = re.compile(
    r"^$|^[<{$%]|change.?me|your[-_ ]|example|placeholder|xxx|^\*+$|\.\.\.|insert|process\.env|"
    r"^(none|null|undefined|true|false)$",
    re.I,
)
CONNECTING = re.compile(
    r"(^|\.)(config\.update|Config|request|get|post|put|loginWith\w+|ApiClient|Strategy|"
    r"createSession|createConnection|createPool|Client|Pool|Connection|Sequelize|connect|"
    r"createClient|createTransport|createAgent|Credentials|S3|DynamoDB|SES|knex|ConnectionPool|MongoClient|"
    r"Octokit|basicAuth|auth|login|authenticate|setCredentials|basic)$"
)
HANDED = words(
    "password pass passwd pwd secret secretAccessKey secretKey accessKeySecret authToken apiKey privateKey "
    "clientSecret storageAccessKey sharedSecret bearer token"
)
SIGNED = words("secret secrets key keys password")
GROUPS = words("auth credentials connection authentication options")
KEYED_CLIENT = re.compile(r"(^|\.)(S3|Credentials|auth|basicAuth|setBasicAuth|connect)$")
SETTING = re.compile(r"(^|\.)(set|put|config|setItem|define|setDefault|setProperty|register)$")
BASIC = re.compile(r"[^\s:/]+:[^\s/@]{3,}$")
SECRET = ("hard-coded-secret", 798, Severity.HIGH, Confidence.MEDIUM)
PHRASE = re.compile(r"(^|_)(mnemonic|seed_?phrase|wallet_?phrase|recovery_?phrase|secret_?phrase)$", re.I)
INDEXED = re.compile(r"\[['\"]([\w-]+)['\"]\]$")
TOKENS, KEY, PASSWORD = "tokens are signed with a constant", "the key is a constant", "the password is a constant"
GIVEN: tuple[tuple[re.Pattern[str], int, re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), position, re.compile(library), why)
    for pattern, position, library, why in (
        (r"(?i)(^|\.)\$?(jwt|jsonwebtoken|jws|jwt-simple|jose)\.(sign|verify|encode|decode)$", 1, "", TOKENS),
        (r"(^|\.)(jwtVerify|jwtDecrypt|compactVerify)$", 1, "jose", TOKENS),
        (r"(^|\.)SignJWT(\(\))?(\.\w+(\(\))?)*\.sign$|^(jose\.)?SignJWT$", 0, "jose", TOKENS),
        (r"(^|\.)JWK\.asKey$", 0, "jose", TOKENS),
        (r"(^|\.)JWT\.(sign|verify)$", 1, "jose", TOKENS),
        (r"^crypto\.create(Sign|Verify)\(\)(\.\w+\(\))*\.(sign|verify)$", 0, "", KEY),
        (r"^crypto\.(createHmac|create(De)?[cC]ipher(iv)?)$", 1, "", KEY),
        (r"^(crypto-js|CryptoJS)\.((AES|DES|TripleDES|RC4|Rabbit)\.(en|de)crypt|HmacSHA\w+)$", 1, "", KEY),
        (r"^crypto-js/\w+\.(en|de)crypt$", 1, "", KEY),
        (r"^crypto\.(scrypt|pbkdf2)(Sync)?$|^crypto\.create(Secret|Private)Key$", 0, "", KEY),
        (r"^(cookie-parser|cookieParser|express\.cookieParser|keygrip|client-sessions)$", 0, "", KEY),
        (r"^(basic-auth-connect|digitalocean\.client|express\.basicAuth)$", -1, "", PASSWORD),
        (r"(^|\.)loginWith(UsernamePassword|ServicePrincipalSecret)$", 1, "", PASSWORD),
        (r"(^|\.)Sequelize$|^sequelize$", 2, "", PASSWORD),
        (r"(^|\.)(\w*Wallet|TronWeb|ethers\.\w+)\.from(Phrase|Mnemonic)$", 0, "", "the wallet's phrase is a constant"),
        (r"(^|\.)mnemonicTo(Account|Seed(Sync)?)$", 0, "", "the wallet's phrase is a constant"),
    )
)
"""Calls that are given a secret: which argument, and the library that has to be named in the file."""
WORTH = re.compile(
    r"(?i)sign|verify|jwt|jose|jws|asKey|[cd]ipher|crypt|hmac|pbkdf2|createSecretKey|createPrivateKey|cookie|keygrip|sessions"
    r"|basic-?auth|digitalocean|loginWith|sequelize|fromPhrase|mnemonic"
)
"""Before the patterns are tried one by one."""


def check_secrets(machine: Machine, call: Call) -> None:
    for pattern, position, library, why in GIVEN if WORTH.search(f"{call.name} {call.spelled}") else ():
        if (pattern.search(call.name) or pattern.search(call.spelled)) and library.search(machine.tree.text):
            _constant(machine, call.node, call.argument(position), why)
    if re.search(r"^crypto\.(private|public)(En|De)crypt$", call.name):
        for key in ("key", "passphrase"):
            _constant(machine, call.node, call.argument(0).held(key), "the key is a constant")
    elif call.new and len(call.arguments) > 1 and KEYED_CLIENT.search(call.spelled):
        _constant(machine, call.node, call.argument(1), "the key is a constant")
    elif re.search(r"\.auth$", call.spelled):
        _authenticated(machine, call)
    elif SETTING.search(call.spelled) and len(call.arguments) == 2:
        name, value = call.argument(0).text or "", call.argument(1)
        if SECRET_NAME.search(words_of(name)) and value.text is not None and is_secret(value.text):
            _constant(machine, call.node, value, f"{name[:40]} is a constant")
    elif re.search(r"(^|\.)basicAuth$|^express-basic-auth$", call.name):
        for value in (call.argument(0).held("users").fields or {}).values():
            _constant(machine, call.node, value, "the password is a constant")
    for held, node in zip(call.arguments, call.nodes, strict=False):
        _options(machine, call, held, node)


def _authenticated(machine: Machine, call: Call) -> None:
    """`request.auth(user, password)`, `.auth("user:password")`, `.auth(null, null, _, token)`."""
    first = call.argument(0)
    if len(call.arguments) in {2, 3} and call.argument(1).kind == "string":
        _constant(machine, call.node, call.argument(1), "the password is a constant")
    elif len(call.arguments) == 4:
        _constant(machine, call.node, call.argument(3), "the token is a constant")
    elif len(call.arguments) == 1 and BASIC.match(first.text or ""):
        _constant(machine, call.node, first, "the password is a constant")


def _options(machine: Machine, call: Call, options: Value, holder: Syntax | None) -> None:
    for key, value in (options.fields or {}).items():
        if key in GROUPS and value.fields:
            pair = _pair(holder, key)
            _options(machine, call, value, pair.part("value") if pair is not None else None)
            continue
        connecting = CONNECTING.search(call.spelled) or CONNECTING.search(call.name)
        in_session = key in SIGNED and SESSIONS.search(call.name + call.spelled)
        if key in OPTIONS or in_session or (key in HANDED and connecting):
            some = list((value.fields or {}).values()) if value.kind == "array" else [value]
            for one in some:
                _constant(machine, _pair(holder, key) or call.node, one, f"{key} is a constant")
        elif key == "auth" and connecting and BASIC.match(value.text or ""):
            _constant(machine, _pair(holder, key) or call.node, value, "the password is a constant")


def _pair(holder: Syntax | None, key: str) -> Syntax | None:
    """Where an option is written, if that is in the call."""
    if holder is None or holder.type != "object":
        return None
    pairs = (kid for kid in holder.kids if kid.type == "pair")
    return next((pair for pair in pairs if (pair.part("key") or pair).text.strip("'\"") == key), None)


def _constant(machine: Machine, node: Syntax, value: Value, why: str) -> None:
    text = value.text
    if (
        text is None
        or HOLE in text
        or OWN_HOLE in text
        or value.level
        or value.kind not in {"string", ""}
        or PLACEHOLDER.search(text)
    ):
        return
    words = f"{why} of {len(text)} characters (not shown)"
    machine.report(node, *SECRET, words, "Read it from the environment.")


def short_password(name: str, text: str) -> bool:
    """`password = "1212"`."""
    named = re.search(r"(^|_)(passw(or)?d|pwd|pass)$", name, re.I)
    return (
        named is not None and re.fullmatch(r"\S*\d\S*", text) is not None and 4 <= len(text) <= 40 and "/" not in text
    )


def words_of(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def check_named(machine: Machine, name: str, value: Syntax | None, node: Syntax) -> None:
    name = indexed[1] if (indexed := INDEXED.search(name)) else name
    for text in (text for part in _choices(value) if (text := part.string) is not None):
        phrase = PHRASE.search(words_of(name)) is not None and len(text.split()) >= 8
        if not phrase and not SECRET_NAME.search(words_of(name)):
            continue
        if re.fullmatch(r"[A-Z][a-z]+(-[A-Z][a-z]+)*|[\^~]?\d+(\.\d+)+", text):
            continue
        known = name in OPTIONS and len(text) > 5 and not PLACEHOLDER.search(text)
        if phrase or known or is_secret(text) or short_password(words_of(name), text):
            why = f"{name} is a constant of {len(text)} characters (not shown)"
            machine.report(node, *SECRET, why, "Read it from the environment.")


def _choices(value: Syntax | None) -> list[Syntax]:
    """What it can be: `given ?? "else"`, `a ? "b" : "c"`."""
    if value is None:
        return []
    if value.type in {"string", "template_string"}:
        return [value]
    if value.type in {"parenthesized_expression", "as_expression", "satisfies_expression"}:
        return _choices(value.kids[0] if value.kids else None)
    operator = value.part("operator")
    if value.type == "binary_expression" and operator is not None and operator.text in {"||", "??"}:
        return [*_choices(value.part("left")), *_choices(value.part("right"))]
    if value.type == "ternary_expression":
        return [*_choices(value.part("consequence")), *_choices(value.part("alternative"))]
    return []


__all__ = ["check_named", "check_secrets"]
