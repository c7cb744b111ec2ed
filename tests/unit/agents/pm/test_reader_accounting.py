"""Nothing is dropped in silence, nothing breaks, nothing is slow in the square of the length."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.pm.reader.clauses import statements
from agents.pm.reader.reader import read_request
from agents.pm.reader.text import RequestError, tokenise
from agents.pm.reader.words import FILLER
from agents.pm.summary import summarise
from memory.records.spec import AppSpec

PIECES = re.split(
    " ",
    "books members title author price with and , . : ; ( ) - required unique optional one of draft or "
    "published  default between 1 5 at least each belongs to a has many after start date end users log in "
    "see only their  own filter by sort search CSV export import paginated 20 per page not matching "
    "[a-z]+ * / is must be 3 characters true class  id zorbulate tags list on-posts flux \n ✨",
)

texts = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join),
)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(texts)
def test_any_text_gives_a_valid_stable_spec_or_a_request_error(text: str) -> None:
    try:
        spec = read_request(text).spec
    except RequestError:
        return
    assert read_request(text).spec == spec
    assert AppSpec.model_validate_json(spec.model_dump_json()) == spec
    assert all(part.text in text and part.text for part in spec.not_understood)
    assert spec.title in summarise(spec)


@pytest.mark.parametrize("noise", ["zorbulate", "xylophonic wibbling", "with blockchain"])
@pytest.mark.parametrize(
    "sentence",
    [
        "Build a REST API for todos with title, due date and a done flag. {}.",
        "{} everywhere. Books (title, author) and members (name, email).",
        "Notes with title and body. Users log in and see only their own notes. Also {}.",
    ],
)
def test_words_that_led_to_nothing_are_reported_verbatim(sentence: str, noise: str) -> None:
    spec = read_request(sentence.format(noise)).spec
    shown = spec.model_dump_json(exclude={"description", "title", "name"})
    for word in noise.split():
        assert word in FILLER or word in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("a\x00b", "control character"),
        ("todos \ud800", "surrogate"),
        ("books with title " * 2000, "at most 20,000"),
        ("asdf", "Nothing to store"),
        ("...", "Nothing to store"),
    ],
)
def test_what_cannot_be_a_request_is_refused_with_the_remedy(text: str, expected: str) -> None:
    with pytest.raises(RequestError, match=expected):
        read_request(text)


@pytest.mark.parametrize(
    "piece",
    ["a ", "(",
     "title, ", "books with title, ", "unique ", "with ", "and ", "is ", "has many ", "one of a, ", "x", '"', "1 ",
     "only one a per ", "see and ", "import ", "a/", "can be ", "- a\n", "must not be "],
)  # fmt: skip
def test_twenty_kilobytes_of_anything_are_read(piece: str) -> None:
    """Guards against catastrophic expressions: the suite's own time limit ends a run that takes minutes."""
    text = "books with title. " + (piece * 20_000)[:19_000]
    assert [r.name for r in read_request(text).spec.resources][:1] == ["book"]


def test_tokens_keep_their_places() -> None:
    text = "Tasks: due date – “in progress”, İstanbul"
    tokens, _ = statements(text, tokenise(text))
    assert all(text[token.start : token.end] == token.text for token in tokens)


def test_fifty_resources_in_one_request() -> None:
    letters = [f"{a}{b}x" for a in "abcdefghij" for b in "klmno"]
    spec = read_request(". ".join(f"Each {word} has a name and a price" for word in letters)).spec
    assert len(spec.resources) == 50
    assert all([f.name for f in r.fields] == ["name", "price"] for r in spec.resources)
