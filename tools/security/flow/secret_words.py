"""Which names hold secrets, and which texts could be one."""

from __future__ import annotations

import re

PLACEHOLDER = re.compile(
    r"^$|^(op://|vault:|arn:|\{cipher\}|ENC\()|^pass(word|wd|phrase)?$|change|replace|example|your|xxx|<.*>|\$\{|\{\{|%\(|dummy|placeholder|todo|correct.?horse|none|null|test|\*{3}",
    re.IGNORECASE,
)
NAMES = (
    r"passw(or)?d|passwd|pwd|passphrase|secret|secret_?key|api_?key|auth_?token|access_?key|private_?key|token|jwt_?secret"
    r"|auth_?key|encryption_?key|signing_?key"
)
"""What a secret is called, in whatever language; `pass` is a word of Python."""
SECRET_NAME = re.compile(rf"(^|[_\-.])({NAMES})$", re.IGNORECASE)


def is_secret(text: str) -> bool:
    """Long enough, no placeholder, no name, path or sentence."""
    if len(text) < 6 or PLACEHOLDER.search(text) or " " in text.strip() or text.startswith(("/", ".", "http")):
        return False
    words = re.fullmatch(r"[a-z]+([_\-:.][a-z]+)*|[A-Z]+([_\-][A-Z]+)*|[a-z]+([A-Z][a-z]+)+", text)
    return not (words and (len(text) < 10 or re.search(r"[_\-:.]|[a-z][A-Z]", text)))


__all__ = ["NAMES", "PLACEHOLDER", "SECRET_NAME", "is_secret"]
