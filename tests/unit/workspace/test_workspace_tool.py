"""The box of tools as a model sees it."""

from __future__ import annotations

import json

import pytest

from memory.records.report import Check, CheckOutcome
from tools.workspace.answers import edited, found, listed
from tools.workspace.commands import tests_told as told_of_tests
from tools.workspace.excerpts import clean, head_and_tail
from tools.workspace.interface import Edited, File, Found, Hit, How, Listing, Match
from tools.workspace.tool import WorkspaceTools, langchain_tools
from tools.workspace.workspace import Workspace


@pytest.fixture
def box(tmp_path) -> WorkspaceTools:
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    return WorkspaceTools(Workspace(tmp_path))


def test_schemas_are_plain_and_small(box):
    names = [schema["function"]["name"] for schema in box.schemas]
    assert names == ["list_files", "read_file", "search", "edit_file", "write_file", "delete_file", "move_file"]
    text = json.dumps(box.schemas)
    assert "$ref" not in text
    assert "title" not in text
    edit = next(s["function"]["parameters"] for s in box.schemas if s["function"]["name"] == "edit_file")
    assert edit["required"] == ["path", "edits"]
    assert set(edit["properties"]["edits"]["items"]["properties"]) == {"old", "new"}


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("rm", {}, "there is no such tool; there are: list_files"),
        ("read_file", {}, "wrong arguments: path: Field required"),
        ("read_file", {"path": 3}, "path: Input should be a valid string"),
        ("read_file", {"path": "a.py", "lines": 3}, "lines: Extra inputs"),
        ("read_file", {"path": "a.py", "start": "first"}, "start: Input should be a valid integer"),
        ("edit_file", {"path": "a.py", "edits": []}, "no edits were given"),
        ("edit_file", {"path": "a.py", "edits": "nonsense"}, "edits: Input should be a valid tuple"),
        ("edit_file", {"path": "a.py", "edits": "[broken"}, "edits: Input should be a valid tuple"),
        ("read_file", {"path": "/etc/passwd"}, "only paths below"),
        ("read_file", {"path": "\ud800"}, "only paths below"),
        ("write_file", {"path": "softwright.json", "content": "{}"}, "is protected"),
        ("run_command", {"command": "true"}, "there is no such tool"),
    ],
)
async def test_errors_are_told_and_never_raised(box, name, arguments, words):
    result = await box.call(name, arguments)
    assert not result.ok
    assert words in result.status
    assert result.touched == ()
    json.dumps(result.status).encode()


async def test_what_weak_models_write_is_understood(box, tmp_path):
    edits = json.dumps([{"old": "return 1", "new": "return 2"}])
    assert (await box.call("edit_file", {"path": "a.py", "edits": edits, "drops": None})).ok
    assert (await box.call("read_file", {"path": "a.py", "start": "2"})).data == "2\t    return 2"
    assert (await box.call("write_file", {"path": "a.py", "content": "x = 1\n", "drops": "f"})).ok


async def test_results_tell_what_was_touched(box):
    assert (await box.call("move_file", {"path": "a.py", "to": "./b/c.py"})).touched == ("a.py", "b/c.py")
    assert (await box.call("delete_file", {"path": "/work/b/c.py"})).touched == ("b/c.py",)
    assert (await box.call("write_file", {"path": "d.py", "content": "x = (\n"})).touched == ("d.py",)
    assert (await box.call("list_files", {})).touched == ()


async def test_a_broken_file_is_no_success(box):
    result = await box.call("write_file", {"path": "d.py", "content": "x = (\n"})
    assert not result.ok
    assert "KEPT, BUT PYTHON CANNOT READ IT: line 1" in result.status
    assert await box.broken(["d.py", "a.py"]) == ("d.py, line 1: '(' was never closed",)


async def test_gutting_is_told_with_the_names(box):
    result = await box.call("write_file", {"path": "a.py", "content": "x = 1\n"})
    assert (result.ok, result.data) == (False, "f")


async def test_langchain_tools_do_the_same(box):
    tools = {tool.name: tool for tool in langchain_tools(box)}
    assert await tools["read_file"].ainvoke({"path": "a.py", "end": 1}) == "ok: lines 1-1 of 2\n1\tdef f():"
    assert (await tools["read_file"].ainvoke({"path": "../a"})).startswith("error: ")
    edit = {"path": "a.py", "edits": [{"old": "return 1", "new": "return 3"}]}
    assert await tools["edit_file"].ainvoke(edit) == "ok: a.py: 2 lines; edited at line 2"


def test_answers_are_short_and_show_a_guess():
    files = (File("app/main.py", 1200), File("app/x.py", 10), File("README.md", 3))
    assert listed(Listing(files, 2)).data == "app/: main.py(1k) x.py(10)\nREADME.md(3)"
    hits = (Hit("a", 1, "x"), Hit("a", 2, "y"), Hit("b\n", 1, "z\x1b"))
    assert found(Found(hits, 0, 0)).data == "a\n 1: x\n 2: y\nb\\x0a\n 1: z�"
    guess = edited(Edited("a", (Match(3, 4, How.FUZZY, 0.934, "old text"),), 9, (), None))
    assert guess.status == "a: 9 lines; edited at lines 3-4 (fuzzy, 93% alike)"
    assert guess.data == "replaced text was:\nold text"


def test_long_output_keeps_its_head_and_more_of_its_tail():
    text = "".join(f"line {number}\n" for number in range(10_000))
    cut = head_and_tail(text, 3000)
    assert len(cut) < 3100
    assert cut.startswith("line 0\n")
    assert cut.endswith("line 9999\n")
    assert "characters left out" in cut
    assert head_and_tail("x" * 10_000, 300).count("x") == 300


def test_text_of_strangers_is_printable():
    assert clean("a\x1b[31m\0b\ud800\r\nc") == "a�[31m�b?\nc"


def test_failing_tests_are_summed_up():
    failing = [
        {"name": f"tests/t.py::t{n}", "message": "assert 1 == 2", "excerpt": f"E {n}\n" * 900} for n in range(20)
    ]
    check = Check(
        name="tests", outcome=CheckOutcome.FAILED, summary="20 of 20 tests failed", evidence={"failing": failing}
    )
    told = told_of_tests(check)
    assert (told.ok, told.status) == (False, "tests failed: 20 of 20 tests failed")
    assert len(told.data) < 12_000
    assert "tests/t.py::t0: assert 1 == 2" in told.data
    assert "also failing: tests/t.py::t8," in told.data
    passed = Check(
        name="tests", outcome=CheckOutcome.PASSED, summary="3 passed", evidence={"uncovered": {"a.py": "3-5"}}
    )
    assert told_of_tests(passed).data == "uncovered lines: a.py 3-5"
    stopped = Check(name="tests", outcome=CheckOutcome.FAILED, summary="no report", evidence={"output": "Import boom"})
    assert told_of_tests(stopped).data == "Import boom"
