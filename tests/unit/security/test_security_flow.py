"""The flow pass: what it follows, what it does not take for harm, and that it comes to an end."""

from __future__ import annotations

import time

import pytest

from memory.records.report import Confidence, Finding
from tools.security.flow import analysis
from tools.security.flow.analysis import analyse, by_place

HEAD = "import asyncio, os, base64\nfrom flask import Flask, request\napp = Flask(__name__)\n"
ROUTE = "@app.post('/x')\ndef view():\n"


def found(body: str, **others: str) -> list[Finding]:
    """Findings that matter in a route with this body."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    sources = [(f"{name}.py", text) for name, text in others.items()] + [("main.py", HEAD + ROUTE + lines)]
    result = analyse(sources)
    assert not result.broken
    return [f for f in result.findings if f.confidence is not Confidence.LOW and f.severity.value != "low"]


@pytest.mark.parametrize(
    "body",
    [
        "for name in request.form.keys():\n    if 'x' in request.form.getlist(name):\n        p = name\n        break\n"
        "os.system(p)",
        "p = base64.b64decode(base64.b64encode(request.data)).decode()\nos.system('ls ' + p)",
        "bag = {}\nbag['a'] = 'x'\nbag['b'] = request.args['q']\nos.system(bag['b'])",
        "p = 'x'\nwhile True:\n    p = request.args['q']\n    break\nos.system(p)",
        "from helper import shown\nos.system(shown(request.args['q']))",
    ],
)
def test_followed(body: str) -> None:
    findings = found(body, helper="def shown(value):\n    kept = value\n    return kept.strip()\n")
    assert [f.cwe for f in findings] == [78]
    assert findings[0].confidence is Confidence.HIGH


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.to_thread(os.system, request.args['q'])",
        "loop.run_in_executor(None, os.system, request.args['q'])",
        "pool.submit(work, request.args['q'])",
        "threading.Thread(target=work, args=(request.args['q'],)).start()",
    ],
)
def test_functions_that_are_handed_over(body: str) -> None:
    text = f"import threading\ndef work(line):\n    os.system(line)\n{body}"
    assert {f.cwe for f in found(text) if f.confidence is Confidence.HIGH} == {78}
    assert found(text.replace("os.system", "print")) == []


@pytest.mark.parametrize(
    "body",
    [
        "p = request.args['q']\nfor _ in range(1):\n    p = 'x'\nos.system(p)",
        "bag = {'a': 'x', 'b': request.args['q']}\nos.system(bag['a'])",
        "from helper import checked\nos.system('ls ' + checked(request.args['q']))",
        "p = request.args['q']\nif p not in ('a', 'b'):\n    return 'no'\nos.system(p)",
        "p = base64.b64encode(request.data).decode()\nos.system('echo ' + p)",
    ],
)
def test_not_taken_for_harm(body: str) -> None:
    helper = "ALLOWED = ('a', 'b')\n"
    helper += "def checked(value):\n    if value not in ALLOWED:\n        raise ValueError(value)\n    return value\n"
    assert found(body, helper=helper) == []


def test_long_chains_and_calls_in_calls_come_to_an_end() -> None:
    chain = "value" + "".join(f".step{n}({n})" for n in range(60))
    nested = "\n".join(
        f"def f{n}(v):\n    return f{n + 1}(v) if f{n + 1}(v) else f{n + 1}(f{n + 1}(v))" for n in range(12)
    )
    source = f"def go(value):\n    if not {chain}:\n        return {chain}\n{nested}\ndef f12(v):\n    return v\n"
    started = time.process_time()
    assert analyse([("deep.py", source)]).broken == {}
    assert time.process_time() - started < 5


def test_objects_that_hold_each_other_come_to_an_end() -> None:
    source = "class Node:\n    def __init__(self, up):\n        self.up = up\n"
    source += "        self.a = self\n        self.b = self.a\n"
    source += "def grow(n):\n    node = Node(None)\n" + "".join(
        f"    node = Node(node) if n > {n} else Node(Node(node))\n" for n in range(40)
    )
    started = time.process_time()
    assert analyse([("tree.py", source)]).broken == {}
    assert time.process_time() - started < 5


def test_what_is_not_reached_in_time_is_named() -> None:
    result = analyse([("a.py", "x = 1\n"), ("b.py", "x = 2\n")], patience_s=-1)
    assert set(result.broken) == {"a.py", "b.py"}


def test_a_file_that_breaks_the_pass_is_named_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    real = analysis._module

    def breaking(module, machine):
        if module.file == "a.py":
            raise KeyError("planted")
        real(module, machine)

    monkeypatch.setattr(analysis, "_module", breaking)
    result = analyse([("a.py", "x = 1\n"), ("b.py", HEAD + ROUTE + "    os.system(request.args['q'])\n")])
    assert list(result.broken) == ["a.py"]
    assert [f.file for f in result.findings] == ["b.py"]


def test_verdicts_are_told_by_place() -> None:
    places = by_place(analyse([("m.py", "import os\nos.system('ls '\n  '-l')\n")]))
    assert places == {("m.py", "command"): [(2, 3, "safe")]}


GUARDED = """
@app.post('/first')
def first():
    row = {asks}
    return row


@app.post('/update')
def update_ticket():
    return {{}}
"""


@pytest.mark.parametrize(
    ("asks", "rules"), [("session.get('user')", ["missing-authorisation"]), ("session.get(Agent, 1)", [])]
)
def test_a_row_that_is_looked_up_is_no_question_who_is_calling(asks: str, rules: list[str]) -> None:
    result = analyse([("main.py", HEAD + GUARDED.format(asks=asks))])
    assert [f.rule for f in result.findings] == rules


def test_a_function_of_the_folder_is_entered_whatever_its_name() -> None:
    body = "def submit(name, line):\n    os.system(line)\nsubmit(app, request.args['q'])"
    assert {f.cwe for f in found(body) if f.confidence is Confidence.HIGH} == {78}


def told(**sources: str) -> dict[tuple[str, int], str]:
    result = analyse([(f"{name}.py", text) for name, text in sources.items()])
    mattering = [f for f in result.findings if f.confidence is not Confidence.LOW and f.severity.value != "low"]
    return {(f.file, f.line): f.rule for f in mattering}


DJANGO_SETTINGS = """
SESSION_COOKIE_HTTPONLY = {0}
CORS_ALLOW_ALL_ORIGINS = {1}
PASSWORD_HASHERS = [{2}]
FILE_UPLOAD_PERMISSIONS = {3}
"""
MD5, ARGON = "'django.contrib.auth.hashers.MD5PasswordHasher'", "'django.contrib.auth.hashers.Argon2PasswordHasher'"


def test_settings_of_django() -> None:
    weak = told(settings=DJANGO_SETTINGS.format(False, True, MD5, "0o666"))
    assert [weak["settings.py", line] for line in (2, 3, 4, 5)] == [
        "cookie-readable", "cors-open", "weak-password-hash", "world-writable",
    ]  # fmt: skip
    assert told(settings=DJANGO_SETTINGS.format(True, False, f"{ARGON}, {MD5}", "0o640")) == {}
    assert told(shop=DJANGO_SETTINGS.format(False, True, MD5, "0o666")) == {}


def test_fields_of_a_form_that_the_framework_hands_in() -> None:
    view = "from django.db import connection\nclass View(FormView):\n    def form_valid(self, form):\n        {}\n"
    query = "connection.cursor().execute('select * from t where a = ' + {})"
    assert told(views=view.format(query.format("form.cleaned_data['a']"))) == {("views.py", 4): "sql-injection"}
    assert told(views=view.format(query.format("str(int(form.cleaned_data['a']))"))) == {}
    assert told(views=view.format("Person.objects.create(**form.cleaned_data)")) == {}


def test_an_origin_that_is_sent_back() -> None:
    view = "from django.http import HttpResponse\ndef view(request):\n    answer = HttpResponse('x')\n"
    view += "    origin = request.headers['Origin']\n{}"
    view += "    answer['Access-Control-Allow-Origin'] = origin\n    return answer\n"
    assert told(views=view.format("")) == {("views.py", 5): "cors-open"}
    assert told(views=view.format("    if origin not in ('https://a.example',):\n        return answer\n")) == {}


def test_old_versions_of_tls() -> None:
    code = "import ssl\ncontext = ssl.create_default_context()\ncontext.minimum_version = ssl.TLSVersion.{}\n"
    assert told(main=code.format("TLSv1_1")) == {("main.py", 3): "old-tls"}
    assert told(main=code.format("TLSv1_2")) == {}


def test_what_an_alias_of_a_dependency_stands_for() -> None:
    provided = "from typing import Annotated\nfrom fastapi import Depends\nPartsDep = Annotated[{}, {}]\n"
    view = "from deps import PartsDep\n@app.get('/x')\nasync def view(parts: PartsDep):\n    open(parts.name)\n"
    assert told(deps=provided.format("Parts", "Depends(parts)"), main=view) == {}
    assert told(deps=provided.format("Query", "Body()"), main=view) == {("main.py", 4): "path-traversal"}
