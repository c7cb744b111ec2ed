"""Runs inside the sandbox, on our interpreter: detect-secrets and our rules over every text file below the working
directory, and our rules over git's history where it is there.

A found value never leaves this process: it is judged here, and only its kind, place, length and a short digest are
printed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detect_secrets.__version__ import VERSION
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import get_settings, transient_settings

from tools.security.secret_named import NAMED
from tools.security.secret_rules import CONFIG_KEY, found_in_text
from tools.security.secrets_history import found_in_history

FILE_BYTES = 2 << 20
FILES = 20_000
PROBE_BYTES = 8192
SKIPPED_PLUGINS = frozenset({"IPPublicDetector"})
"""An address is no secret."""
HEURISTIC = "detect_secrets.filters.heuristic."
FILTERS = (
    "is_sequential_string",
    "is_potential_uuid",
    "is_likely_id_string",
    "is_templated_secret",
    "is_prefixed_with_dollar_sign",
    "is_indirect_reference",
    "is_not_alphanumeric_string",
)
"""Not those that let whole files or marked lines through: the scanned code would then judge itself."""
WHOLE_FILE_FILTERS = ("detect_secrets.filters.common.is_invalid_file", f"{HEURISTIC}is_non_text_file")
NOTHING_IN_IT = re.compile(r"\s*(--hash=sha(256|384|512):[0-9a-f]+\s*\\?\s*)?$")
"""Blank, or a checksum of a lock file: two thirds of a project's lines and of the time it would take to scan them."""
CHECKSUM = re.compile(r"sha(1|256|384|512)[-:]", re.IGNORECASE)
PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|this|it)|replace[-_ ]?(me|this|with)|example|placeholder|your[-_ ]|dummy"
    r"|correct[-_ ]?horse|not[-_ ]a[-_ ]?(real[-_ ])?secret"
    r"|^(x+|\*+|\.+|-+|secret|password|passwd|passphrase|postgres|root|admin|test|token|none|null|true|false|todo|user|app|dev"
    r"|string|object|number|boolean|function|undefined)$",
    re.IGNORECASE,
)
SENTENCE = re.compile(
    r"(?i)(?=.*\b(pass(words?|wort|phrase|code|e)?|tokens?|secrets?|keys?)\b)[a-z]+([ ,.'-]+[a-z0-9]+)+[.!?:]?"
)
"""A text for people, about the thing."""
SHORT = 4
HEX_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
VERSION_WORD = re.compile(
    r"\b(\w+[_-])?(commit|sha(1|256)?|hash|rev(ision)?|digest|oid|checksum|integrity|etag|blob|tree|parent|snapshot|ref)"
    r"['\"]?\s*(:|=|=>|@)\s*['\"]?$|@$",
    re.IGNORECASE,
)
CREDENTIAL_FILES = frozenset({".netrc", ".pgpass", ".git-credentials", ".htpasswd"})


def main(known: dict[str, list[Any]] | None = None) -> dict[str, Any]:
    """`known`: what was found in files that are as they were; nothing in it is a value."""
    classes: dict[str, type] = get_mapping_from_secret_type_to_class()
    plugins = [plugin.__name__ for plugin in classes.values()]
    settings = {
        "plugins_used": [{"name": name} for name in plugins if name not in SKIPPED_PLUGINS],
        "filters_used": [{"path": HEURISTIC + name} for name in FILTERS],
    }
    with transient_settings(settings):
        get_settings().disable_filters(*WHOLE_FILE_FILTERS)
        report = scan_tree(known or {})
    add_history(report)
    return report


def add_history(report: dict[str, Any]) -> None:
    """What was taken out of the tree is still in the history, for everyone who has the repository."""
    if not Path(".git").is_dir():
        report["history"] = "no history in this folder"
        return
    known = {found["digest"] for found in report["found"]}
    commits = 0
    try:
        for commit, file, found in found_in_history():
            if commit is None:
                commits += 1
                continue
            found_entry = entry(Path(file), found.kind, found.line, found.value) | {"commit": commit}
            if found_entry["digest"] not in known:
                known.add(found_entry["digest"])
                report["found"].append(found_entry)
    except (OSError, ValueError) as error:
        report["not_scanned"].append(["(git history)", str(error)[:200]])
    report["history"] = f"{commits} commits"


def scan_tree(known: dict[str, list[Any]]) -> dict[str, Any]:
    report: dict[str, Any] = {
        "version": VERSION,
        "scanned": 0,
        "binary": 0,
        "links": 0,
        "not_scanned": [],
        "found": [],
        "known": 0,
        "learned": {},
    }
    for count, path in enumerate(tree()):
        if count >= FILES:
            report["not_scanned"].append(["(the rest)", f"more than {FILES} files"])
            break
        try:
            scan_one(path, report, known)
        except Exception as error:  # the border of the scanner: a file that breaks it is named, not passed over
            report["not_scanned"].append([str(path), type(error).__name__])
    return report


def tree() -> Iterator[Path]:
    for folder, folders, names in os.walk(".", onerror=refuse):
        if folder == ".":
            folders[:] = [name for name in folders if name != ".git"]
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if Path(folder, name) != Path(".git"))


def refuse(error: OSError) -> None:
    raise error


def scan_one(path: Path, report: dict[str, Any], known: dict[str, list[Any]]) -> None:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        report["links"] += 1
        return
    if not stat.S_ISREG(status.st_mode):
        report["not_scanned"].append([str(path), "no regular file"])
        return
    if status.st_size > FILE_BYTES:
        report["not_scanned"].append([str(path), f"larger than {FILE_BYTES:,} bytes"])
        return
    text = decoded(path.read_bytes())
    if text is None:
        report["binary"] += 1
        return
    report["scanned"] += 1
    held = known.get(path.as_posix())
    found = found_in(path, text) if held is None else held
    report["known"] += held is not None
    if held is None:
        report["learned"][path.as_posix()] = found
    report["found"] += found


def decoded(content: bytes) -> str | None:
    """None for binary content."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content[:PROBE_BYTES]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def found_in(path: Path, text: str) -> list[dict[str, Any]]:
    """detect-secrets passes over text that is not UTF-8, so it is given a copy that is, under the same name."""
    lines = enumerate(re.split(r"\r\n|\r|\n", text), 1)
    kept = [(number, line) for number, line in lines if not NOTHING_IN_IT.match(line)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        copy.write_text("\n".join(line for _, line in kept), encoding="utf-8", newline="\n")
        secrets = [
            entry(path, secret.type, kept[min(secret.line_number, len(kept)) - 1][0], secret.secret_value)
            for secret in scan_file(str(copy))
            if secret.secret_value is None
            or not (
                harmless(secret.secret_value)
                or names_itself(secret.secret_value, kept[min(secret.line_number, len(kept)) - 1][1])
                or names_a_version(secret.secret_value, kept[min(secret.line_number, len(kept)) - 1][1])
            )
        ]
    ours = [
        entry(path, found.kind, found.line, found.value)
        for found in dict.fromkeys(found_in_text(path.as_posix(), text))
    ]
    taken = {found["line"] for found in ours}
    secrets = [found for found in secrets if found["line"] not in taken] + one_a_line(ours)
    if path.name in CREDENTIAL_FILES and text.strip() and not ours:
        secrets.append(entry(path, "Credential File", 1, text))
    return secrets


def names_a_version(value: str, line: str) -> bool:
    """A commit or a checksum that the line calls one: 40 or 64 digits of hex, and a word for it just before."""
    before = line.partition(value)[0]
    return bool(HEX_DIGEST.fullmatch(value) and VERSION_WORD.search(before))


def one_a_line(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The guess by a key's name gives way to what its value was recognised as."""
    guesses = {CONFIG_KEY, NAMED}
    certain = {entry["line"] for entry in found if entry["type"] not in guesses}
    kept = [entry for entry in found if entry["type"] not in guesses or entry["line"] not in certain]
    return list({(entry["line"], entry["digest"]): entry for entry in kept}.values())


def harmless(value: str) -> bool:
    return bool(PLACEHOLDER.search(value) or CHECKSUM.match(value) or SENTENCE.fullmatch(value) or len(value) < SHORT)


def names_itself(value: str, line: str) -> bool:
    """A constant that says in words what its name says: the name of a kind, not a secret of it."""
    words = re.findall(r"[a-z]+", value.lower())
    name = re.match(r"\s*['\"]?(\w+)['\"]?\s*(:\s*\w+\s*)?[:=]", line)
    plain = re.fullmatch(r"[A-Za-z]+([ _-][A-Za-z]+)*", value) is not None
    return plain and name is not None and set(words) <= set(re.findall(r"[a-z]+", name[1].lower().replace("_", " ")))


def entry(path: Path, kind: str, line: int, value: str | None) -> dict[str, Any]:
    value = value or ""
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return {"file": path.as_posix(), "line": line, "type": kind, "length": len(value), "digest": digest}


if __name__ == "__main__":
    json.dump(main(json.loads(sys.stdin.read() or "{}")), sys.stdout)
