from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.iterator.request import read_request
from tools.iterator.words import count_terms, pairs_of, stem, terms_of


def test_identifiers_fall_into_their_words_and_stay_whole_too() -> None:
    assert terms_of("get_send_file_max_age") == ("send", "fil", "max", "age", "_get_send_file_max_age")
    assert terms_of("SecureCookieSession")[-2:] == ("session", "_securecookiesession")
    assert terms_of("HTTPServer")[:2] == ("http", "serv")
    assert terms_of("x" * 100) == ()


def test_forms_of_a_word_are_one() -> None:
    assert len({stem(word) for word in ("cache", "caches", "cached", "caching")}) == 1
    assert stem("class") == "class"
    assert stem("status") == "status"


@given(st.text(max_size=200))
def test_any_text_is_counted(text: str) -> None:
    assert all(count > 0 and term for term, count in count_terms(text).items())
    read_request(text)


def test_neighbours_are_pairs() -> None:
    assert pairs_of(["soft", "shutdown", "_soft_shutdown", "idle"]) == ["soft shutdown", "shutdown idle"]


def test_the_first_line_weighs_more_and_code_is_known_by_its_shape() -> None:
    request = read_request("Cache answers of `fetch`\n\nSee Store.get_item, a slow call")
    assert request.weights["cach"] > request.weights["slow"]
    assert {"fetch", "store", "get_item"} <= request.named
    assert "slow" not in request.named
