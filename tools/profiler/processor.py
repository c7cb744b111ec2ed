"""Loops that the processor spends an operation's time in, and lines that hold up the event loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import median

from memory.records.performance import Kind, PerformanceFinding
from tools.profiler.blocking_source import blocking_calls, fix_for
from tools.profiler.interface import Place, RawOperation, Sources
from tools.profiler.loops import Loop, Source, advice

HOT_SHARE = 0.4
HOT_MS = 5.0
BLOCKED_MS = 20.0
WAITING = 0.05
"""Share of the time on the processor, below which a line waits; on a busy machine one that computes gets little."""


def hot_loops(operation: RawOperation, sources: Sources) -> Iterator[PerformanceFinding]:
    total = sum(cpu if cpu >= WAITING * ms else ms for _, ms, cpu, _ in operation.samples)
    found: dict[tuple[str, int], tuple[Loop, dict[Place, float]]] = {}
    for chain, _, _, own in operation.samples:
        place, loop = _innermost(chain, operation, sources)
        if loop is not None and place is not None:
            lines = found.setdefault((place[0], loop.first), (loop, defaultdict(float)))[1]
            lines[place] += own
    for (file, _), (loop, lines) in found.items():
        share = sum(lines.values()) / total if total else 0.0
        ms = share * median(operation.times_ms)
        if share >= HOT_SHARE and share * median(operation.cpu_ms or operation.times_ms) >= HOT_MS:
            hottest = max(lines, key=lambda place: lines[place])
            yield _hot(operation, file, hottest, loop, share, ms)


def _innermost(chain: Iterable[Place], operation: RawOperation, sources: Sources) -> tuple[Place | None, Loop | None]:
    """The loop that a sample belongs to; frames outside of the route (middleware) have no part in it."""
    for place in chain:
        loop = Source(sources.text(place[0])).loop_at(place[1], head=True)
        if loop is not None:
            return place, loop
        if operation.handler and (place[0], place[2]) == (operation.handler[0], operation.handler[2]):
            break
    return None, None


def _hot(operation: RawOperation, file: str, hottest: Place, loop: Loop, share: float, ms: float) -> PerformanceFinding:
    blocks = ", and holds up every other request meanwhile (async)" if operation.asynchronous else ""
    return PerformanceFinding(
        kind=Kind.HOT_LOOP,
        file=file,
        line=hottest[1],
        function=hottest[2],
        operation=operation.key,
        why=f"the loop of lines {loop.first}-{loop.last} takes {ms:.0f} of {median(operation.times_ms):.0f} ms{blocks}",
        fix=advice(loop),
        estimated_gain=round(min(share, 1.0), 3),
        figures={"ms": round(ms, 1), "loop": [loop.first, loop.last]},
    )


def blocking(
    operation: RawOperation, sources: Sources, loops: list[PerformanceFinding]
) -> Iterator[PerformanceFinding]:
    """Seen at work: the event loop stood still while this line ran."""
    times = sum(operation.statuses.values())
    lines: dict[Place, list[float]] = {}
    for chain, ms, cpu in operation.blocked:
        row = lines.setdefault(chain[0], [0.0, 0.0])
        row[0], row[1] = row[0] + ms, row[1] + cpu
    for place, (ms, cpu) in lines.items():
        each = ms / max(times, 1)
        if each < BLOCKED_MS or any(place[0] == f.file and _within(place[1], f) for f in loops):
            continue
        yield _blocked(operation, place, each, cpu < WAITING * ms, sources)


def _within(line: int, finding: PerformanceFinding) -> bool:
    first, last = finding.figures["loop"]
    return bool(first <= line <= last)


def _blocked(operation: RawOperation, place: Place, ms: float, waits: bool, sources: Sources) -> PerformanceFinding:
    file, line, function = place
    asks = any(s.chain and s.chain[0][:2] == (file, line) for s in operation.statements)
    how = "asks the database" if asks else "waits" if waits else "computes"
    if asks:
        fix = "an asynchronous driver, or a route without async: FastAPI then runs it in a thread of its own"
    else:
        fix = fix_for(sources.text(file), line) or (
            "await something asynchronous instead, await asyncio.to_thread(...), or a route without async"
        )
    return PerformanceFinding(
        kind=Kind.BLOCKING_CALL,
        file=file,
        line=line,
        function=function,
        operation=operation.key,
        why=f"the event loop stands still for {ms:.0f} ms a request while this line {how}: nobody else is served",
        fix=fix,
        estimated_gain=round(min(1.0, ms / max(median(operation.times_ms), 0.001)), 3),
        figures={"ms": round(ms, 1), "waits": waits},
    )


def read_in_source(
    files: Iterable[str], sources: Sources, seen: Iterable[PerformanceFinding]
) -> Iterator[PerformanceFinding]:
    """Blocking calls in async functions that the load did not get to."""
    known = {(finding.file, finding.line) for finding in seen if finding.kind is Kind.BLOCKING_CALL}
    for file in files:
        for call in blocking_calls(sources.text(file), file):
            if (call.file, call.line) not in known:
                yield PerformanceFinding(
                    kind=Kind.BLOCKING_CALL,
                    file=call.file,
                    line=call.line,
                    function=call.function,
                    why=f"{call.call} in an async function holds up the event loop; read, not seen at work",
                    fix=call.fix,
                    measured=False,
                )


__all__ = ["blocking", "hot_loops", "read_in_source"]
