"""A request's terms in each field of a file: its name, what it defines, comments, strings, what was said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

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
Counts = Callable[[str], float]


def by_field(code: Codebase, request: Request, evidence: Evidence, paths: Sequence[str]) -> dict[str, list[float]]:
    """Path → what it has of the request in each field of the model, not weighed yet."""
    terms = terms_to_weigh(code, request)
    traits = traits_of(code, request, terms)
    rare = [code.whole.idf(term) / RAREST * request.weights[term] for term in terms]
    norm = 0.5 + sum(
        share * softplus(dot(MODEL.norm, row) + MODEL.norm_bias) for share, row in zip(rare, traits, strict=True)
    )
    fields = {path: _fields(code, evidence, path) for path in paths}
    found: dict[str, list[float]] = {path: [] for path in paths}
    for field in MODEL.fields:
        mean = sum(fields[path][field.name][1] for path in paths) / max(1, len(paths)) + 1
        weights = [
            (term, SCALE * share * softplus(dot(field.by_trait, row) + field.bias) / norm)
            for term, share, row in zip(terms, rare, traits, strict=True)
        ]
        for path in paths:
            counts, length = fields[path][field.name]
            slow = field.saturates * (1 - field.shortens + field.shortens * length / mean) + 1e-6
            hits = ((weight, count) for term, weight in weights if (count := counts(term)))
            found[path].append(sum(weight * count / (count + slow) for weight, count in hits))
    return found


def _fields(code: Codebase, evidence: Evidence, path: str) -> dict[str, tuple[Counts, float]]:
    """Field → how often a term is there, and the field's length in terms."""
    facts = code.files[path]
    best = evidence.best.get(path)
    defined: Counter[str] = Counter()
    for symbol in facts.symbols:
        defined.update(terms_of(symbol.name.rpartition(".")[2]))
    counted: dict[str, Mapping[str, float]] = {
        "base": own_words(path), "folder": count_terms(path.rpartition("/")[0]), "defined": defined, **facts.parts,
        "best": code.symbol(best).words if best else {}, "label": count_terms(code.symbol(best).name) if best else {},
    }  # fmt: skip
    found = {name: (_counts(words), float(sum(words.values()))) for name, words in counted.items()}
    found["told"] = (lambda term: code.told.count(path, term)), code.told.length(path)
    found["alike"] = _counts(_said(code, evidence, path)), 0.0
    return found


def _said(code: Codebase, evidence: Evidence, path: str) -> dict[str, float]:
    """Terms of past changes like the request that touched the file, by how alike they are."""
    said: dict[str, float] = {}
    for number, alike in evidence.similar[:ALIKE]:
        change = code.changes[number]
        if path in change.files:
            for term in count_terms(change.message):
                said[term] = said.get(term, 0.0) + alike
    return said


def _counts(words: Mapping[str, float]) -> Counts:
    return lambda term: words.get(term, 0.0)


__all__ = ["by_field"]
