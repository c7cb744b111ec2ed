"""Likely files put in order by a model; without an answer they stay as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel

from agents.prompts.renderer import render
from agents.structured.ask import Failed, ask_for
from memory.records.impact import Candidate
from memory.records.model import ModelGateway, Role
from memory.records.plan import Fallback

MOST = 20
"""Files that a model is shown."""
MOST_TOKENS = 512
LONGEST_REQUEST = 4_000
"""Characters of it that are shown."""


class DraftOrder(BaseModel):
    why: str = ""
    order: list[int] = []


@dataclass(frozen=True)
class Reranked:
    order: tuple[str, ...]
    """Paths, best first; empty where no model answered."""
    fallback: Fallback | None = None


async def rerank(request: str, candidates: Sequence[Candidate], gateway: ModelGateway, *, key: str) -> Reranked:
    """One call, asked again once where the answer is no order."""
    shown = candidates[:MOST]
    if not shown:
        return Reranked(())
    prompt = await asyncio.to_thread(
        render, "rerank_request", request=request[:LONGEST_REQUEST], files=[*enumerate(map(described, shown), 1)]
    )
    messages = [SystemMessage(render("rerank_system")), HumanMessage(prompt)]

    def problems(draft: DraftOrder) -> Sequence[str]:
        if not draft.order or not all(1 <= number <= len(shown) for number in draft.order):
            return [f"`order` has to name files by their numbers, 1 to {len(shown)}"]
        return ()

    asked = await ask_for(gateway, key, Role.PM, messages, DraftOrder, check=problems, max_tokens=MOST_TOKENS, again=1)
    if isinstance(asked, Failed):
        return Reranked((), Fallback(agent="pm", from_="model", to="impact", reason=asked.reason))
    return Reranked(tuple(dict.fromkeys(shown[number - 1].path for number in asked.value.order)))


def described(candidate: Candidate) -> str:
    lines = [candidate.path]
    if candidate.about:
        lines.append(f"  says: {candidate.about}")
    if candidate.names:
        lines.append(f"  defines: {', '.join(candidate.names)}")
    lines += [f"  {number}: {text}" for number, text in candidate.lines]
    lines += [f"  changed by: {title}" for title in candidate.changes]
    return "\n".join(lines)


__all__ = ["MOST", "DraftOrder", "Reranked", "described", "rerank"]
