"""Secrets that have a form of their own, and files that are known to hold some. Works on text; gives values to its
caller, which prints none of them."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

CONFIG_KEY = "Configuration Key"
"""A guess by the key's name; all other kinds are known by their form or by their file."""


@dataclass(frozen=True)
class Found:
    kind: str
    line: int
    value: str


FORMS: tuple[tuple[str, str], ...] = (
    ("AWS Access Key", r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b"),
    (
        "AWS Secret Key",
        r"(?i)aws_?(?:secret)?_?(?:access)?_?key\w*['\"]?\s*[:=]\s*['\"]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    ("GitHub Token", r"\b(gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b"),
    ("GitLab Token", r"\b(gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_\-]{20,})"),
    ("Slack Token", r"\b(xox[abeoprs]-(?:\d+-)?[A-Za-z0-9-]{20,}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]+)"),
    ("Slack Webhook", r"(https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{30,})"),
    ("Discord Webhook", r"(https://discord(?:app)?\.com/api/webhooks/\d{15,}/[\w-]{40,})"),
    ("Stripe Key", r"\b([sr]k_(?:live|test)_[A-Za-z0-9]{16,})\b|\b(whsec_[A-Za-z0-9]{24,})"),
    ("Google Key", r"\b(AIza[A-Za-z0-9_\-]{35})(?![\w-])|\b(GOCSPX-[A-Za-z0-9_\-]{20,})|\b(ya29\.[\w-]{40,})"),
    ("SendGrid Key", r"\b(SG\.[\w-]{16,32}\.[\w-]{16,64})"),
    ("Twilio Key", r"\b(SK[0-9a-f]{32})\b|(?i:twilio\w*['\"]?\s*[:=]\s*['\"]?)([0-9a-f]{32})\b"),
    ("npm Token", r"\b(npm_[A-Za-z0-9]{36})\b"),
    ("PyPI Token", r"\b(pypi-[A-Za-z0-9_-]{50,})"),
    (
        "OpenAI Key",
        r"\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{48}|sk-proj-[\w-]{40,})\b",
    ),
    ("Anthropic Key", r"\b(sk-ant-[A-Za-z0-9_-]{32,})"),
    ("Hugging Face Token", r"\b(hf_[A-Za-z0-9]{34,})\b"),
    ("DigitalOcean Token", r"\b(do[opr]_v1_[a-f0-9]{64})\b"),
    ("Mailgun Key", r"\b(key-[0-9a-f]{32})\b"),
    ("Mailchimp Key", r"\b([0-9a-f]{32}-us\d{1,2})\b"),
    ("Azure Key", r"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,}={0,2})"),
    ("Databricks Token", r"\b(dapi[a-f0-9]{32})\b"),
    ("Shopify Token", r"\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b"),
    ("Square Token", r"\b(sq0(?:atp|csp|idp)-[\w-]{22,43})|\b(EAAA[\w-]{60})"),
    ("Vault Token", r"\b(hv[sbr]\.[\w-]{24,})"),
    ("Telegram Token", r"\b(\d{8,10}:AA[\w-]{33})(?![\w-])"),
    ("Atlassian Token", r"\b(ATATT3[\w=-]{60,})"),
    ("Postman Key", r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b"),
    ("New Relic Key", r"\b(NRAK-[A-Z0-9]{27})\b"),
    ("Linear Key", r"\b(lin_api_[A-Za-z0-9]{40})\b"),
    ("Doppler Token", r"\b(dp\.(?:pt|st|ct|sa)\.[\w.]{40,})"),
    ("Age Key", r"\b(AGE-SECRET-KEY-1[A-Z0-9]{58})\b"),
    ("Facebook Token", r"\b(EAACEdEose0cBA[0-9A-Za-z]+)"),
    ("Sentry Key", r"(https://[0-9a-f]{32}:[0-9a-f]{32}@[\w.]*sentry\.io/\d+)|\b(sntrys_[\w=+/]{60,})"),
    (
        "Heroku Key",
        r"(?i)heroku\w*['\"]?\s*[:=]\s*['\"]?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b",
    ),
    ("JSON Web Token", r"\b(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,})"),
    ("Private Key", r"(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)|(PuTTY-User-Key-File-\d)"),
    ("Connection String", r"\b[a-z][a-z0-9+.-]{2,20}://[^\s:/@'\"<>]{0,60}:([^\s@/'\"<>]{3,100})@[\w.\[\]:-]+"),
    ("Connection String", r"(?i)(?:server|data source|host)=[^;'\"]+;[^'\"\n]*?(?:password|pwd)=([^;'\"\n]{4,})"),
    ("JDBC Password", r"(?i)jdbc:[^\s'\"]+[?&;]password=([^&;\s'\"]{4,})"),
    (
        "Password Hash",
        r"(\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53})|(\$argon2(?:id|i|d)\$v=[^\s'\",]{40,})|(\$(?:5|6|y|apr1)\$[^\s:'\",]{30,})",
    ),
    ("Password Hash", r"((?:pbkdf2_sha256\$\d+|pbkdf2:sha256:\d+|scrypt:\d+:\d+:\d+)\$[^\s'\",]{40,})"),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in FORMS)
HINT = re.compile(
    r"AKIA|ASIA|ABIA|ACCA|aws|gh[pousr]_|github_pat|gl\w+-|xox|xapp|hooks\.|webhooks|k_live|k_test|whsec"
    r"|AIza|GOCSPX|ya29|SG\.|SK[0-9a-f]|twilio|npm_|pypi-"
    r"|sk-|hf_|_v1_|key-|-us\d|AccountKey|AccessKey|dapi|shp|sq0|EAA|hv[sbr]\.|:AA|ATATT|PMAK|NRAK"
    r"|lin_api|dp\.|AGE-|sentry|sntrys|heroku|eyJ|PRIVATE KEY"
    r"|PuTTY|://|[Pp]assword|[Pp][Ww][Dd]|\$\d|\$argon|\$apr|\$y|pbkdf2|scrypt",
    re.I,
)
PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|this|it)|replace|example|placeholder|your[-_ ]?|dummy|<[^>]+>|\$\{|\$\(|\{\{|%\(|%s"
    r"|\{\w*\}|^\$\w+$|xxx+|\*\*\*|\.\.\.|redacted|todo|fixme"
    r"|^(secret|password|passwd|pass|postgres|root|admin|test|token|none|null|nil|true|false|user|app|dev"
    r"|guest|changeit|string|mysql|redis|rabbitmq|hidden|required|optional)$"
    r"|correct[-_ ]?horse"
    r"|not[-_ ]?a[-_ ]?(real|secret)|sample|insert[-_ ]|enter[-_ ]|^!|process\.env|os\.environ|getenv"
    r"|^env[.(:]|secretKeyRef|valueFrom|vault:|^ref\+|^arn:|^projects/",
    re.I,
)
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
    for number, line in enumerate(text.splitlines(), 1):
        if HINT.search(line):
            yield from by_form(number, line[:4000])
    yield from _by_file(path, text)


def by_form(number: int, line: str) -> Iterator[Found]:
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(line):
            value = next((group for group in match.groups() if group), "")
            if genuine(kind, value):
                yield Found(kind, number, value)


def genuine(kind: str, value: str) -> bool:
    """By form and by entropy: a placeholder in the right form is none."""
    if not value or PLACEHOLDER.search(value):
        return False
    if kind == "Private Key":
        return True
    if kind in {"Connection String", "JDBC Password"}:
        return not value.startswith(("$", "{", "%", ":")) and len(value) >= 4
    if kind == "JSON Web Token":
        return _is_jwt(value)
    return entropy(value) >= 2.8 and not re.search(r"(.)\1{7}|0123456789|abcdefgh", value, re.I)


def entropy(value: str) -> float:
    """Bits a character."""
    counts = [value.count(letter) / len(value) for letter in set(value)]
    return -sum(share * math.log2(share) for share in counts)


def _is_jwt(value: str) -> bool:
    head = value.split(".")[0]
    try:
        return b'"alg"' in base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except (binascii.Error, ValueError):
        return False


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


__all__ = ["CONFIG_KEY", "Found", "by_form", "entropy", "found_in_text", "genuine", "looks_secret"]
