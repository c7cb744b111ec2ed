"""What is known of files by their place, their past and their neighbours."""

from __future__ import annotations

import pytest

from memory.records.impact import FileImpact, SymbolHit
from tools.iterator.bm25 import Bm25
from tools.iterator.codebase import Codebase
from tools.iterator.evidence import about
from tools.iterator.history import Change
from tools.iterator.nearness import same_folder, users, walked
from tools.iterator.parsing import parse
from tools.iterator.paths import by_path, own_words
from tools.iterator.ranking import in_order
from tools.iterator.request import read_request
from tools.iterator.shares import spread
from tools.iterator.standing import standing_of

CODE = {
    "app/http_client.py": "class HttpClient:\n    pass\n",
    "app/main.py": "from app.http_client import HttpClient\n",
    "app/jobs/__init__.py": "from app.main import run\n",
    "tests/test_main.py": "from app.main import run\n",
}


@pytest.fixture
def code() -> Codebase:
    files = {path: parse("python", text.encode()) for path, text in CODE.items()}
    return Codebase(files, [Change("2", 2, "b", ("app/main.py", "gone.py")), Change("1", 1, "a", ("app/main.py",))])


def test_few_documents_score_as_all_do() -> None:
    index: Bm25[str] = Bm25()
    for key, words in {"a": {"tax": 2, "price": 1}, "b": {"tax": 1}, "c": {"mail": 5}}.items():
        index.add(key, words)
    query = {"tax": 1.0, "price": 0.5, "nothing": 1.0}
    assert index.scores_of(["a", "c"], query) == pytest.approx({"a": index.scores(query)["a"], "c": 0.0})
    flat = index.scores(query, b=0.0)
    index.add("d", {"tax": 1})
    assert index.scores(query, b=0.0) != flat, "lengths are normed anew"


def test_a_walk_leads_over_imports_both_ways(code: Codebase) -> None:
    reached = walked(code, {"app/main.py": 1.0})
    assert reached["app/main.py"] > reached["app/http_client.py"] > 0
    assert reached["app/jobs/__init__.py"] > 0
    assert "tests/test_main.py" not in reached
    assert set(users(code, {"app/main.py": 1.0})) == {"app/jobs/__init__.py"}
    assert same_folder({"app/main.py": 1.0}, CODE)["app/http_client.py"] == 1.0


def test_how_lately_and_how_often_files_changed(code: Codebase) -> None:
    standing = code.standing
    assert standing.touched == {"app/main.py": 2}
    assert standing.last["app/main.py"] == 1.0
    assert standing.importers["app/main.py"] == 1.0
    late = standing_of({"a.py": 1, "b.py": 9}, {}, [["a.py"], ["b.py"]])
    assert late.recent["a.py"] > late.recent["b.py"] > 0
    assert late.lines["b.py"] == 1.0


def test_names_of_files_and_of_symbols(code: Codebase) -> None:
    found = by_path(code, read_request("The HttpClient of jobs"), list(CODE))
    assert found["base"]["app/http_client.py"] == 1.0
    assert found["base"]["app/jobs/__init__.py"] == 1.0, "called as its folder is"
    assert found["base"]["app/main.py"] == 0.0
    assert list(own_words("app/main.py")) == ["app"]
    assert read_request("The HttpClient of jobs").exact == {"The", "HttpClient"}
    assert spread({"a": 0.4, "b": 0.5, "c": 0.6}) == pytest.approx({"a": 0, "b": 0.5, "c": 1})


def test_an_order_moves_files_and_their_symbols() -> None:
    hit = SymbolHit(name="f", kind="function", start=1, end=2, score=1.0)
    files = (
        FileImpact(path="a", score=0.7),
        FileImpact(path="b", score=0.2, symbols=(hit,)),
        FileImpact(path="c", score=0.1),
    )
    ordered = in_order(files, ["b", "x", "b"])
    assert [(file.path, file.score) for file in ordered] == [("b", 0.7), ("a", 0.2), ("c", 0.1)]
    assert ordered[0].symbols[0].score > 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"""Prices, with tax."""\n\nx = 1', "Prices, with tax."),
        ('#!/usr/bin/env python\n"""\n    app.links\n    ~~~~\n\n    External links.\n"""', "External links."),
        ("// Adds two numbers\nexport", "Adds two numbers"),
        ("/** Foo\n * the bar\n */", "the bar"),
        ('import a\n"""not this one"""', ""),
        ("", ""),
    ],
)
def test_what_a_file_says_of_itself(text: str, said: str) -> None:
    assert about(text) == said
