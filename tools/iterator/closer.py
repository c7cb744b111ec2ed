"""A closer look at the first files: terms of the request, weighed by their traits, in each field of a file; its signals
and details; a small network over all of them. Learnt as the weights of the signals were, see docs/impact.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.iterator.codebase import Codebase
from tools.iterator.details import DETAILS, details_of
from tools.iterator.fields import by_field
from tools.iterator.model import MODEL, dot
from tools.iterator.request import Request
from tools.iterator.signals import SIGNALS, Evidence

LOOKED_AT = 20
"""Files."""
FARTHEST = -10.0
FRAME = ("files", "history", "names", "title", "words")
"""Inputs that are the same for all files of a request."""
LEXICAL = tuple(place for place, name in enumerate(SIGNALS) if name != "meaning")
"""Places of the signals that were there when the network was learnt; vectors of an endpoint are added beside it."""


def look_closer(
    code: Codebase, request: Request, evidence: Evidence, signals: Mapping[str, Sequence[float]]
) -> dict[str, float]:
    """`signals`: rows of the first files. Path → a sum of its own unit, comparable among them."""
    paths = list(signals)
    fields, details = by_field(code, request, evidence, paths), details_of(code, request, evidence, paths)
    by_signal, by_detail = [MODEL.signals[name] for name in SIGNALS], [MODEL.details[name] for name in DETAILS]
    weights = [field.weight for field in MODEL.fields]
    sums = {
        path: dot(weights, fields[path]) + dot(by_signal, signals[path]) + dot(by_detail, details[path])
        for path in paths
    }
    most, frame = max(sums.values(), default=0.0), frame_of(code, request)
    found = {}
    for path, total in sums.items():
        lexical = [signals[path][place] for place in LEXICAL]
        behind = max(FARTHEST, total - most)
        found[path] = total + MODEL.bent([*lexical, *details[path], *fields[path], behind, *frame])
    return found


def frame_of(code: Codebase, request: Request) -> list[float]:
    """In the order of FRAME, from 0 to about 1."""
    return [
        min(len(code.sources), 1000) / 1000, float(bool(code.changes)), min(len(request.named), 8) / 8,
        len(request.title) / 10, min(len(request.weights), 100) / 100,
    ]  # fmt: skip


__all__ = ["FRAME", "LEXICAL", "LOOKED_AT", "frame_of", "look_closer"]
