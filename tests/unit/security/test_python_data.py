"""Data in Python followed into more places, and checks that make them harmless: each with a clean twin."""

from __future__ import annotations

import textwrap

import pytest

from memory.records.report import Finding
from tools.security.flow.analysis import analyse
from tools.security.flow.built import holds_data
from tools.security.flow.values import HOLE
from tools.security.gate import closes_gate

HEAD = "import os, re, json, requests, http.client\nfrom flask import Flask, request\napp = Flask(__name__)\n"
DJANGO = "from django.http import HttpResponse\nfrom django.views.generic import DeleteView\n"


def told(source: str, head: str = HEAD) -> list[Finding]:
    found = analyse([("app.py", head + textwrap.dedent(source))])
    assert not found.broken
    return found.findings


def route(lines: str) -> str:
    return "@app.route('/a')\ndef a():\n" + textwrap.indent(textwrap.dedent(lines), "    ") + "\n    return 'x'\n"


CLOSES = [
    (
        "nosql-injection",
        "db.users.find_one({'name': request.json['name']})",
        "db.users.find_one({'name': str(request.json['name'])})",
    ),
    ("nosql-injection", "db.users.find({'$where': 'this.n == ' + request.args['n']})", "db.users.find({'n': 1})"),
    ("nosql-injection", "t.scan(FilterExpression=request.args['f'])", "t.scan(FilterExpression='n = :n')"),
    (
        "server-side-request-forgery",
        "c = http.client.HTTPSConnection(request.args['h'])",
        "c = http.client.HTTPSConnection('acme.com')",
    ),
    (
        "server-side-request-forgery",
        "c = http.client.HTTPConnection('a')\nc.request('GET', request.args['u'])",
        "c = http.client.HTTPConnection('a')\nc.request('GET', '/b/' + request.args['u'])",
    ),
    ("code-injection", "globals()[request.args['f']]()", "TABLE[request.args['f']]()"),
    (
        "code-injection",
        "import code\ncode.InteractiveConsole().push(request.args['c'])",
        "import code\ncode.InteractiveConsole().push('1')",
    ),
    ("regex-denial-of-service", "re.compile(request.args['p'])", "re.compile(re.escape(request.args['p']))"),
    ("mass-assignment", "user.__setattr__(request.args['k'], 1)", "user.__setattr__('name', request.args['k'])"),
    (
        "mass-assignment",
        "User.query.filter_by(id=1).update(request.json)",
        "User.query.filter_by(id=1).update({'name': request.json['name']})",
    ),
    (
        "cors-open",
        "h = {}\nr.headers['Access-Control-Allow-Origin'] = request.headers['Origin']",
        "o = request.headers['Origin']\nif set([o]) & s.ALLOWED:\n    r.headers['Access-Control-Allow-Origin'] = o",
    ),
    (
        "hard-coded-secret",
        "if request.form['password'] == 'admin':\n    return 'in'",
        "if request.form['password'] == stored():\n    return 'in'",
    ),
    (
        "command-injection",
        "def inner():\n    from os import system as s\n    s(request.args['c'])\ninner()",
        "def inner():\n    from os import listdir as s\n    s('.')\ninner()",
    ),
    (
        "cross-site-scripting",
        "import django.http\nresponse = django.http.HttpResponse()\nresponse.write(request.args['q'])",
        "import django.http\nresponse = django.http.HttpResponse()\nresponse.write('a')",
    ),
]


@pytest.mark.parametrize(("rule", "weak", "clean"), CLOSES)
def test_it_closes_the_gate(rule: str, weak: str, clean: str) -> None:
    assert rule in {f.rule for f in told(route(weak)) if closes_gate(f)}
    assert rule not in {f.rule for f in told(route(clean)) if closes_gate(f)}


TOLD = [
    (
        "server-side-request-forgery",
        "requests.get('https://api.acme.com/' + request.args['p'])",
        "requests.get('https://api.acme.com/p')",
    ),
    ("nosql-injection", "db.users.find_one({'name': request.args['name']})", "db.users.find_one({'name': 'a'})"),
    (
        "cross-site-scripting",
        "page['x'] = f\"<b>{request.args['q']}</b>\"",
        "from markupsafe import escape\npage['x'] = f\"<b>{escape(request.args['q'])}</b>\"",
    ),
]


@pytest.mark.parametrize(("rule", "weak", "clean"), TOLD)
def test_it_is_told_and_does_not_close_the_gate(rule: str, weak: str, clean: str) -> None:
    assert [closes_gate(f) for f in told(route(weak)) if f.rule == rule] == [False]
    assert rule not in {f.rule for f in told(route(clean))}


@pytest.mark.parametrize(
    ("check", "closes"),
    [
        ("set(o) & ALLOWED", False),
        ("ALLOWED.intersection(o)", False),
        ("not ALLOWED.isdisjoint(o)", False),
        ("set(o).issubset(ALLOWED)", False),
        ("not set(o) - ALLOWED", False),
        ("set(o) | ALLOWED", True),
        ("set(o) & set(request.args)", True),
    ],
)
def test_what_a_set_of_allowed_ones_has_is_harmless(check: str, closes: bool) -> None:
    lines = f"o = request.headers['Origin']\nif {check}:\n    r.headers['Access-Control-Allow-Origin'] = o"
    assert any(closes_gate(f) and f.rule == "cors-open" for f in told(route(lines))) is closes


def test_all_names_of_a_library_are_known_by_it() -> None:
    assert [f.rule for f in told("from os import *\ndef a(request):\n    system(request.GET['c'])\n", DJANGO)] == [
        "command-injection"
    ]
    assert [f.rule for f in told("from Crypto.Cipher import *\nDES.new(key)\n")] == ["weak-cipher"]
    assert not told("from mine import *\nsystem(key)\n")


def test_a_request_is_one_wherever_it_is_kept() -> None:
    source = "class V(Base):\n    def get_queryset(self):\n        os.system(self.request.GET['q'])\n"
    assert [f.rule for f in told(source)] == ["command-injection"]


VIEWS = """
@login_required
def list_books(request):
    return HttpResponse()

{mark}
def delete_book(request, number):
    Book.objects.get(pk=number).delete()
    return HttpResponse()
"""
CLASSES = """
class ListBooks(LoginRequiredMixin, ListView):
    model = Book

class DeleteBook({base}DeleteView):
    model = Book
"""


def test_views_of_django_that_do_not_ask_who_is_calling() -> None:
    assert [f.rule for f in told(VIEWS.format(mark=""), DJANGO)] == ["missing-authorisation"]
    assert not told(VIEWS.format(mark="@staff_member_required"), DJANGO)
    assert not told(VIEWS.format(mark="").replace("@login_required", ""), DJANGO)
    assert [f.rule for f in told(CLASSES.format(base=""), DJANGO)] == ["missing-authorisation"]
    assert not told(CLASSES.format(base="LoginRequiredMixin, "), DJANGO)


CONTROLLERS = """
from fastapi import APIRouter, Depends
router = APIRouter()

class Base:
    {field}

class Users(Base):
    @router.get('/')
    def read(self):
        return require_login()

    @router.delete('/{{number}}')
    def delete_user(self, number: int):
        rows.remove(number)
"""


def test_a_class_that_routes_are_made_from_may_ask() -> None:
    assert [f.rule for f in told(CONTROLLERS.format(field="name = 1"), "")] == ["missing-authorisation"]
    assert not told(CONTROLLERS.format(field="user: User = Depends(get_current_user)"), "")


def test_what_a_test_is_given_is_its_own() -> None:
    source = "import os\ndef test_a(shell):\n    os.system(shell)\n"
    assert [f.rule for f in told(source, "")] == ["command-injection"]
    assert not analyse([("tests/test_app.py", source)]).findings
    helper = source.replace("test_a", "run")
    assert [f.rule for f in analyse([("tests/test_app.py", helper)]).findings] == ["command-injection"]


@pytest.mark.parametrize(
    ("rule", "weak", "clean"),
    [
        ("nan-from-outside", "x = float(request.args['n'])", "x = int(request.args['n'])"),
        ("formula-injection", "w.writerow([request.args['n']])", "w.writerow(['n'])"),
    ],
)
def test_small_weaknesses_are_told(rule: str, weak: str, clean: str) -> None:
    assert [closes_gate(f) for f in told(route(weak)) if f.rule == rule] == [False]
    assert rule not in {f.rule for f in told(route(clean))}


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        ("store.ask(f\"select * from users where name = '{row.name}'\")", True),
        ("store.ask(\"update users set name = '%s' where id = %d\" % (row.name, row.id))", True),
        ("store.ask('insert into users values (\"{}\")'.format(row.name))", True),
        ("store.ask(f'select * from {row.table} where id = ?', (row.id,))", False),
        ("store.ask(\"select * from users where name = '{}'\".format('ada'))", False),
        ("print(f\"select a name from '{row.name}'\")", False),
        ("store.ask(f\"delete from users where id = '{int(row.id)}'\")", False),
        ("store.ask(\"delete from users where id = '%d'\" % row.id)", False),
    ],
)
def test_a_value_within_the_quotes_of_a_statement(line: str, closes: bool) -> None:
    source = f"def a(row):\n    row = load()\n    {line}\n"
    assert [f.rule for f in told(source) if closes_gate(f)] == (["sql-injection"] if closes else [])


@pytest.mark.parametrize(("given", "closes"), [("'rm %s' % name", True), ("['rm', name]", False)])
def test_a_command_for_another_machine(given: str, closes: bool) -> None:
    found = told(f"def a(self, name):\n    self._run_ssh({given})\n")
    assert [f.rule for f in found if closes_gate(f)] == (["command-injection"] if closes else [])


@pytest.mark.parametrize("kept", ["PREFIX = 'a'", "PREFIX: str = 'a'"])
def test_a_constant_of_the_class_is_no_foreign_value(kept: str) -> None:
    source = (
        f"class A:\n    {kept}\n    def b(self):\n        q(f\"select * from t where a like '{{self.PREFIX}}%'\")\n"
    )
    assert not told(source)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("text", True),
        ('text.replace("\'", "\'\'")', False),
    ],
)
def test_doubled_quotes_end_no_text_of_a_statement(made: str, told: bool) -> None:
    query = "SELECT a FROM t WHERE b = '"
    source = f'def count(db, text):\n    part = {made}\n    return db.execute("{query}" + part + "\'")\n'
    rules = {finding.rule for finding in analyse([("app/a.py", source)], 60).findings if closes_gate(finding)}
    assert ("sql-injection" in rules) is told


def test_double_quotes_hold_names_where_the_statement_says_so() -> None:
    assert holds_data(f'SELECT a FROM t WHERE b = "{HOLE}"')
    assert holds_data(f'UPDATE "{HOLE}" SET "a" = \'{HOLE}\'')
    assert not holds_data(f'SELECT count(*) FROM "{HOLE}" WHERE "a" = "{HOLE}"')
