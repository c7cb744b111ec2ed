"""The forms in which public corpora tell what is vulnerable in them, each read into cases.

A copy of the files without their marks is written into a folder of the caller's: a comment must not help, and nothing
of a corpus is kept here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from bench.forms_marked import is_marked, marked
from bench.forms_others import pieces
from bench.forms_sonar_python import is_sonar_python, marked_lines
from bench.forms_sonarjs import is_sonarjs, sonarjs
from bench.forms_sven import is_sven, pairs
from bench.public_case import COVERED, Case, Form

SCRIPTS = (".js", ".ts", ".jsx", ".tsx")
CODE = (".py", *SCRIPTS)
COMMENT = re.compile(r"\s*(?:#|//|/\*|\{/\*)")
MARK = re.compile(r"\s*(?:#|//|/\*|\{/\*)\s*(ruleid|ok):\s*([\w.\-]+)")
ANY_MARK = re.compile(
    r"(#|//)\s*((todo)?(ruleid|ok)\b|NOT OK|OK\b|BAD\b|GOOD\b|bearer:expected|\{/?fact|"
    r"[Nn]on-?[Cc]ompliant|[Cc]ompliant).*"
)
FACTS = {
    "sql-injection": 89,
    "os-command-injection": 78,
    "code-injection": 94,
    "cross-site-scripting": 79,
    "path-traversal": 22,
    "server-side-request-forgery": 918,
    "untrusted-deserialization": 502,
    "deserialize-untrusted-object": 502,
    "xml-external-entity": 611,
    "xpath-injection": 643,
    "ldap-injection": 90,
    "nosql-injection": 943,
    "open-redirect": 601,
    "insecure-hashing": 328,
    "insecure-cryptography": 327,
    "insecure-cookie": 614,
    "insecure-cors-policy": 942,
    "improper-certificate-validation": 295,
    "hardcoded-credentials": 798,
    "cross-site-request-forgery": 352,
    "file-injection": 22,
    "sendfile-injection": 22,
    "do-not-disable-html-autoescape": 79,
    "loose-file-permissions": 732,
    "insecure-temp-file": 377,
    "insecure-object-attribute-modification": 1321,
    "new-function-detected": 94,
    "non-literal-regular-expression": 1333,
    "detect-activated-debug-feature": 489,
    "module-injection": 94,
    "unverified-hostname": 295,
    "cryptographic-key-generator": 326,
    "insecure-connection": 319,
    "ldap-authentication": 521,
    "origins-verified-cross-origin-communications": 346,
}
"""Of the detectors' names that a class is told by."""


ASIDE = r"Consistency|UselessUseOfCat|ServerCrash|BadRandomness"
"""Tables of what is no weakness of its class: checks of the tests, style, crashes, biased but unforeseeable numbers."""


def owasp(root: Path, work: Path) -> Iterator[Case]:
    """`expectedresults-*.csv`: a file for each case."""
    (table,) = root.glob("expectedresults-*.csv")
    for helper in _code(root):
        _copied(helper, helper.relative_to(root).as_posix(), work)
    for row in csv.reader(table.read_text().splitlines()):
        if row and not row[0].startswith("#"):
            name = f"testcode/{row[0]}.py"
            yield Case(name, None, row[2].strip() == "true", int(row[3]), row[1])


def annotated(root: Path, work: Path) -> Iterator[Case]:
    """`ruleid: NAME` and `ok: NAME` on the line before; rules (YAML beside the file, or somewhere) with their CWE."""
    everywhere: dict[str, int] | None = None
    for file in _code(root):
        if "ruleid" not in (text := file.read_text(errors="replace")) or ".fixed." in file.name:
            continue
        rules = next((y for y in (file.with_suffix(".yaml"), file.with_suffix(".yml")) if y.is_file()), None)
        if rules is not None and "security" not in file.parts:
            continue
        if rules is None and everywhere is None:
            everywhere = {name: cwe for y in root.rglob("*.y*ml") for name, cwe in _numbers(y, vulnerable_only=False)}
        numbers = dict(_numbers(rules)) if rules is not None else everywhere or {}
        name = _copied(file, _plain(file, root), work)
        lines = text.splitlines()
        for number, line in enumerate(lines):
            mark = MARK.match(line)
            if mark and mark[2] in numbers:
                at = next((n for n in range(number + 1, len(lines)) if not COMMENT.match(lines[n])), number)
                cwe = numbers[mark[2]]
                yield Case(name, range(at + 1, at + 2), mark[1] == "ruleid", cwe, f"CWE-{cwe}")


def codeql(root: Path, work: Path) -> Iterator[Case]:
    """`NAME.expected` lists the bad lines, comments `OK` name clean ones; the folder's name holds the CWE."""
    for folder in sorted({file.parent for file in root.rglob("*.expected")}):
        told = [re.match(r"CWE-(\d+)", part) for part in folder.parts]
        numbers = [int(match[1]) for match in told if match]
        if not numbers or numbers[-1] not in COVERED:
            continue
        bad = {place for table in folder.glob("*.expected") for place in _expected(table)}
        for file in _code(folder):
            name = _copied(file, _plain(file, root), work)
            inside = file.relative_to(folder).as_posix()
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
                if (inside, number) in bad:
                    yield Case(name, range(number, number + 1), True, numbers[-1], f"CWE-{numbers[-1]}")
                elif re.search(r"(//|#)\s*OK\b", line):
                    yield Case(name, range(number, number + 1), False, numbers[-1], f"CWE-{numbers[-1]}")


def _expected(table: Path) -> Iterator[tuple[str, int]]:
    text = table.read_text(errors="replace")
    if re.match(ASIDE, table.name) or (text.startswith(("nodes", "edges")) and "#select" not in text):
        return
    for match in re.finditer(r"^\| ([\w./\-]+):(\d+):", text.partition("#select")[2] or text, re.M):
        yield match[1], int(match[2])


def bearer(root: Path, work: Path) -> Iterator[Case]:
    """`bearer:expected RULE` before a bad line; a file in which a rule's tests expect nothing is clean for it."""
    numbers: dict[str, int] = {}
    for file in root.rglob("*.yml"):
        about = (yaml.safe_load(file.read_text()) or {}).get("metadata", {})
        if about.get("cwe_id") and about.get("id"):
            numbers[about["id"]] = int(about["cwe_id"][0])
    for file in _code(root):
        if "testdata" not in file.parts:
            continue
        rule = "_".join(file.relative_to(root).parts[file.relative_to(root).parts.index("tests") + 1 : -2])
        lines = file.read_text(errors="replace").splitlines()
        name = _copied(file, _plain(file, root), work)
        marks = [
            (n, match[1]) for n, line in enumerate(lines) if (match := re.match(r"[^\w]*bearer:expected (\w+)", line))
        ]
        for number, expected in marks:
            at = next((n for n in range(number + 1, len(lines)) if "bearer:expected" not in lines[n]), number)
            if numbers.get(expected) in COVERED:
                yield Case(name, range(at + 1, at + 2), True, numbers[expected], f"CWE-{numbers[expected]}")
        if not marks and numbers.get(rule) in COVERED:
            yield Case(name, None, False, numbers[rule], f"CWE-{numbers[rule]}")


def facts(root: Path, work: Path) -> Iterator[Case]:
    """`{fact rule=NAME defects=1}` and `{/fact}` around a case."""
    for file in _code(root):
        lines = file.read_text(errors="replace").splitlines()
        if not any("{fact" in line for line in lines):
            continue
        name = _copied(file, _plain(file, root), work)
        begun: tuple[int, int, bool] | None = None
        for number, line in enumerate(lines, 1):
            if match := re.search(r"\{fact rule=([\w-]+)@\S+ defects=(\d)", line):
                cwe = FACTS.get(match[1].replace("_", "-"), 0)
                begun = (number, cwe, match[2] != "0")
            elif "{/fact}" in line and begun is not None:
                if begun[1] in COVERED:
                    yield Case(name, range(begun[0], number), begun[2], begun[1], f"CWE-{begun[1]}")
                begun = None


def folders(root: Path, work: Path) -> Iterator[Case]:
    """`CWE-089/NAME.py`: each file is vulnerable; nothing is clean."""
    for file in _code(root):
        match = re.match(r"CWE-(\d+)$", file.parent.name)
        if match and int(match[1]) in COVERED:
            name = _copied(file, _plain(file, root), work)
            yield Case(name, None, True, int(match[1]), f"CWE-{int(match[1])}")


def linters(root: Path, work: Path) -> Iterator[Case]:
    """`valid` and `invalid` lists of a linter's rules."""
    for name, code, bad, cwe in pieces(root):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(code)
        yield Case(name, None, bad, cwe, f"CWE-{cwe}")


def sonar_python(root: Path, work: Path) -> Iterator[Case]:
    for mark in marked_lines(root, COVERED):
        name = _copied(mark.file, _plain(mark.file, root), work)
        first, *others = mark.numbers
        yield Case(name, range(mark.line, mark.line + 1), mark.bad, first, f"CWE-{first}", tuple(others))


def sven(root: Path, work: Path) -> Iterator[Case]:
    for name, source, bad, cwe in pairs(root, COVERED):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(ANY_MARK.sub(r"\1", source))
        yield Case(name, None, bad, cwe, f"CWE-{cwe}")


def form_of(root: Path) -> Form:
    if is_sven(root):
        return sven
    if is_sonar_python(root):
        return sonar_python
    if list(root.glob("expectedresults-*.csv")):
        return owasp
    if any(root.rglob("*.qlref")):
        return codeql
    if is_sonarjs(root):
        return sonarjs
    if is_marked(root):
        return marked
    texts = [file.read_text(errors="replace") for file in _code(root)]
    for word, form in (
        ("ruleid:", annotated),
        ("bearer:expected", bearer),
        ("{fact rule=", facts),
        ("RuleTester", linters),
    ):
        if any(word in text for text in texts):
            return form
    return folders


def _code(root: Path) -> list[Path]:
    return [file for file in sorted(root.rglob("*")) if file.suffix in CODE and file.is_file()]


def _plain(file: Path, root: Path) -> str:
    """Of a test of a rule: what is let through in a project's own tests must not be let through here."""
    return re.sub(r"(^|/)(tests?|testdata|query-tests)(?=/)", r"\1cases", file.relative_to(root).as_posix())


def _copied(file: Path, name: str, work: Path) -> str:
    (work / name).parent.mkdir(parents=True, exist_ok=True)
    (work / name).write_text(ANY_MARK.sub(r"\1", file.read_text(errors="replace")))
    return name


def _numbers(rules: Path, *, vulnerable_only: bool = True) -> Iterator[tuple[str, int]]:
    """Of rules that say they find vulnerabilities, and do not only ask for a look."""
    held = yaml.safe_load(rules.read_text()) or {}
    for rule in held.get("rules", ()) if isinstance(held, dict) else ():
        about = rule.get("metadata", {})
        told = re.search(r"(?i)CWE-(\d+)", str(about.get("cwe")))
        if told and ("vuln" in str(about.get("subcategory")) or (not vulnerable_only and int(told[1]) in COVERED)):
            yield rule["id"], int(told[1])


__all__ = ["form_of"]
