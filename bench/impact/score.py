"""How good an order of files is. acc@k: all answers within the first k; hit@1: the first is one."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.impact.tasks import Task, is_source

MEASURES = ("acc@5", "acc@10", "hit@1", "MRR", "fnR@10")


@dataclass(frozen=True)
class Answer:
    task: Task
    files: tuple[str, ...]
    functions: tuple[str, ...] | None
    seconds: float


def measures(answers: Sequence[Answer]) -> dict[str, float | None]:
    rows = [_measured(answer) for answer in answers]
    return {
        name: statistics.mean(values) if (values := [row[name] for row in rows if name in row]) else None
        for name in MEASURES
    }


def _measured(answer: Answer) -> dict[str, float]:
    ranked = list(dict.fromkeys(path for path in answer.files if is_source(path)))
    ranks = [ranked.index(path) + 1 if path in ranked else 10**9 for path in answer.task.gold]
    row = {
        "acc@5": float(max(ranks) <= 5),
        "acc@10": float(max(ranks) <= 10),
        "hit@1": float(min(ranks) == 1),
        "MRR": 1 / min(ranks),
    }
    if answer.task.gold_functions and answer.functions is not None:
        named = set(list(dict.fromkeys(answer.functions))[:10])
        gold = answer.task.gold_functions
        row["fnR@10"] = len(named & set(gold)) / min(len(gold), 10)
    return row


SLICES: dict[str, Callable[[Task], bool]] = {
    "all": lambda task: True,
    "100+ source files": lambda task: task.source_files >= 100,
    "below 100": lambda task: task.source_files < 100,
    "answer named": lambda task: task.names_answer,
    "answer not named": lambda task: not task.names_answer,
    "TypeScript": lambda task: any(path.endswith((".ts", ".tsx")) for path in task.gold),
}

__all__ = ["MEASURES", "SLICES", "Answer", "measures"]
