"""Which tests cannot fail, told from their source."""

from __future__ import annotations

import pytest

from agents.qa.test_writer_judge import weak_tests

STRONG = [
    "answer = client.post('/a')\nassert answer.status_code == 201",
    "assert client.get('/a').json() == {'items': []}",
    "answer = client.get('/a')\nassert_problem(answer, 409)",
    "answer = client.get('/a')\nassert answer.status_code == 404\nassert answer.json()['detail'] == 'gone'",
    "row = client.post(PATH).json()\nassert row['id'] > 0",
    "for path in ('/a', '/b'):\n    assert client.get(path).status_code == 200",
    "answer = client.get('/a')\nassert answer.status_code in (200, 201)",
]
WEAK = {
    "client.get('/a')": "asserts nothing",
    "assert True": "about an answer",
    "answer = client.get('/a')\nassert 1 == 1": "about an answer",
    "answer = client.get('/a')\nassert answer": "without any route",
    "answer = client.get('/a')\nassert answer is not None": "without any route",
    "answer = client.get('/a')\nassert answer.status_code == 404": "without any route",
    "answer = client.get('/a')\nassert_problem(answer, 404)": "without any route",
    "answer = client.get('/a')\nassert answer.status_code != 200": "without any route",
    "answer = client.get('/a')\nassert 400 <= answer.status_code": "without any route",
    "answer = client.get('/a')\nassert answer.status_code in (200, 404)": "without any route",
    "answer = client.get('/a')\nassert answer.status_code == 404 or answer.status_code == 200": "without any route",
    "answer = client.get('/a')\nassert isinstance(answer.json(), dict)": "without any route",
    "answer = client.get('/a')\nif answer.status_code == 200:\n    assert answer.json()['a'] == 1": "asserts nothing",
    "try:\n    assert client.get('/a').status_code == 200\nexcept AssertionError:\n    pass": "asserts nothing",
    "with suppress(AssertionError):\n    assert client.get('/a').status_code == 200": "asserts nothing",
    "return\nassert client.get('/a').status_code == 200": "asserts nothing",
}


def function(body: str, head: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"{head}def test_it(client):\n{lines}\n"


@pytest.mark.parametrize("body", STRONG)
def test_strong_ones_pass(body: str) -> None:
    assert weak_tests(function(body)) == ()


@pytest.mark.parametrize(("body", "reason"), WEAK.items())
def test_weak_ones_are_named(body: str, reason: str) -> None:
    (weak,) = weak_tests(function(body))
    assert weak.name == "test_it"
    assert reason in weak.reason


@pytest.mark.parametrize("mark", ["skip", "xfail", "skipif(True)"])
def test_skipped_ones_are_named(mark: str) -> None:
    (weak,) = weak_tests(function(STRONG[0], f"@pytest.mark.{mark}\n"))
    assert "skipped" in weak.reason
