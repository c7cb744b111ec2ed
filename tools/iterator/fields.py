"""A request's terms in each field of a file: its name, what it defines, comments, strings, what was said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tools.iterator.codebase import Codebase
from tools.iterator.model import MODEL, dot, softplus
from tools.iterator.paths import own_words
from tools.iterator.request import Request
from tools.iterator.signals import Evidence
from tools.iterator.traits import terms_to_weigh, traits_of
from tools.iterator.words import count_terms, terms_of

ALIKE = 15
"""Past changes whose words count for the files that they touched."""
SCALE, RAREST = 2.0, 6.0
InField = tuple[Mapping[str, float], float]
"""How often terms are there, and the field's length in terms."""


def by_field(code: Codebase, request: Request, evidence: Evidence, paths: Sequence[str]) -> dict[str, list[float]]:
    """Path → what it has of the request in each field of the model, not weighed yet."""
    terms = terms_to_weigh(code, request)
    traits = traits_of(code, request, terms)
    rare = [code.whole.idf(term) / RAREST * request.weights[term] for term in terms]
    norm = 0.5 + sum(
        share * softplus(dot(MODEL.norm, row) + MODEL.norm_bias) for share, row in zip(rare, traits, strict=True)
    )
    said = _said(code, evidence, paths)
    fields = {path: _fields(code, evidence, path, terms) | {"alike": (said[path], 0.0)} for path in paths}
    found: dict[str, list[float]] = {path: [] for path in paths}
    for field in MODEL.fields:
        mean = sum(fields[path][field.name][1] for path in paths) / max(1, len(paths)) + 1
        weights = [
            (term, SCALE * share * softplus(dot(field.by_trait, row) + field.bias) / norm)
            for term, share, row in zip(terms, rare, traits, strict=True)
        ]
        for path in paths:
            words, length = fields[path][field.name]
            slow = field.saturates * (1 - field.shortens + field.shortens * length / mean) + 1e-6
            hits = [(weight, words[term]) for term, weight in weights if term in words]
            found[path].append(sum(weight * count / (count + slow) for weight, count in hits))
    return found


def _fields(code: Codebase, evidence: Evidence, path: str, terms: Sequence[str]) -> dict[str, InField]:
    facts = code.files[path]
    best = evidence.best.get(path)
    counted: dict[str, Mapping[str, float]] = {
        "base": own_words(path), "folder": count_terms(path.rpartition("/")[0]), **facts.parts,
        "best": code.symbol(best).words if best else {}, "label": count_terms(code.symbol(best).name) if best else {},
    }  # fmt: skip
    found: dict[str, InField] = {name: (words, float(sum(words.values()))) for name, words in counted.items()}
    defined = [term for symbol in facts.symbols for term in terms_of(symbol.name.rpartition(".")[2])]
    found["defined"] = Counter(defined), float(len(defined))
    told = {term: count for term in terms if (count := code.told.count(path, term))}
    found["told"] = told, code.told.length(path)
    return found


def _said(code: Codebase, evidence: Evidence, paths: Sequence[str]) -> dict[str, dict[str, float]]:
    """Path → terms of past changes like the request that touched it, by how alike they are."""
    said: dict[str, dict[str, float]] = {path: {} for path in paths}
    for number, alike in evidence.similar[:ALIKE]:
        change = code.changes[number]
        terms = count_terms(change.message) if said.keys() & set(change.files) else ()
        for path in said.keys() & set(change.files):
            for term in terms:
                said[path][term] = said[path].get(term, 0.0) + alike
    return said


__all__ = ["by_field"]
