"""Each edit: what it makes of a call, and that it leaves alone what it does not know."""

from __future__ import annotations

import pytest

from memory.records.report import Confidence, Finding, Severity
from tools.security.hardening.driver import propose
from tools.security.hardening.guards import keeps_to, mended


def finding(cwe: int, line: int, fingerprint: str = "f0-0") -> Finding:
    return Finding(
        file="a.py",
        line=line,
        cwe=cwe,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        rule="r",
        tool="t",
        why="w",
        fingerprint=fingerprint,
    )


def edited(cwe: int, code: str) -> str | None:
    """The last line after the edit of the finding in the last line."""
    text = f'"""About."""\n\n# kept\n{code}\n'
    made = propose(finding(cwe, text.count("\n")), text)
    return None if made is None else made.text.splitlines()[-1]


@pytest.mark.parametrize(
    ("cwe", "imports", "before", "after"),
    [
        (502, "import yaml", "x = yaml.load(data)", "x = yaml.safe_load(data)"),
        (502, "import yaml", "x = yaml.load(f(data), Loader=yaml.FullLoader)", "x = yaml.safe_load(f(data))"),
        (502, "import yaml", "x = yaml.load(data, yaml.SafeLoader)", None),
        (502, "from yaml import load", "x = load(data)", None),
        (502, "import pickle", "x = pickle.loads(data)", None),
        (295, "import requests", "requests.get(url, verify=False, timeout=3)", "requests.get(url, timeout=3)"),
        (295, "import httpx as h", "c = h.Client(timeout=3, verify=False)", "c = h.Client(timeout=3)"),
        (295, "import requests", "requests.get(url, verify=ca)", None),
        (295, "import ssl", "c = ssl._create_unverified_context()", "c = ssl.create_default_context()"),
        (400, "import requests", "requests.get(url)", "requests.get(url, timeout=10)"),
        (
            330,
            "import random",
            "t = random.choice(letters)  # a token",
            "t = secrets.SystemRandom().choice(letters)  # a token",
        ),
        (330, "import random", "random.seed(1)", None),
        (
            377,
            "import tempfile",
            "p = tempfile.mktemp('.txt')",
            "p = tempfile.NamedTemporaryFile(suffix='.txt', delete=False).name",
        ),
        (
            79,
            "import jinja2",
            "e = jinja2.Environment(loader=l)",
            "e = jinja2.Environment(loader=l, autoescape=select_autoescape())",
        ),
        (79, "import jinja2", "e = jinja2.Environment(autoescape=choose)", None),
        (614, "", "r.set_cookie('a', b, secure=False)", "r.set_cookie('a', b, secure=True)"),
        (614, "", "r.set_cookie('a', b)", "r.set_cookie('a', b, secure=True)"),
        (
            1004,
            "",
            "r.set_cookie('a', b, secure=True, httponly=False)",
            "r.set_cookie('a', b, secure=True, httponly=True)",
        ),
        (489, "", "app.run(host, debug=True)", "app.run(host, debug=False)"),
        (22, "import tarfile", "t.extractall(path)", 't.extractall(path, filter="data")'),
        (22, "import zipfile", "t.extractall(path)", None),
        (732, "import os", "os.chmod(path, 0o777)", "os.chmod(path, 0o755)"),
        (
            89,
            "import sqlite3",
            "db.execute(f\"SELECT a FROM t WHERE b = {x} AND c = '{y.z}'\")",
            "db.execute('SELECT a FROM t WHERE b = ? AND c = ?', (x, y.z))",
        ),
        (
            89,
            "import psycopg",
            'db.execute("DELETE FROM t WHERE b = " + x)',
            "db.execute('DELETE FROM t WHERE b = %s', (x,))",
        ),
        (
            89,
            "import sqlite3",
            "db.execute(\"INSERT INTO t VALUES (%s, '%s')\" % (x, y))",
            "db.execute('INSERT INTO t VALUES (?, ?)', (x, y))",
        ),
        (89, "import sqlite3", 'db.execute(f"SELECT a FROM {table} WHERE b = {x}")', None),
        (89, "import sqlite3", "db.execute(f\"SELECT a FROM t WHERE b LIKE '%{x}%'\")", None),
        (89, "import sqlite3", 'db.execute(f"SELECT a, {column} FROM t")', None),
        (89, "import sqlite3, psycopg", 'db.execute(f"SELECT a FROM t WHERE b = {x}")', None),
        (89, "import sqlalchemy", 'db.execute(f"SELECT a FROM t WHERE b = {x}")', None),
        (
            78,
            "import subprocess",
            'subprocess.run(f"ls -l {path}", shell=True, check=True)',
            "subprocess.run(['ls', '-l', str(path)], check=True)",
        ),
        (78, "import subprocess", 'subprocess.run(f"ls {path} | wc", shell=True)', None),
        (78, "import subprocess", 'subprocess.run(f"{program} -l", shell=True)', None),
        (78, "import subprocess", 'subprocess.run(f"cat {name}.txt", shell=True)', None),
        (78, "import os", 'os.system(f"ls {path}")', None),
    ],
)
def test_edits(cwe: int, imports: str, before: str, after: str | None) -> None:
    assert edited(cwe, f"{imports}\n{before}") == after


def test_imports_are_added_and_all_else_is_kept() -> None:
    body = "def token( n ):   # odd spaces\n    unused = 1\n    return random.randint(\n        1, n)\n"
    text = f'"""About."""\n\nimport random\n\n\n{body}'
    made = propose(finding(330, 8), text)
    assert made is not None
    assert made.safe
    assert made.text == text.replace("import random\n", "import random\nimport secrets\n").replace(
        "random.randint(", "secrets.SystemRandom().randint("
    )
    assert made.diff.startswith("--- a/a.py\n+++ b/a.py\n@@")


def test_what_a_person_has_to_decide_is_no_safe_edit() -> None:
    made = propose(finding(328, 2), "import hashlib\nh = hashlib.md5(data)\n")
    assert made is not None
    assert not made.safe
    assert "h = hashlib.sha256(data)" in made.text


def test_an_edit_keeps_to_its_statement() -> None:
    before = "import os\na = 1\nb = f(\n    2)\nc = 3\n"
    assert keeps_to(before, before.replace("2)", "3)"), (3, 4))
    assert keeps_to(before, "import re\n" + before.replace("f(", "g("), (3, 4))
    assert not keeps_to(before, before.replace("a = 1\n", ""), (3, 4))
    assert not keeps_to(before, before.replace("c = 3", "d = 3"), (3, 4))
    assert not keeps_to(before, before + "print(1)\n", (3, 4))


def test_a_finding_counts_as_mended_where_it_has_gone_and_none_has_come() -> None:
    first, twin, other = finding(1, 1), finding(1, 2, "f0-1"), finding(1, 3, "e0-0")
    assert mended("f0-0", [first, twin], [first]) == "", "one of two equal lines"
    assert mended("f0-0", [first], [first]) == "the finding is still there"
    assert mended("f0-0", [first], [other]) == "it brings 1 other findings: r in a.py:3"
