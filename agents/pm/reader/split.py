"""Type words inside names: `done_flag` is `done`, a flag."""

from __future__ import annotations

from agents.pm.reader.names import singular
from agents.pm.reader.types import HARD_TYPE_WORDS, STATED, Stated, guess, stated_list, words_last
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType as T

_TYPE_TAILS = (
    ("_of_money", "money"),
    ("_date_and_time", "date and time"),
    ("_date_time", "date time"),
)
_TEXT_HEADS = word_set("name title email author description body content text address code label comment")


def split_type(name: str) -> tuple[str, Stated | None]:
    """(name without a type word, type it stated): `done_flag` → `done`, flag."""
    for lead in ("list_of_", "array_of_", "set_of_"):
        if name.startswith(lead) and len(name) > len(lead):
            return name.removeprefix(lead), stated_list(words_last(name))
    words = name.split("_")
    for tail, kind in _TYPE_TAILS:
        if name.endswith(tail) and len(name) > len(tail):
            return name.removesuffix(tail), STATED[kind]
    if len(words) > 1 and words[-1] in HARD_TYPE_WORDS:
        return "_".join(words[:-1]), STATED.get(words[-1])
    if len(words) == 2 and words[1] == "number" and words[0] in ("value", "temperature", "distance", "height", "width"):
        return words[0], STATED["number"]
    if len(words) > 1 and words[-1] == "list" and singular("_".join(words[:-1])) != "_".join(words[:-1]):
        return "_".join(words[:-1]), stated_list("strings")
    if len(words) > 1 and words[-1] == "money":
        return "_".join(words[:-1]), STATED["money"]
    if len(words) > 2 and words[-1] == "time" and words[-2] == "at":
        return "_".join(words[:-1]), STATED["datetime"]
    if len(words) > 1 and words[0] in HARD_TYPE_WORDS and words[0] != "flag":
        return "_".join(words[1:]), STATED.get(words[0])
    if (
        len(words) == 2
        and words[-1] == "text"
        and guess(words[0]).type is T.TEXT
        and words[0]
        in (*_TEXT_HEADS, "notes", "summary", "sku", "isbn", "slug", "brand", "make", "model", "city", "country")
    ):
        return words[0], STATED["text"]
    if (
        len(words) > 1
        and words[-1] in ("number", "amount")
        and words[0] in ("age", "quantity", "year", "stock", "rating", "pages", "count", "score", "points", "weight")
        and words[-1] == "number"
    ):
        return "_".join(words[:-1]), None
    if len(words) > 1 and words[-1] in ("marker", "indicator", "checkbox", "toggle"):
        return "_".join(words[:-1]), STATED["flag"]
    if len(words) > 1 and words[-1] == "field":
        return split_type("_".join(words[:-1]))
    return name, None
