"""A closer look at the first files: each term of the request, weighed by its traits, in each field of a file.

The weights of a term in a field, how much a field's length matters, and the rest of `closer.json` were learnt as the
weights of the signals were; see docs/impact.md."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.iterator.codebase import Codebase
from tools.iterator.details import DETAILS, details_of
from tools.iterator.paths import own_words
from tools.iterator.request import Request
from tools.iterator.signals import SIGNALS, Evidence
from tools.iterator.traits import terms_to_weigh, traits_of
from tools.iterator.words import count_terms, terms_of

LOOKED_AT = 20
"""Files."""
ALIKE = 15
"""Past changes whose words count for the files that they touched."""
SCALE = 2.0
Counts = Callable[[str], float]


@dataclass(frozen=True)
class Field:
    """How terms count in it: the weight of one is told by its traits."""

    name: str
    by_trait: tuple[float, ...]
    bias: float
    saturates: float
    shortens: float
    weight: float


@dataclass(frozen=True)
class Model:
    fields: tuple[Field, ...]
    norm: tuple[float, ...]
    norm_bias: float
    signals: Mapping[str, float]
    details: Mapping[str, float]


def read_model(document: Mapping[str, Any]) -> Model:
    fields = tuple(
        Field(name, tuple(row["by_trait"]), **{key: value for key, value in row.items() if key != "by_trait"})
        for name, row in document["fields"].items()
    )
    return Model(fields, tuple(document["norm"]), document["norm_bias"], document["signals"], document["details"])


MODEL = read_model(json.loads((Path(__file__).parent / "closer.json").read_text()))


def look_closer(
    code: Codebase, request: Request, evidence: Evidence, signals: Mapping[str, Sequence[float]]
) -> dict[str, float]:
    """`signals`: rows of the first files. Path → a sum of its own unit, comparable among them."""
    paths = list(signals)
    words, details = by_terms(code, request, evidence, paths), details_of(code, request, evidence, paths)
    by_signal = [MODEL.signals[name] for name in SIGNALS]
    by_detail = [MODEL.details[name] for name in DETAILS]
    return {path: words[path] + _dot(by_signal, signals[path]) + _dot(by_detail, details[path]) for path in paths}


def by_terms(code: Codebase, request: Request, evidence: Evidence, paths: Sequence[str]) -> dict[str, float]:
    """What the words alone give each file, in the unit of the weighted sum."""
    terms = terms_to_weigh(code, request)
    traits = traits_of(code, request, terms)
    idf = [code.whole.idf(term) / 6 * request.weights[term] for term in terms]
    norm = 0.5 + sum(
        share * _softplus(_dot(MODEL.norm, row) + MODEL.norm_bias) for share, row in zip(idf, traits, strict=True)
    )
    fields = {path: _fields(code, evidence, path) for path in paths}
    total = dict.fromkeys(paths, 0.0)
    for field in MODEL.fields:
        mean = sum(fields[path][field.name][1] for path in paths) / max(1, len(paths)) + 1
        weights = [
            (term, SCALE * field.weight * share * _softplus(_dot(field.by_trait, row) + field.bias) / norm)
            for term, share, row in zip(terms, idf, traits, strict=True)
        ]
        for path in paths:
            counts, length = fields[path][field.name]
            norming = field.saturates * (1 - field.shortens + field.shortens * length / mean) + 1e-6
            total[path] += sum(
                weight * count / (count + norming) for term, weight in weights if (count := counts(term))
            )
    return total


def _fields(code: Codebase, evidence: Evidence, path: str) -> dict[str, tuple[Counts, float]]:
    """Field → how often a term is there, and the field's length in terms."""
    facts = code.files[path]
    best = evidence.best.get(path)
    body = code.symbol(best).words if best else {}
    label = count_terms(code.symbol(best).name) if best else {}
    defined: Counter[str] = Counter()
    for symbol in facts.symbols:
        defined.update(terms_of(symbol.name.rpartition(".")[2]))
    counted: dict[str, Mapping[str, float]] = {
        "base": own_words(path), "folder": count_terms(path.rpartition("/")[0]), "defined": defined, **facts.parts,
        "best": body, "label": label,
    }  # fmt: skip
    found: dict[str, tuple[Counts, float]] = {
        name: (_counts(words), float(sum(words.values()))) for name, words in counted.items()
    }
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


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _softplus(value: float) -> float:
    return math.log1p(math.exp(-abs(value))) + max(value, 0.0)


__all__ = ["LOOKED_AT", "MODEL", "by_terms", "look_closer"]
