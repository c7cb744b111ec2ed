"""A request in words → the files and symbols that it will probably touch."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

from memory.records.impact import Candidate, FileImpact, Impact, SymbolHit
from tools.iterator.codebase import Codebase
from tools.iterator.evidence import candidates_of
from tools.iterator.index import Index
from tools.iterator.interface import ImpactAnalyser, Source
from tools.iterator.meaning import Meaning, MeaningError
from tools.iterator.ranking import in_order, rank_files, rank_symbols
from tools.iterator.reasons import reasons
from tools.iterator.request import read_request
from tools.iterator.risk import covering_tests, dependants, judge
from tools.iterator.signals import gather

logger = logging.getLogger("softwright.iterator")
MOST_FILES = 30
MOST_SYMBOLS = 30
LIKELY = 5
"""Files whose tests and dependants are looked for."""


class LexicalImpact(ImpactAnalyser):
    """Words, names, history and imports; vectors where an embedding endpoint is set. No model is asked."""

    def __init__(self, index: Index, meaning: Meaning | None = None) -> None:
        self._index = index
        self._meaning = meaning

    async def analyse(self, source: Source, request: str) -> Impact:
        (impact,) = await self.analyse_many(source, [request])
        return impact

    async def analyse_many(self, source: Source, requests: Sequence[str]) -> list[Impact]:
        code = await self._index.at(source)
        likenesses, lacking = await self._likeness(source, requests)
        return [
            await asyncio.to_thread(impact_of, code, source.commit, request, likeness, lacking)
            for request, likeness in zip(requests, likenesses, strict=True)
        ]

    async def _likeness(self, source: Source, requests: Sequence[str]) -> tuple[list[dict[str, float]], str]:
        """And why there is none, where there should be."""
        none: list[dict[str, float]] = [{} for _ in requests]
        if self._meaning is None:
            return none, ""
        try:
            return await self._meaning.likeness(source, requests), ""
        except MeaningError as error:
            logger.warning("impact of %s: %s", source.scope, error)
            return none, str(error)

    async def candidates(self, source: Source, request: str, impact: Impact, most: int) -> tuple[Candidate, ...]:
        code = await self._index.at(source)

        def look() -> tuple[Candidate, ...]:
            wanted = {file.path for file in impact.files[:most]}
            blobs = {path: blob for path, blob in source.files().items() if path in wanted}
            texts = {path: data.decode("utf-8", "replace") for path, data in source.contents(blobs)}
            asked = read_request(request)
            return candidates_of(code, asked, gather(code, asked), impact, texts)

        return await asyncio.to_thread(look)

    async def reordered(self, source: Source, impact: Impact, order: Sequence[str]) -> Impact:
        code = await self._index.at(source)
        files = in_order(impact.files, order)
        return await asyncio.to_thread(_judged, code, impact.commit, files, impact.took_ms, impact.lacking)


def impact_of(
    code: Codebase, commit: str, text: str, likeness: Mapping[str, float] | None = None, lacking: str = ""
) -> Impact:
    """Pure: no clock but for `took_ms`."""
    began = time.perf_counter()
    request = read_request(text)
    evidence = gather(code, request, likeness)
    ranked = dict(list(rank_files(code, request, evidence).items())[:MOST_FILES])
    symbols = rank_symbols(code, request, evidence, ranked)
    hits: dict[str, list[SymbolHit]] = {}
    for (path, number), score in list(symbols.items())[:MOST_SYMBOLS]:
        symbol = code.symbol((path, number))
        hit = SymbolHit(name=symbol.name, kind=symbol.kind, start=symbol.start, end=symbol.end, score=round(score, 4))
        hits.setdefault(path, []).append(hit)
    files = tuple(
        FileImpact(
            path=path,
            score=round(share, 4),
            reasons=reasons(code, request, evidence, path),
            symbols=tuple(hits.get(path, ())),
        )
        for path, share in ranked.items()
    )
    return _judged(code, commit, files, 1000 * (time.perf_counter() - began), lacking)


def _judged(code: Codebase, commit: str, files: tuple[FileImpact, ...], took_ms: float, lacking: str) -> Impact:
    likely = {file.path: file.score for file in files[:LIKELY]}
    tests, concerned = covering_tests(code, likely), dependants(code, list(likely))
    return Impact(
        commit=commit,
        files=files,
        tests=tests,
        dependants=concerned,
        risk=judge(likely, tests, concerned),
        took_ms=round(took_ms, 1),
        lacking=lacking,
    )


__all__ = ["LexicalImpact", "impact_of"]
