from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.iterator.bm25 import Bm25

WORDS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 5), min_size=1)


@given(st.lists(WORDS, min_size=1, max_size=8), st.lists(WORDS, max_size=4), WORDS)
def test_documents_that_came_and_went_leave_no_trace(stay: list[dict], go: list[dict], query: dict) -> None:
    plain: Bm25[int] = Bm25()
    busy: Bm25[int] = Bm25()
    for number, words in enumerate(go):
        busy.add(-1 - number, words)
    for number, words in enumerate(stay):
        plain.add(number, words)
        busy.add(number, words)
    for number, words in enumerate(go):
        busy.remove(-1 - number, words)
    wanted, got = plain.scores(query), busy.scores(query)
    assert wanted.keys() == got.keys()
    assert all(abs(wanted[key] - got[key]) < 1e-9 for key in wanted)


def test_rare_words_and_short_documents_count_more() -> None:
    index: Bm25[str] = Bm25()
    index.add("short", {"cache": 1, "get": 1})
    index.add("long", {"cache": 1, "get": 1, "other": 20})
    index.add("common", {"get": 3})
    scores = index.scores({"cache": 1.0, "get": 1.0})
    assert scores["short"] > scores["long"] > scores["common"]
