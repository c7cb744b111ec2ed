"""Safe names: singular and plural, snake_case, no collision with what every row or path already has."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

from agents.pm.reader.wordset import word_set

ROW_FIELDS = frozenset({"id", "created_at", "updated_at", "owner_id"})
RESERVED_RESOURCES = frozenset({"auth", "health", "metric", "metrics", "doc", "docs", "openapi", "redoc", "static"})
MAX_NAME = 50

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "geese": "goose",
    "feet": "foot", "teeth": "tooth", "criteria": "criterion", "phenomena": "phenomenon", "indices": "index",
    "vertices": "vertex", "matrices": "matrix", "analyses": "analysis", "theses": "thesis", "crises": "crisis",
    "diagnoses": "diagnosis", "leaves": "leaf", "knives": "knife", "shelves": "shelf", "wolves": "wolf", "lives": "life",
    "halves": "half", "wives": "wife", "loaves": "loaf", "thieves": "thief", "movies": "movie", "cookies": "cookie",
    "ties": "tie", "pies": "pie", "zombies": "zombie", "calories": "calorie", "selfies": "selfie", "statuses": "status",
    "buses": "bus", "viruses": "virus", "campuses": "campus", "bonuses": "bonus", "quizzes": "quiz", "caches": "cache",
    "aliases": "alias", "lenses": "lens", "heroes": "hero", "potatoes": "potato", "tomatoes": "tomato",
    "echoes": "echo", "cacti": "cactus", "alumni": "alumnus", "syllabi": "syllabus", "axes": "axis", "oxen": "ox",
}  # fmt: skip
_PLURALS = {single: many for many, single in _IRREGULAR.items()}
_INVARIANT = word_set(
    """
    series species news equipment furniture information luggage sheep fish deer aircraft offspring inventory staff
    feedback software hardware music money
    """
)
_SINGULAR_IN_S = word_set(
    """
    status address bus class business process access success progress bonus campus virus canvas atlas lens gas
    analysis basis thesis crisis diagnosis address boss loss pass press dress glass grass mass guess mess kiss
    chess cactus focus corpus census genus radius apparatus consensus gps sms css js aws sos os his this is was
    has as us alias plus thus sos yes bias pancreas christmas tennis iris oasis synopsis syllabus surplus versus
    xmas fitness wellness witness harness illness address actress waitress princess hostess fortress mattress compass
    express congress analytics physics mathematics maths economics
    """
)


def singular(word: str) -> str:
    """The singular of one lower-case English word; words that are singular come back as they are."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 3 or word in _INVARIANT or word in _SINGULAR_IN_S or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith(("is", "us")) and len(word) > 3 and not word.endswith(("menus", "gnus", "emus", "skis", "taxis")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def plural(word: str) -> str:
    """The plural of one lower-case English word."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word in _INVARIANT or (word.endswith("s") and singular(word) != word):
        return word
    if word.endswith("y") and word[-2:-1] not in ("", "a", "e", "i", "o", "u"):
        return word[:-1] + "ies"
    if word.endswith("sis"):
        return word[:-2] + "es"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def is_plural(word: str) -> bool:
    return singular(word) != word


@lru_cache(maxsize=4096)
def slug(text: str) -> str:
    """snake_case in a to z, 0 to 9; empty where nothing of the text can be written so."""
    text = re.sub(r"\b([eE])-([mM]ails?)\b", "email", text)
    text = re.sub(r"(?<=[a-z])['’]s\b", "", text)
    ascii_text = anyascii(re.sub(r"['’`]s?\b", "", text)) if text.isascii() else anyascii(text)
    ascii_text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", ascii_text) if "_" not in text else ascii_text
    name = re.sub(r"[^a-z0-9]+", "_", ascii_text.lower()).strip("_")
    if name and name[0].isdigit():
        name = f"n{name}"
    return name[:MAX_NAME].strip("_")


def singular_name(name: str) -> str:
    head, _, last = name.rpartition("_")
    return f"{head}_{singular(last)}" if head else singular(last)


def plural_name(name: str) -> str:
    head, _, last = name.rpartition("_")
    many = f"{head}_{plural(last)}" if head else plural(last)
    return many if len(many) <= 63 else many[:63]


def is_symbolic(text: str) -> bool:
    """True for words with no letter or digit that any script knows (emoji, punctuation)."""
    return not any(char.isalnum() for char in text)
