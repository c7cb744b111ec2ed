"""The loop: every turn is recorded before the next request, so a loop that died goes on where it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from agents.loop.consent import ApprovalNeeded
from agents.loop.conversation import Conversation, total
from agents.loop.prompting import FINISH, NUDGE, rules
from agents.loop.records import LoopDeps, LoopEnd, LoopLimits, LoopOutcome, LoopTask
from agents.loop.step import gives_up, take_turn
from agents.loop.stuck import StuckDetector, Verdict
from memory.records.loop import ToolQuestion, Turn
from memory.records.model import BudgetSpent, ModelError

End = tuple[LoopEnd, str]


async def run_loop(task: LoopTask, deps: LoopDeps) -> LoopOutcome:
    """To the model's own end or to a limit; never raises ModelError.

    Recorded turns are not made again: the workspace is put back as the last one left it, and the work goes on there.
    Raises CodeError where the base is not in the repository, TurnConflict where someone else drives the same loop,
    ExecutionCancelled.
    """
    recorded = await deps.turns.turns(task.prefix)
    tree = recorded[-1].tree if recorded else None
    tree = await asyncio.to_thread(deps.snapshots.restore, task.base, tree)
    progress = Progress(f"{await asyncio.to_thread(rules)}\n\n{task.system}".strip(), task)
    for turn in recorded:
        progress.add(turn)
    asks: ToolQuestion | None = None
    while (end := progress.end()) is None:
        try:
            messages = progress.conversation.messages()
            turn = await take_turn(task, deps, messages, len(progress.turns) + 1, tree)
        except ApprovalNeeded as needed:
            end, asks = (LoopEnd.APPROVAL, f"a person has to agree: {needed}"), needed.question
            break
        except BudgetSpent as error:
            end = (LoopEnd.BUDGET, str(error))
            break
        except ModelError as error:
            end = (LoopEnd.NO_MODEL, str(error))
            break
        turn = progress.judged(turn)
        await deps.turns.add(task.prefix, turn)
        await deps.watch(turn)
        progress.add(turn)
        tree = turn.tree
    return replace(await _outcome(end, progress, tree, deps), asks=asks)


class Progress:
    """What the turns so far amount to: the same for a loop that was interrupted and one that was not."""

    def __init__(self, system: str, task: LoopTask) -> None:
        self._limits = task.limits
        self.conversation = Conversation(system, task.task, task.limits.context_tokens)
        self.turns: list[Turn] = []
        self._detector = StuckDetector()
        self._verdict = Verdict.GOES_ON
        self._judged = 0

    def judged(self, turn: Turn) -> Turn:
        """The turn with what is to be said about going in circles."""
        self._verdict = self._detector.add(turn)
        self._judged = turn.n
        if self._verdict is Verdict.NUDGE and not turn.finished:
            return turn.model_copy(update={"remark": f"{turn.remark}\n\n{NUDGE}".strip()})
        return turn

    def add(self, turn: Turn) -> None:
        if turn.n != self._judged:
            self.judged(turn)
        self.turns.append(turn)
        self.conversation.add(turn)

    def end(self) -> End | None:
        if not self.turns:
            return None
        last = self.turns[-1]
        if last.finished:
            return _own_end(last)
        if self._verdict is Verdict.STUCK:
            return LoopEnd.STUCK, f"the model went in circles, also after it was told: {self._detector.what}"
        return _limit_reached(self.turns, self._limits)


def _own_end(last: Turn) -> End:
    call = next((call for call in last.answer.tool_calls if call.name == FINISH), None)
    if call is None:
        return LoopEnd.ANSWERED, "the model ended with an answer"
    if gives_up(call):
        return LoopEnd.GAVE_UP, "the model says that it cannot be done"
    return LoopEnd.FINISHED, "the model says that it is done"


def _limit_reached(turns: list[Turn], limits: LoopLimits) -> End | None:
    if len(turns) >= limits.turns:
        return LoopEnd.TURNS, f"not finished after {limits.turns} turns"
    tokens = sum(total(turns))
    if tokens >= limits.tokens:
        return LoopEnd.TOKENS, f"not finished after {tokens:,} tokens; the limit is {limits.tokens:,}"
    took = sum(turn.took_s for turn in turns)
    if took >= limits.wall_s:
        return LoopEnd.WALL_TIME, f"not finished after {took:.0f} s; the limit is {limits.wall_s:g} s"
    return None


async def _outcome(end: End, progress: Progress, tree: str, deps: LoopDeps) -> LoopOutcome:
    changed = deps.snapshots.changed()
    prompt, completion = total(progress.turns)
    prices = [turn.answer.usd for turn in progress.turns]
    known = [price for price in prices if price is not None]
    tested = [(turn, r) for turn in progress.turns for r in turn.results if r.name == "run_tests"]
    return LoopOutcome(
        end=end[0],
        reason=end[1],
        summary=_last_words(progress.turns),
        turns=len(progress.turns),
        prompt_tokens=prompt,
        completion_tokens=completion,
        usd=sum(known, Decimal(0)) if len(known) == len(prices) else None,
        tree=tree,
        changed=changed,
        broken=await deps.toolbox.broken(list(changed)),
        tests=tested[-1][1] if tested else None,
        tests_are_current=bool(tested) and _unchanged_since(progress.turns, tested[-1][0]),
    )


def _unchanged_since(turns: list[Turn], tested: Turn) -> bool:
    """By turns: a change in the turn of the test itself, after it, counts as a change."""
    before = next((turn.tree for turn in reversed(turns) if turn.n < tested.n), None)
    changed_within = before is not None and before != tested.tree and tested.results[-1].name != "run_tests"
    return turns[-1].tree == tested.tree and not changed_within


def _last_words(turns: list[Turn]) -> str:
    for turn in reversed(turns):
        for call in turn.answer.tool_calls:
            if call.name == FINISH and isinstance((call.arguments or {}).get("summary"), str):
                return str((call.arguments or {})["summary"])
        if turn.answer.text.strip():
            return turn.answer.text.strip()
    return ""


__all__ = ["run_loop"]
