"""What a change will probably touch, told before it is planned."""

from __future__ import annotations

import asyncio
from typing import Any

from graph.steps.common import Step
from memory.code import MAIN
from memory.records.impact import Impact
from memory.records.plan import Fallback
from tools.iterator.interface import IteratorError
from tools.iterator.sources import GitSource

SHOWN = 5
RANKED, SYMBOLS = 20, 4
"""Files that a planner with a model is shown, and names of each: about 600 tokens."""


async def foreseen(step: Step) -> Impact | None:
    """Kept with the modification. None where the code cannot be read, which is told."""
    git_dir = step.deps.settings.repositories / f"{step.project_id}.git"
    try:
        source = await asyncio.to_thread(GitSource, git_dir, MAIN, step.project_id)
        impact = await step.deps.impact.analyse(source, step.asked["request"])
    except IteratorError as error:
        await step.tell_fallback(Fallback(agent="pm", from_="impact", to="plan", reason=str(error)), "impact")
        return None
    if impact.lacking:
        await step.tell_fallback(Fallback(agent="pm", from_="embeddings", to="words", reason=impact.lacking), "meaning")
    await step.deps.store.update_modification(step.run_id, impact_analysis=impact.model_dump(mode="json"))
    return impact


def brief(impact: Impact | None) -> dict[str, Any] | None:
    if impact is None:
        return None
    files = [{"path": file.path, "score": file.score} for file in impact.files[:SHOWN]]
    return {"files": files, "tests": list(impact.tests[:SHOWN]), "risk": impact.risk.model_dump(mode="json")}


def candidates(impact: Impact | None) -> tuple[str, ...]:
    """For a planner that puts them in an order of its own: a line a file, best first."""
    if impact is None:
        return ()
    lines = []
    for file in impact.files[:RANKED]:
        symbols = ", ".join(list(dict.fromkeys(symbol.name for symbol in file.symbols))[:SYMBOLS])
        lines.append(f"{file.path}: {symbols}" if symbols else file.path)
    return (*lines, *impact.tests[:SHOWN])


def help_by(impact: Impact | None) -> str:
    """For the person who does by hand what the rules cannot."""
    if impact is None or not impact.files:
        return ""
    return f". By hand, look first at {', '.join(file.path for file in impact.files[:SHOWN])}"


__all__ = ["brief", "candidates", "foreseen", "help_by"]
