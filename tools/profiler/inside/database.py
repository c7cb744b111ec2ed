"""Hooks in database drivers: each statement of a request with its time, its rows and the line that asked."""

from __future__ import annotations

import contextvars
import functools
import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from tools.profiler.inside.places import Places
from tools.profiler.inside.records import CALLER, CURRENT, Activity, Statement

MOST = 5000
"""Statements that are noted of one request."""
EXPLAINED_MS = 5.0


class Database:
    def __init__(self, places: Places, activity: Activity) -> None:
        self._places = places
        self._activity = activity
        self._classes: dict[type, type] = {}

    def hook_sqlite(self) -> None:
        """Before the application is imported: it may take `connect` by name."""
        plain = sqlite3.connect

        @functools.wraps(plain)
        def connect(*args: Any, **named: Any) -> Any:
            if len(args) <= 5:  # a factory may be given as the sixth
                named["factory"] = self._connection_class(named.get("factory", sqlite3.Connection))
            return plain(*args, **named)

        sqlite3.connect = connect
        sqlite3.dbapi2.connect = connect

    def hook_loaded(self) -> None:
        """Once the application is imported: the drivers that it uses."""
        for module, names in (("psycopg", ("Cursor", "AsyncCursor")), ("asyncpg.connection", ("Connection",))):
            if module.partition(".")[0] in sys.modules:
                for name in names:
                    self._hook_methods(getattr(import_module(module), name), _text_given)
        if "asyncpg" in sys.modules:
            self._hook_methods(import_module("asyncpg.prepared_stmt").PreparedStatement, _text_prepared)
        if "aiosqlite" in sys.modules:
            self._carry_over(import_module("aiosqlite.core").Connection)

    def begin(self, sql: Any, given: Any) -> Statement | None:
        request = CURRENT.get()
        if request is None or len(request.statements) >= MOST:
            return None
        chain = CALLER.get() or self._places.chain(sys._getframe(2))
        statement = Statement(sql if isinstance(sql, str) else str(sql), _hash(given), chain)
        request.statements.append(statement)
        return statement

    def timed(self, statement: Statement | None, work: Callable[[], Any]) -> Any:
        """The result of the work, its time added to the statement; the thread is known to ask meanwhile."""
        me, began, cpu = threading.get_ident(), time.perf_counter(), time.thread_time()
        self._activity.asking.add(me)
        try:
            return work()
        finally:
            self._activity.asking.discard(me)
            if statement is not None:
                statement.ms += (time.perf_counter() - began) * 1000
                statement.cpu_ms += (time.thread_time() - cpu) * 1000

    async def awaited(self, statement: Statement | None, work: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        try:
            return await work
        finally:
            if statement is not None:
                statement.ms += (time.perf_counter() - began) * 1000

    def _connection_class(self, base: type) -> type:
        if base not in self._classes:
            methods = {"cursor": self._cursor_method(base), "execute": _execute, "executemany": _executemany}
            self._classes[base] = type("Connection", (base,), methods)
        return self._classes[base]

    def _cursor_method(self, base: Any) -> Callable[..., Any]:
        def cursor(connection: Any, factory: type = sqlite3.Cursor) -> Any:
            return base.cursor(connection, self._cursor_class(factory))

        return cursor

    def _cursor_class(self, base: type) -> type:
        if base not in self._classes:
            self._classes[base] = _cursor_class(self, base)
        return self._classes[base]

    def _hook_methods(self, cls: Any, text: Callable[[Any, tuple[Any, ...]], Any]) -> None:
        """Of a driver written in Python: the methods that send a statement."""
        for name in ("execute", "executemany", "fetch", "fetchrow", "fetchval"):
            plain = cls.__dict__.get(name)
            if plain is None or (name.startswith("fetch") and cls.__module__.startswith("psycopg")):
                continue
            setattr(cls, name, self._hooked(plain, text))

    def _hooked(self, plain: Callable[..., Any], text: Callable[[Any, tuple[Any, ...]], Any]) -> Callable[..., Any]:
        @functools.wraps(plain)
        def method(this: Any, *args: Any, **named: Any) -> Any:
            statement = self.begin(text(this, args), args[1:])
            result = self.timed(statement, lambda: plain(this, *args, **named))
            return self.awaited(statement, result) if hasattr(result, "__await__") else result

        return method

    def _carry_over(self, cls: Any) -> None:
        """aiosqlite works in a thread of its own, which knows neither request nor caller."""
        plain = cls._execute

        async def _execute(this: Any, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
            token = CALLER.set(self._places.chain(sys._getframe(1)))
            context = contextvars.copy_context()
            CALLER.reset(token)
            return await plain(this, functools.partial(context.run, work), *args, **named)

        cls._execute = _execute


def _cursor_class(database: Database, base: Any) -> type:
    class Cursor(base):  # type: ignore[misc]
        _softwright: Statement | None = None

        def execute(self, sql: str, *given: Any) -> Any:
            self._softwright = statement = database.begin(sql, given)
            result = database.timed(statement, functools.partial(base.execute, self, sql, *given))
            if statement is not None and statement.ms >= EXPLAINED_MS:
                statement.plan = _plan(self.connection, sql, given)
            return result

        def executemany(self, sql: str, *given: Any) -> Any:
            self._softwright = None
            return database.timed(database.begin(sql, 0), functools.partial(base.executemany, self, sql, *given))

        def fetchone(self) -> Any:
            return self._counted(functools.partial(base.fetchone, self), lambda row: int(row is not None))

        def fetchmany(self, *size: Any, **named: Any) -> Any:
            return self._counted(functools.partial(base.fetchmany, self, *size, **named), len)

        def fetchall(self) -> Any:
            return self._counted(functools.partial(base.fetchall, self), len)

        def __next__(self) -> Any:
            return self._counted(functools.partial(base.__next__, self), lambda _: 1)

        def _counted(self, work: Callable[[], Any], rows: Callable[[Any], int]) -> Any:
            statement = self._softwright
            result = database.timed(statement, work)
            if statement is not None:
                statement.rows += rows(result)
                if statement.ms >= EXPLAINED_MS and not statement.plan:
                    statement.plan = _plan(self.connection, statement.sql, ())
            return result

    return Cursor


def _execute(connection: sqlite3.Connection, *args: Any) -> Any:
    """sqlite3's own shortcut takes its own cursor, past the factory."""
    return connection.cursor().execute(*args)


def _executemany(connection: sqlite3.Connection, *args: Any) -> Any:
    return connection.cursor().executemany(*args)


def _plan(connection: sqlite3.Connection, sql: str, given: tuple[Any, ...]) -> list[str]:
    """How SQLite goes about it; asked past the hooks. Empty where it cannot be told."""
    if not sql.lstrip()[:6].upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
        return []
    cursor = sqlite3.Cursor(connection)
    cursor.row_factory = None
    try:
        return [str(row[3]) for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", *given)]
    except sqlite3.Error:
        return []
    finally:
        cursor.close()


def _text_given(_this: Any, args: tuple[Any, ...]) -> Any:
    return args[0] if args else ""


def _text_prepared(this: Any, _args: tuple[Any, ...]) -> Any:
    return this.get_query()


def _hash(given: Any) -> int:
    try:
        return hash(repr(given))
    except Exception:  # a stranger's __repr__ may raise anything
        return 0


__all__ = ["Database"]
