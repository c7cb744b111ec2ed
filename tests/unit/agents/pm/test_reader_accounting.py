"""Nothing is dropped in silence, nothing breaks, nothing is slow in the square of the length."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.pm.reader.clauses import statements
from agents.pm.reader.reader import read_request
from agents.pm.reader.text import RequestError, tokenise
from agents.pm.reader.words import FILLER
from agents.pm.summary import summarise
from memory.records.spec import AppSpec
from tools.scaffold.answers import to_answers

PIECES = re.split(
    " ",
    "books members title author price with and , . : ; ( ) - required unique optional one of draft or "
    "published  default between 1 5 at least each belongs to a has many after start date end users log in "
    "see only their  own filter by sort search CSV export import paginated 20 per page not matching "
    "[a-z]+ * / is must be 3 characters true class  id zorbulate tags list on-posts flux \n ✨",
)

RULES = re.split(
    r"\|",
    "members|title|price|start date|end date|number|status|with|and|,|.|:|;|(|)|required|unique|optional|"
    "one of draft or published|default 0|default today|default draft|between 1 and 5|at least 3|at most 2|"
    "at most 200 characters|each|belongs to a book|belongs to a member|Each book belongs to a member.|"
    "Each member belongs to a book.|has many books|after start date|before end date|users log in|"
    "see only their own books|filter by|sort by|sorted by|newest first|search by|CSV export|20 per page|"
    "matching (?=a)b|matching [a-z]+|matching ^$|matching a{500}|tags|a list of numbers|must be positive|"
    "must be in the past|in the future|exactly 3 characters|time|date|flag|integer|money|class|id|owner id|"
    "not before start date|unique per book|on or after 2030-01-01|before 2020-01-01|url|email|yes/no|"
    "at least 99999999999999999999|from 0.001 to 0.002|parent|another book|only one book per author and title|"
    "metadata|true by default|or not|descending|A to C|out of 10|uppercase|\n|- ",
)
SENTENCES = [
    paragraph.partition("\n")[0].removeprefix("> ")
    for file in sorted((Path(__file__).resolve().parents[3] / "data" / "sentences").glob("*.txt"))
    for paragraph in file.read_text().split("\n\n")
    if paragraph.count("\n>") == 0
]

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


def test_no_word_is_swallowed_wherever_it_stands() -> None:
    """A word without a meaning, put in at some places of the corpus, is told or becomes a name."""
    lost = []
    for number, sentence in enumerate(SENTENCES):
        places = [found.start() for found in re.finditer(r"\b\w", sentence)]
        for place in places[number % 41 :: 41]:
            text = f"{sentence[:place]}zorbulate {sentence[place:]}"
            try:
                spec = read_request(text).spec
            except RequestError:
                continue
            if "zorbulate" not in spec.model_dump_json(exclude={"description"}).lower():
                lost.append(text[max(0, place - 40) : place + 40])
    assert not lost, lost


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


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SENTENCES), st.integers(0, 200), st.sampled_from(["zorbulate", "wibbling", "blorf"]))
def test_a_strange_word_anywhere_is_never_lost(text: str, place: int, word: str) -> None:
    words = text.split(" ")
    words.insert(place % (len(words) + 1), word)
    try:
        spec = read_request(" ".join(words)).spec
    except RequestError:
        return
    assert word in spec.model_dump_json(exclude={"description"}).lower()


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(RULES), min_size=3, max_size=22).map(" ".join))
def test_nothing_that_is_read_is_refused_by_the_scaffold(text: str) -> None:
    try:
        spec = read_request(f"books with {text}").spec
    except RequestError:
        return
    to_answers(spec, "1")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (r"(a+)+b", "very long"),
        (r"(\w+\s?)+", "very long"),
        (r"a{100000000}", "cannot be used"),
        (r"(?=a)b", "cannot be used"),
        (r"(.)\1", "cannot be used"),
        (r"[A-Z]{3}", ""),
        (r"[a-z0-9]+(-[a-z0-9]+)*", ""),
    ],
)
def test_a_pattern_is_planned_or_refused_with_the_reason(pattern: str, told: str) -> None:
    spec = read_request(f'books with title and code matching "{pattern}"').spec
    assert spec.resources[0].field("code").pattern == (None if told else pattern)
    assert told in "".join(part.reason for part in spec.not_understood)


def test_a_circle_of_required_references_is_opened_and_told() -> None:
    spec = read_request("Each team belongs to a captain. Each captain belongs to a team. Teams have a name.").spec
    required = {(r.name, f.name): f.required for r in spec.resources for f in r.fields if f.target}
    assert sorted(required.values()) == [False, True]
    assert any("circle" in text for text in spec.assumptions)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("books with title and rating between 5 and 1 and at least 9 and at most 2", "at least 9 and at most 2"),
        ("books with title and pages at least 10, pages default 3", "default"),
        ("books with title, unique tags", "list cannot be unique"),
        ("books with start date after end date, end date after start date", "no row can keep"),
        ("books with title at least 99999999999 characters", "length"),
    ],
)
def test_rules_that_cannot_be_kept_are_told(text: str, told: str) -> None:
    assert told in " ".join(part.reason for part in read_request(text).spec.not_understood)
