"""What a file's path has of a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tools.iterator.codebase import Codebase, bare_name
from tools.iterator.request import Request
from tools.iterator.shares import top
from tools.iterator.words import count_terms

OF_FOLDER = frozenset({"__init__", "__main__", "index", "main", "mod"})
"""Names that say nothing: such a file is called as its folder is."""


def by_path(code: Codebase, request: Request, paths: Iterable[str]) -> dict[str, dict[str, float]]:
    """`base`: the part of its own name's words that the request has; `base_rare`: by the first line, and by rarity;
    `folder`: the same of the folders; `base_exact`, `base_named`: the whole name is a word, or a name, of it."""
    idf, title, text = code.names.idf, request.title, request.weights
    base, rare, folder, exact, named = {}, {}, {}, {}, {}
    for path in paths:
        own = {term: idf(term) for term in own_words(path) if not term.startswith("_")}
        base[path] = sum(value for term, value in own.items() if term in text) / (sum(own.values()) or 1.0)
        rare[path] = sum(idf(term) for term in own_words(path) if term in title)
        folder[path] = sum(idf(term) for term in count_terms(path.rpartition("/")[0]) if term in title)
        name = bare_name(path).lower()
        exact[path], named[path] = float(name in request.words), float(name in request.named)
    shares = {"base_rare": top(rare), "folder": top(folder)}
    return {"base": base, "base_exact": exact, "base_named": named, **shares}


def own_words(path: str) -> Counter[str]:
    parts = path.rsplit(".", 1)[0].split("/")
    name = parts[-2] if parts[-1] in OF_FOLDER and len(parts) > 1 else parts[-1]
    return count_terms(name.lstrip("_"))


__all__ = ["by_path", "own_words"]
