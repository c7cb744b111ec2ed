"""Python 2, and files with faults: what can be read is looked at, each line where it was, and what cannot is named."""

from __future__ import annotations

import ast
import threading

import pytest

from tools.security.flow.analysis import analyse
from tools.security.readable_python import readable

OLD = [
    ("print 'a', b\nprint >>err, 'x' % (a,\n  b)\nprint\nif a: print b\n", "print"),
    ("exec code in names\nexec 'x = 1'  # now\n", "exec"),
    ("raise ValueError, 'no %s' % a\n", "raise"),
    ("try:\n    pass\nexcept ValueError, error:\n    pass\n", "except"),
    ("x = 0777 | 10L | 0xFFL\nif a <> b: pass\n", "numbers"),
    ("x = `a` + ur'\\d'\n", "repr"),
    ("def f(a, (b, c), d=1):\n    return lambda (x, y): 0\n", "parameters"),
    ("if a:\n\tx = 1\n        y = 2\n", "tabs"),
]


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for source, name in OLD])
def test_python_2_is_read_whole(source: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(source)
    read = readable(source)
    assert not read.left_out
    assert read.text.count("\n") == source.count("\n")


BROKEN = [
    ("def f():\n\ndef g():\n    {sink}\n    return 1\n", "line 1"),
    ("def g(user)\n    {sink}\n    return 1\n", "line 1"),
    ("def g():\n    {sink}\n    x = call(a=1, 2,\n      3)\n    return 1\n", "line 3"),
    ("def g():\n    {sink}\n    x = {{'a': [1, 2}}\n    return 1\n", "line 3"),
    ("def g():\n    try:\n        {sink}\n    return 1\n", "line 2"),
    ("def g():\n    a = 1\n      b = 2\n      {sink}\n    return 1\n", "line 3"),
    ("def g():\n        a = 1\n     b = 2\n     {sink}\n    return 1\n", "line 3"),
    ("def g():\n    call(1,\n    b = 2\n    c = 3\n\ndef h():\n    {sink}\n", "line 2"),
]


@pytest.mark.parametrize(("source", "where"), BROKEN)
def test_what_is_broken_is_named_and_the_rest_is_looked_at(source: str, where: str) -> None:
    source = "import os, flask\n" + source.format(sink="os.system(flask.request.args['q'])")
    with pytest.raises(SyntaxError):
        ast.parse(source)
    line = next(number for number, text in enumerate(source.split("\n"), 1) if "os.system" in text)
    found = analyse([("app.py", source)])
    assert [(f.line, f.rule) for f in found.findings] == [(line, "command-injection")]
    named = f"line {int(where.split()[1]) + 1}"
    assert named in found.broken["app.py"]


def test_of_what_is_mostly_broken_nothing_is_told() -> None:
    with pytest.raises(SyntaxError):
        readable("the quick ( brown\nfox ] jumps\nover ) the lazy\nx = 1\n")


def test_threads_parse_beside_each_other() -> None:
    source = "x = " + "(" * 60 + "1" + ")" * 60 + "\n" + "y = [1, 2, {3: 4}]\n" * 400
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                readable(source)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
