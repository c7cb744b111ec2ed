"""Keys and passwords in scripts, told by their names or by what they are given to."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.flow.secret_words import is_secret
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import HOLE, OWN_HOLE, Value
from tools.security.scripts.wording import words

SECRET_NAME = re.compile(
    r"(^|[_\-.])(passw(or)?d|pass|pwd|passphrase|secret|api_?key|token|private_?key|access_?key|"
    r"jwt_?secret|auth_?key|encryption_?key)$",
    re.I,
)
KEYED = re.compile(r"(^|\.)(?P<library>[\w-]+)\.(sign|verify|encode|decode)$")
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
    r"createClient|createTransport|Credentials|S3|DynamoDB|SES|knex|ConnectionPool|MongoClient|"
    r"Octokit|basicAuth|auth|login|authenticate|setCredentials|basic)$"
)
SIGNING = re.compile(
    r"^crypto\.(createHmac|createCipheriv|createDecipheriv|createCipher|createDecipher|scryptSync|scrypt|pbkdf2|"
    r"pbkdf2Sync|createSecretKey|createPrivateKey)$|^(crypto-js|CryptoJS)\.(AES|DES|TripleDES|"
    r"RC4)\.(encrypt|decrypt)$|^(crypto-js|CryptoJS)\.HmacSHA\w+$"
)
HANDED = words(
    "password pass passwd pwd secret secretAccessKey secretKey accessKeySecret authToken apiKey privateKey clientSecret"
)
POSITIONS = {"sign": 1, "verify": 1, "encode": 1, "decode": 1, "Sequelize": 2, "cookieParser": 0, "cookie-parser": 0}


def check_secrets(machine: Machine, call: Call) -> None:
    keyed = KEYED.search(call.name) or KEYED.search(call.spelled)
    if keyed and re.search(r"(?i)jwt|jsonwebtoken|jws|jose", keyed["library"] + call.name):
        _constant(machine, call.node, call.argument(1), "tokens are signed with a constant")
    elif SIGNING.search(call.name):
        position = 0 if re.search(r"scrypt|pbkdf2|create(Secret|Private)Key", call.name) else 1
        _constant(machine, call.node, call.argument(position), "the key is a constant")
    elif re.search(r"^crypto\.(private|public)(En|De)crypt$", call.name):
        for key in ("key", "passphrase"):
            _constant(machine, call.node, call.argument(0).held(key), "the key is a constant")
    elif call.name in {"cookie-parser", "cookieParser", "express.cookieParser", "keygrip", "client-sessions"}:
        _constant(machine, call.node, call.argument(0), "cookies are signed with a constant")
    elif re.search(r"(^|\.)Sequelize$|^sequelize$", call.name) and call.new and len(call.arguments) > 2:
        _constant(machine, call.node, call.argument(2), "the database's password is a constant")
    elif (
        re.search(r"(^|\.)(S3|Credentials|auth|basicAuth|setBasicAuth|connect)$", call.spelled)
        and len(call.arguments) > 1
        and call.new
    ):
        _constant(machine, call.node, call.argument(1), "the key is a constant")
    elif re.search(r"\.auth$", call.spelled) and len(call.arguments) in {2, 3} and call.argument(1).kind == "string":
        _constant(machine, call.node, call.argument(1), "the password is a constant")
    for held in call.arguments:
        _options(machine, call, held)


def _options(machine: Machine, call: Call, options: Value) -> None:
    for key, value in (options.fields or {}).items():
        if value.fields:
            if key in {"auth", "credentials", "connection", "authentication", "options"}:
                _options(machine, call, value)
        elif (
            key in OPTIONS
            or (key in {"secret", "secrets", "key", "keys", "password"} and SESSIONS.search(call.name + call.spelled))
            or (key in HANDED and (CONNECTING.search(call.spelled) or CONNECTING.search(call.name)))
        ):
            _constant(machine, call.node, value, f"{key} is a constant")


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
    machine.report(
        node,
        "hard-coded-secret",
        798,
        Severity.HIGH,
        Confidence.MEDIUM,
        f"{why} of {len(text)} characters (not shown)",
        "Read it from the environment.",
    )


def short_password(name: str, text: str) -> bool:
    """`password = "1212"`."""
    named = re.search(r"(^|_)(passw(or)?d|pwd|pass)$", name, re.I)
    return (
        named is not None and re.fullmatch(r"\S*\d\S*", text) is not None and 4 <= len(text) <= 40 and "/" not in text
    )


def words_of(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def check_named(machine: Machine, name: str, value: Syntax | None, node: Syntax) -> None:
    if value is None or value.type not in {"string", "template_string"} or not SECRET_NAME.search(words_of(name)):
        return
    text = value.string
    if text is not None and re.fullmatch(r"[A-Z][a-z]+(-[A-Z][a-z]+)*|[\^~]?\d+(\.\d+)+", text):
        return
    if text is not None and (
        is_secret(text)
        or short_password(words_of(name), text)
        or (name in OPTIONS and len(text) > 5 and not PLACEHOLDER.search(text))
    ):
        machine.report(
            node,
            "hard-coded-secret",
            798,
            Severity.HIGH,
            Confidence.MEDIUM,
            f"{name} is a constant of {len(text)} characters (not shown)",
            "Read it from the environment.",
        )


__all__ = ["check_named", "check_secrets"]
