"""Notes of a project that mean what a request means, where an embedding endpoint is set; by their words in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agents.pm.remembering import remembered
from graph.steps.common import Step
from memory.context import ProjectMemory
from memory.records.context import Note
from memory.records.plan import Fallback
from memory.repositories.note_vectors import NoteVectors

LONGEST = 2_000
"""Characters of a text that is embedded."""


async def recall(step: Step) -> str:
    """A line a note, the likeliest first."""
    request = str(step.asked["request"])
    notes = await ProjectMemory(step.deps.pool).notes(step.project_id)
    alike = await _alike(step, notes, request) if notes else {}
    return await asyncio.to_thread(remembered, notes, request, alike=alike)


async def _alike(step: Step, notes: Sequence[Note], request: str) -> dict[str, float]:
    """By the notes' keys; empty where no endpoint is set, or it fails, which is told."""
    embedder, model = step.deps.embedder, step.deps.settings.embedding_model
    if embedder is None or model is None:
        return {}
    store, texts = NoteVectors(step.deps.pool), {note.key: note.text[:LONGEST] for note in notes}
    missing = await store.missing(step.project_id, list(texts), model)
    try:
        vector, *new = await embedder.aembed_documents([request[:LONGEST], *(texts[key] for key in missing)])
    except Exception as error:  # the border to a foreign server: whatever it sends, words are left
        reason = f"the embedding endpoint failed ({type(error).__name__})"
        await step.tell_fallback(Fallback(agent="pm", from_="vectors", to="words", reason=reason), "memory")
        return {}
    await store.save(step.project_id, dict(zip(missing, new, strict=False)), model)
    return await store.alike(step.project_id, vector, model)


__all__ = ["recall"]
