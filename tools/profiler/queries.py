"""Statements of one request: those that grow with its rows, those that are slow, those that are asked twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

from memory.records.performance import Kind, PerformanceFinding
from tools.profiler.interface import Chain, Place, RawOperation, RawStatement, Sources
from tools.profiler.loops import Source

MANY = 5
"""Alike statements of one request, from which on they are taken to grow with its rows."""
TWICE = 3
SLOW_MS = 30.0
WAITS_MS = 120.0
"""However little of it is spent on the processor: it waits for a lock, or for a function of the application."""
SCAN_MS = 10.0
"""The same, where its plan says that it goes through a whole table."""
SHARE = 0.25
"""Of a request's time, from which on a statement is worth a word."""
READS = ("SELECT", "WITH")
WORDS = (*READS, "INSERT", "UPDATE", "DELETE", "MERGE")
SCAN = re.compile(r"^SCAN (?:TABLE )?(\w+)\b(?! USING)")
NAMED = re.compile(r"(\w+)\s*(?:\([^()]*\))?\s+AS\s+(?:NOT\s+MATERIALIZED\s+|MATERIALIZED\s+)?\(", re.IGNORECASE)
WHERE = re.compile(r"\bWHERE\b(.*?)(?:\bGROUP BY\b|\bORDER BY\b|\bLIMIT\b|$)", re.IGNORECASE)
COLUMN = re.compile(r"(?:\w+\.)?[\"`]?(\w+)[\"`]?\s*(?:=|<|>|\bIN\b|\bLIKE\b|\bIS\b)", re.IGNORECASE)


def query_findings(operation: RawOperation, sources: Sources) -> Iterator[PerformanceFinding]:
    for statement in operation.statements:
        if not statement.sql.lstrip("( ").upper().startswith(WORDS):
            continue
        if statement.count >= MANY and statement.different > 1:
            yield _grows(operation, statement, sources)
        elif statement.count >= TWICE and statement.different == 1 and _reads(statement):
            yield _repeated(operation, statement)
        if _is_slow(statement) and statement.slowest_ms >= SHARE * median(operation.times_ms):
            yield _slow(operation, statement)


def _is_slow(statement: RawStatement) -> bool:
    """SQLite works in our own process: there only its time on the processor counts, whatever else the machine does."""
    if not statement.plan or statement.slowest_ms >= WAITS_MS:
        return statement.slowest_ms >= SLOW_MS
    return statement.slowest_cpu_ms >= (SCAN_MS if _scanned(statement) else SLOW_MS)


def _scanned(statement: RawStatement) -> list[str]:
    """Real tables that its plan goes through; what the statement itself names (WITH) has no index to give."""
    own = {name.lower() for name in NAMED.findall(statement.sql)} | {"constant"}
    found = dict.fromkeys(match[1] for step in statement.plan if (match := SCAN.match(step)))
    return [table for table in found if table.lower() not in own]


def share_of(operation: RawOperation, place: Place, of_statements_ms: float = 0.0) -> float:
    """Of the operation's time that is spent in what this line calls: sampled, or at least what the driver took."""
    total = sum(row[1] for row in operation.samples)
    there = sum(ms for chain, ms, _, _ in operation.samples if chain and chain[0][:2] == place[:2])
    sampled = there / total if total else 0.0
    timed = of_statements_ms / median(operation.times_ms) if operation.times_ms and median(operation.times_ms) else 0.0
    return round(min(1.0, max(sampled, timed)), 3)


def place_of(operation: RawOperation, chain: Chain) -> Place:
    """The line that asked; the route's own where its answer was put together by a library."""
    return chain[0] if chain else (operation.handler or ("", 1, ""))


def _grows(operation: RawOperation, statement: RawStatement, sources: Sources) -> PerformanceFinding:
    file, line, function = place = place_of(operation, statement.chain)
    share = share_of(operation, place, statement.ms)
    reads = _reads(statement)
    what = "reads the rows that belong to each row one by one" if reads else "writes row by row"
    inner = _loop(statement.chain, sources)
    where = f", from the loop at {inner[0]}:{inner[1]}" if inner and inner != (file, line) else ""
    return PerformanceFinding(
        kind=Kind.N_PLUS_ONE,
        file=file,
        line=line,
        function=function,
        operation=operation.key,
        why=f"{statement.count} statements of one form for one answer ({statement.ms:.1f} ms): "
        f"it {what}{where}: {statement.sql}",
        fix=(
            "read them at once: a JOIN, one `WHERE ... IN (...)` before the loop, or eager loading (selectinload)"
            if reads
            else "write them at once: executemany, or one INSERT with several rows"
        ),
        estimated_gain=round(share * (1 - 1 / statement.count), 3),
        figures={"statements": statement.count, "ms": statement.ms, "loop": list(inner) if inner else None},
    )


def _loop(chain: Chain, sources: Sources) -> tuple[str, int] | None:
    for file, line, _ in chain:
        loop = Source(sources.text(file)).loop_at(line)
        if loop is not None:
            return file, loop.first
    return None


def _repeated(operation: RawOperation, statement: RawStatement) -> PerformanceFinding:
    file, line, function = place = place_of(operation, statement.chain)
    share = share_of(operation, place, statement.ms)
    return PerformanceFinding(
        kind=Kind.REPEATED_QUERY,
        file=file,
        line=line,
        function=function,
        operation=operation.key,
        why=f"the same statement with the same values {statement.count} times for one answer "
        f"({statement.ms:.1f} ms): {statement.sql}",
        fix="ask once and keep the result for the rest of the request",
        estimated_gain=round(share * (1 - 1 / statement.count), 3),
        figures={"statements": statement.count, "ms": statement.ms},
    )


def _slow(operation: RawOperation, statement: RawStatement) -> PerformanceFinding:
    file, line, function = place = place_of(operation, statement.chain)
    tables = _scanned(statement)
    looked = f"; it goes through all of {', '.join(tables)}" if tables else ""
    share = share_of(operation, place, statement.slowest_ms)
    return PerformanceFinding(
        kind=Kind.SLOW_QUERY,
        file=file,
        line=line,
        function=function,
        operation=operation.key,
        why=f"one statement takes {statement.slowest_ms:.0f} of {median(operation.times_ms):.0f} ms{looked}: "
        f"{statement.sql}",
        fix=_index(statement, tables),
        estimated_gain=round(share * 0.95, 3),
        figures={"ms": statement.slowest_ms, "rows": statement.rows, "plan": list(statement.plan)},
    )


def _index(statement: RawStatement, tables: list[str]) -> str:
    where = WHERE.search(statement.sql)
    columns = list(dict.fromkeys(COLUMN.findall(where[1]))) if where else []
    if tables and columns:
        return f"an index that the condition can use: CREATE INDEX ON {tables[0]} ({', '.join(columns[:3])})"
    if statement.rows > 1000:
        return f"it fetches {statement.rows} rows: read a page of them, or let the database sum them up"
    return "look at its plan (EXPLAIN): an index on what it filters and sorts by, fewer rows, or a sum that is kept"


def _reads(statement: RawStatement) -> bool:
    return statement.sql.lstrip("( ").upper().startswith(READS)


__all__ = ["place_of", "query_findings", "share_of"]
