"""Codebases kept ready: facts by blob in the store, so that only what changed is parsed again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import astuple

from memory.repositories.code_index import CodeIndexes, StoredIndex, packed, unpacked
from tools.iterator.codebase import Codebase
from tools.iterator.facts import FileFacts, from_document, to_document
from tools.iterator.history import MOST_COMMITS, Change
from tools.iterator.interface import Source
from tools.iterator.parsing import parse
from tools.iterator.roles import language_of

VERSION = 2
"""Of the facts; raise it when parsing or words change."""
KEPT = 8
"""Codebases in memory at once."""


class Index:
    """Not for several threads at once; one request at a time on a scope."""

    def __init__(self, store: CodeIndexes) -> None:
        self._store = store
        self._ready: OrderedDict[str, tuple[str, dict[str, str], Codebase]] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def at(self, source: Source) -> Codebase:
        """The codebase as the source has it now; what is new of it is parsed and stored. Raises IteratorError."""
        async with self._locks.setdefault(source.scope, asyncio.Lock()):
            files = await asyncio.to_thread(source.files)
            known = self._ready.get(source.scope)
            if known is not None and known[:2] == (source.commit, files):
                return known[2]
            code, stored = (known[2], StoredIndex(known[0], known[1], [])) if known else await self._load(source)
            had = known[1] if known else {}
            since = stored.commit if stored is not None and stored.commit else None
            await self._bring_up(code, source, had, files, since)
            if stored is None or (stored.commit, stored.files) != (source.commit, files):
                history = [list(astuple(change)) for change in code.changes]
                await self._store.save_index(source.scope, StoredIndex(source.commit, files, history))
            self._keep(source.scope, (source.commit, files, code))
            return code

    async def _load(self, source: Source) -> tuple[Codebase, StoredIndex | None]:
        """With the history that the store has, and no files yet."""
        stored = await self._store.index(source.scope)
        told = [] if stored is None else [Change(c, at, words, tuple(names)) for c, at, words, names in stored.history]
        return Codebase({}, told), stored

    async def _bring_up(
        self, code: Codebase, source: Source, had: dict[str, str], files: dict[str, str], since: str | None
    ) -> None:
        code.retell(await self._history(source, since, code.changes))
        for path in had.keys() - files.keys():
            code.drop(path)
        changed = {path: blob for path, blob in files.items() if had.get(path) != blob}
        for path, facts in (await self._facts(source, changed)).items():
            code.put(path, facts)

    async def _history(self, source: Source, since: str | None, before: list[Change]) -> list[Change]:
        if since == source.commit and before:
            return before
        fresh = await asyncio.to_thread(source.changes, since)
        if fresh is None:
            fresh, before = await asyncio.to_thread(source.changes, None) or [], []
        return [*fresh, *before][:MOST_COMMITS]

    async def _facts(self, source: Source, wanted: dict[str, str]) -> dict[str, FileFacts]:
        languages = {path: language_of(path) or "" for path in wanted}
        stored = await self._store.facts(list(set(wanted.values())), VERSION) if wanted else {}
        missing = {path: blob for path, blob in wanted.items() if (blob, languages[path]) not in stored}
        fresh = await asyncio.to_thread(_parsed, source, missing, languages)
        await self._store.save_facts({(missing[path], languages[path]): data for path, data in fresh.items()}, VERSION)

        def read() -> dict[str, FileFacts]:
            return {
                path: from_document(unpacked(fresh[path] if path in fresh else stored[blob, languages[path]]))
                for path, blob in wanted.items()
                if path in fresh or (blob, languages[path]) in stored
            }

        return await asyncio.to_thread(read)

    def _keep(self, scope: str, entry: tuple[str, dict[str, str], Codebase]) -> None:
        self._ready[scope] = entry
        self._ready.move_to_end(scope)
        while len(self._ready) > KEPT:
            self._ready.popitem(last=False)


def _parsed(source: Source, missing: dict[str, str], languages: dict[str, str]) -> dict[str, bytes]:
    return {path: packed(to_document(parse(languages[path], content))) for path, content in source.contents(missing)}


__all__ = ["Index"]
