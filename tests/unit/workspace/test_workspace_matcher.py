"""Where a search/replace block lands, and when it is refused."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tools.workspace.interface import AmbiguousMatch, Block, How, NoMatch, WorkspaceError
from tools.workspace.matcher import replace_one, replaced

SOURCE = """\
import os


class Shelf:
    def __init__(self, size: int) -> None:
        self.size = size
        self.books: list[str] = []

    def add(self, book: str) -> bool:
        if len(self.books) >= self.size:
            return False
        self.books.append(book)
        return True

    def remove(self, book: str) -> bool:
        if book not in self.books:
            return False
        self.books.remove(book)
        return True
"""


def test_an_exact_text_is_replaced_where_it_is():
    text, match = replace_one(SOURCE, Block("self.books.append(book)", "self.books.insert(0, book)"))
    assert text == SOURCE.replace("append(book)", "insert(0, book)")
    assert (match.how, match.first, match.last) == (How.EXACT, 12, 12)


def test_a_text_that_is_there_twice_is_refused_with_its_lines():
    with pytest.raises(AmbiguousMatch, match=r"2 times \(lines 11, 17\)"):
        replace_one(SOURCE, Block("            return False\n", "            raise ValueError\n"))


def test_indentation_is_taken_from_the_file():
    old = "def add(self, book: str) -> bool:\n    if len(self.books) >= self.size:\n        return False"
    new = "def add(self, book: str) -> bool:\n    if self.full:\n        raise Full\n    if not book:\n"
    new += "        return False"
    text, match = replace_one(SOURCE, Block(old, new))
    assert match.how is How.WHITESPACE
    assert "    def add(self, book: str) -> bool:\n        if self.full:\n            raise Full\n" in text
    assert "        if not book:\n            return False\n        self.books.append(book)\n" in text


def test_tabs_for_blanks_and_the_other_way():
    source = "if a:\n\tif b:\n\t\tc()\n"
    text, match = replace_one(source, Block("if b:\n    c()", "if b:\n    c()\n    if d:\n        e()"))
    assert match.how is How.WHITESPACE
    assert text == "if a:\n\tif b:\n\t\tc()\n\t\tif d:\n\t\t    e()\n"


def test_trailing_blanks_and_empty_lines_do_not_matter():
    source = "a = 1   \n\nb = 2\nc = 3\n"
    text, match = replace_one(source, Block("a = 1\nb = 2", "a = 2\nb = 3"))
    assert (text, match.how) == ("a = 2\nb = 3\nc = 3\n", How.WHITESPACE)


def test_a_like_place_is_taken_and_its_likeness_told():
    old = "    def remove(self, book: str) -> None:\n        if book not in self.books:\n            return False"
    new = (
        "    def remove(self, book: str) -> bool:\n        if book not in self.books:\n            raise KeyError(book)"
    )
    text, match = replace_one(SOURCE, Block(old, new))
    assert match.how is How.FUZZY
    assert 0.9 <= match.similarity < 1
    assert (match.first, match.last) == (15, 17)
    assert "raise KeyError(book)\n        self.books.remove(book)" in text


def test_two_like_places_are_refused():
    source = "".join(f"def handler_{n}(request, response):\n    return response.render(request)\n\n" for n in (11, 12))
    with pytest.raises(AmbiguousMatch, match="several places"):
        replace_one(source, Block("def handler_1x(request, response):\n    return response.render(request)", "pass"))


def test_a_missing_text_shows_the_nearest_lines():
    with pytest.raises(NoMatch, match="nearest: line 9") as refused:
        replace_one(SOURCE, Block("    def add(self, item: Item, count: int) -> None:\n        if full(self):", "x"))
    assert "9\t    def add(self, book: str) -> bool:" in refused.value.data


def test_short_texts_are_never_guessed():
    with pytest.raises(NoMatch):
        replace_one("value = compute(1)\n", Block("value = compute(2)", "value = 3"))


def test_an_edit_that_was_made_already_is_told():
    with pytest.raises(NoMatch, match="done already"):
        replace_one(SOURCE, Block("from __future__ import division, print_function", "import os"))


@pytest.mark.parametrize(("old", "new"), [("", "x"), ("  \n", "x"), ("import os", "import os")])
def test_empty_and_idle_blocks_are_refused(old, new):
    with pytest.raises(WorkspaceError):
        replace_one(SOURCE, Block(old, new))


def test_several_blocks_are_all_or_none():
    good, bad = Block("import os", "import sys"), Block("nowhere to be found in here", "x")
    assert replaced(SOURCE, [good])[0] != SOURCE
    with pytest.raises(NoMatch, match=r"edit 2 of 2 \(none was applied\)"):
        replaced(SOURCE, [good, bad])


def test_lines_can_be_removed():
    text, _ = replace_one("a\n  b\nc\n", Block("b   \n", ""))
    assert text == "a\nc\n"


def test_a_long_file_is_searched_for_likeness_in_bounded_work():
    source = "".join(f"def f{n}(a, b):\n    value = a * {n} + b\n    return value + {n}\n\n\n" for n in range(4000))
    old = "def f2000(a, b):\n    value = a * 2000 + b\n    return value + 20000\n" + "\n".join(
        f"# no {n}" for n in range(60)
    )
    with pytest.raises(NoMatch):
        replace_one(source, Block(old, "x"))


LINES = st.lists(st.text(alphabet="abc =():\t.", min_size=1, max_size=12), min_size=1, max_size=12)


@settings(deadline=None)
@given(LINES, st.data())
def test_a_unique_slice_is_replaced_and_nothing_else(lines, data):
    text = "\n".join(lines) + "\n"
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    old = "\n".join(lines[first : last + 1])
    assume(old.strip() and text.count(old) == 1)
    new, match = replace_one(text, Block(old, "REPLACED"))
    assert new == text.replace(old, "REPLACED")
    assert match.how is How.EXACT


@settings(deadline=None)
@given(LINES, LINES)
def test_what_is_not_matched_exactly_is_told_so_and_the_rest_stays(lines, asked):
    """Whatever is asked: it is refused, or one run of lines was replaced and every other line is as before."""
    text = "\n".join(lines)
    try:
        new, match = replace_one(text, Block("\n".join(asked), "REPLACED"))
    except WorkspaceError:
        return
    if match.how is How.EXACT:
        assert text.replace("\n".join(asked), "REPLACED", 1) == new
        return
    before, after = lines[: match.first - 1], lines[match.last :]
    assert new.split("\n")[: len(before)] == before
    assert new.split("\n")[len(new.split("\n")) - len(after) :] == after
    assert match.similarity >= 0.9
