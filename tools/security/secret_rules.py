"""Secrets that have a form of their own, and files that are known to hold some. Works on text; gives values to its
caller, which prints none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.security.secret_forms import PLACEHOLDER, Found, by_form, entropy, forms_of
from tools.security.secret_named import by_name

CONFIG_KEY = "Configuration Key"
"""A guess by the key's name; all other kinds are known by their form or by their file."""


PASSWORD_HASH = "Password Hash"  # noqa: S105 - the name of a kind
DUMP = re.compile(r"insert\s+into[^;(]*\b\w*(user|account|member|customer|admin|login|auth)\w*", re.I)
HEX_HASH = re.compile(r"'([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})'", re.I)
CONFIG = frozenset(
    {
        ".yml",
        ".yaml",
        ".json",
        ".ini",
        ".cfg",
        ".conf",
        ".config",
        ".properties",
        ".toml",
        ".tfvars",
        ".env",
        ".cnf",
        ".xml",
        ".plist",
        ".sh",
        ".bash",
        ".zsh",
        ".rc",
        ".tf",
        ".php",
        ".rb",
        ".gradle",
        ".sql",
    }
)
SECRET_KEY = re.compile(
    r"(^|[._-])\w*?(pass(word|wd|phrase)?|pwd|secret(_?key)?|api_?key|auth_?token|access_?token"
    r"|access_?key|private_?key|client_?secret|secret_?key_?base"
    r"|encryption_?key|signing_?key|token|credential|_auth(Token)?)$",
    re.I,
)
PAIR = re.compile(
    r"^\s*(?:export\s+|set\s+|-\s+|const\s+|\$)?['\"]?([\w.\-]{2,60})['\"]?\s*(?:=>|:=|[:=])\s*(.+?)\s*,?;?\s*$"
)
XML_PAIR = re.compile(r"<(\w*(?:pass(?:word)?|pwd|secret|token|apikey)\w*)[^>]*>([^<]{4,})</", re.I)
PHP_DEFINE = re.compile(r"define\(\s*['\"](\w+)['\"]\s*,\s*['\"]([^'\"]+)['\"]", re.I)
WORDPRESS = re.compile(r"^(DB_PASSWORD|\w*_KEY|\w*_SALT|FTP_PASS|SMTP_PASS\w*)$")
NAMES = re.compile(
    r"lock|package\.json$|tsconfig|manifest|composer\.json$|swagger|openapi|locale|i18n|translations|messages", re.I
)


def found_in_text(file: str, text: str) -> Iterator[Found]:
    path = PurePosixPath(file)
    forms = forms_of(text)
    for number, line in enumerate(text.splitlines(), 1) if forms else ():
        yield from by_form(number, line[:4000], forms)
    yield from _by_file(path, text)


def _by_file(path: PurePosixPath, text: str) -> Iterator[Found]:
    name = path.name.lower()
    lines = list(enumerate(text.splitlines(), 1))
    known = next(
        (rule for pattern, rule in FILES if re.search(pattern, name) or re.search(pattern, str(path).lower())), None
    )
    if known is not None:
        kind, pattern = known
        for number, line in lines:
            match = (
                None
                if line.lstrip().startswith(("#", ";")) and "authtoken" not in line.lower()
                else re.search(pattern, line)
            )
            if match and match[1] and not PLACEHOLDER.search(match[1]):
                yield Found(kind, number, match[1])
    yield from by_name(path, lines)
    if path.suffix in {".sql", ".dump", ".bak"} or "dump" in name:
        for number, line in lines:
            if DUMP.search(line[:400]):
                yield from (Found(PASSWORD_HASH, number, match[1]) for match in HEX_HASH.finditer(line))
    if name.startswith("wp-config") or path.suffix == ".php":
        for number, line in lines:
            match = PHP_DEFINE.search(line)
            if (
                match
                and WORDPRESS.search(match[1])
                and not PLACEHOLDER.search(match[2])
                and "unique phrase" not in match[2]
            ):
                yield Found("WordPress Secret", number, match[2])
    if (path.suffix in CONFIG or (name.startswith((".env", ".")) and not path.suffix)) and not NAMES.search(name):
        yield from _by_key(lines)


FILES: tuple[tuple[str, tuple[str, str]], ...] = (
    (
        r"^\.?npmrc$|^\.yarnrc",
        ("npm Credential", r"(?i)(?:_authToken|_password|_auth|npmAuthToken)\s*[=:]\s*\"?([^\s\"]{6,})"),
    ),
    (r"^[._]netrc$", ("netrc Password", r"(?i)\bpassword\s+(\S{3,})")),
    (r"^\.?pgpass(\.conf)?$", ("pgpass Password", r"^[^:#\s]+:[^:]*:[^:]*:[^:]*:(\S+)")),
    (r"^\.?htpasswd$|^passwd$|^shadow$", ("Password File", r"^[^:#\s]+:([^:*!\s]{8,})")),
    (r"^\.git-credentials$", ("Git Credential", r"://[^:/\s]+:([^@\s]+)@")),
    (r"^\.pypirc$", ("PyPI Password", r"(?i)^\s*password\s*[:=]\s*(\S{3,})")),
    (r"^\.my\.cnf$|^\.mylogin|^client\.cnf$", ("MySQL Password", r"(?i)^\s*password\s*=\s*['\"]?([^\s'\"]{3,})")),
    (
        r"\.docker/config\.json$|^\.dockercfg$|^\.dockerconfigjson$",
        ("Docker Credential", r"\"auth\"\s*:\s*\"([A-Za-z0-9+/=]{8,})\""),
    ),
    (
        r"^\.s3cfg$|^\.boto$|aws/credentials$|^credentials$",
        ("Cloud Credential", r"(?i)secret(?:_access)?_key\s*=\s*(\S{16,})"),
    ),
    (r"filezilla|sitemanager|recentservers", ("FTP Password", r"<Pass[^>]*>([^<]+)</Pass>")),
    (
        r"sftp(-config)?\.json$|^\.ftpconfig$|remote-sync\.json$|deployment-config\.json$",
        ("FTP Password", r"\"(?:password|pass)\"\s*:\s*\"([^\"]{3,})\""),
    ),
    (r"^master\.key$|^credentials\.yml\.key$", ("Rails Key", r"^([0-9a-f]{32,64})\s*$")),
    (
        r"^secret_token\.rb$|^secrets\.yml$",
        ("Rails Key", r"(?i)secret_(?:token|key_base)\s*[:=]\s*['\"]?([0-9a-f]{30,})"),
    ),
    (
        r"kube/config$|^kubeconfig",
        ("Kubernetes Credential", r"(?i)^\s*(?:token|password|client-key-data)\s*:\s*(\S{6,})"),
    ),
    (
        r"^\.esmtprc$|^\.msmtprc$|^\.muttrc$|^\.fetchmailrc$",
        ("Mail Password", r"(?i)\bpass(?:word)?\s*[= ]\s*['\"]?([^\s'\"]{3,})"),
    ),
    (
        r"^\.env(\.|$)",
        (
            "Environment Secret",
            r"^\s*(?:export\s+)?\w*(?:PASSWORD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY)\w*\s*=\s*['\"]?([^\s'\"#]{6,})",
        ),
    ),
)
"""File name → (kind, where its secret stands)."""


def _by_key(lines: list[tuple[int, str]]) -> Iterator[Found]:
    for number, line in lines:
        if line.lstrip().startswith(("#", "//", ";", "*")) or len(line) > 1000:
            continue
        match = PAIR.match(line)
        if match and SECRET_KEY.search(match[1]):
            value = re.sub(r"\s+#.*$", "", match[2]).strip("'\" ,;")
            if looks_secret(value):
                yield Found(CONFIG_KEY, number, value)
        for inner in re.finditer(r"['\"](\w+)['\"]\s*:\s*['\"]([^'\"]+)['\"]", line):
            if (not match or inner[1] != match[1]) and SECRET_KEY.search(inner[1]) and looks_secret(inner[2]):
                yield Found(CONFIG_KEY, number, inner[2])
        element = XML_PAIR.search(line)
        if element and looks_secret(element[2]):
            yield Found(CONFIG_KEY, number, element[2])


def looks_secret(value: str) -> bool:
    """More than a word, a path, a number, a reference or a sentence."""
    if len(value) < 6 or len(value) > 500 or PLACEHOLDER.search(value) or " " in value:
        return False
    if value.startswith(
        (
            "$",
            "{",
            "[",
            "(",
            "|",
            ">",
            "&",
            "*",
            "/",
            "./",
            "http://",
            "https://",
            "@",
            "<",
            "secrets.",
            "file:",
            "None",
        )
    ):
        return False
    if re.fullmatch(r"[\d.]+\w?|[a-z]{1,11}|[A-Z_]+|[a-z]+([_\-.][a-z]+)+|[a-z]+([A-Z][a-z]+)+|[\w.]+\(.*\)?", value):
        return False
    return entropy(value) >= 2.2


__all__ = ["CONFIG_KEY", "found_in_text", "looks_secret"]
