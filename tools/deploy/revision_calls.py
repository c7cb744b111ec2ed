"""What an Alembic revision does on its way up, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.deploy.revision_sql import Change, Kind, change_of

ADDS = {"create_index", "drop_index", "drop_constraint", "bulk_insert", "create_table_comment", "f", "get_context"}
"""What no running version notices; an index that is unique is a constraint, see below."""
CONSTRAINTS = {"create_unique_constraint", "create_check_constraint", "create_foreign_key", "create_primary_key"}


def changes_of(tree: ast.Module) -> list[Change]:
    """In the order of the text. Functions other than `downgrade` may all be called on the way up."""
    found: list[Change] = []
    for node in tree.body:
        if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade"):
            found += _of(node, {})
    return found


def _of(node: ast.AST, batches: dict[str, str]) -> Iterator[Change]:
    """`batches`: name of a batch → its table, for what stands inside of it."""
    if isinstance(node, ast.With):
        inner = dict(batches)
        for item in node.items:
            call, name = item.context_expr, item.optional_vars
            if isinstance(call, ast.Call) and _name(call) == "batch_alter_table" and isinstance(name, ast.Name):
                inner[name.id] = _text(_argument(call, 0, "table_name"))
        for statement in node.body:
            yield from _of(statement, inner)
        return
    if isinstance(node, ast.Call):
        change = _change(node, batches)
        if change is not None:
            yield change
    for child in ast.iter_child_nodes(node):
        yield from _of(child, batches)


def _change(call: ast.Call, batches: dict[str, str]) -> Change | None:
    if not isinstance(call.func, ast.Attribute):
        return None
    holder, name = call.func.value, call.func.attr
    if name == "execute":
        return _sql(call)
    if not isinstance(holder, ast.Name) or (holder.id != "op" and holder.id not in batches):
        return None
    in_batch = holder.id in batches
    table = batches[holder.id] if in_batch else _text(_argument(call, 0, "table_name", "source_table"))
    return _operation(call, name, table, 0 if in_batch else 1)


def _operation(call: ast.Call, name: str, table: str, first: int) -> Change | None:
    column = _text(_argument(call, first, "column_name"))
    if name in CONSTRAINTS or (name == "create_index" and _is(_keyword(call, "unique"), True)):
        return Change(Kind.CONSTRAINT, table if first == 0 else _text(_argument(call, 1, "table_name", "source_table")))
    if name in ADDS:
        return None
    match name:
        case "create_table":
            return Change(Kind.NEW_TABLE, table)
        case "drop_table":
            return Change(Kind.DROP_TABLE, table)
        case "rename_table":
            return Change(Kind.RENAME_TABLE, table)
        case "drop_column":
            return Change(Kind.DROP_COLUMN, table, column)
        case "add_column":
            return _added(_argument(call, first, "column"), table)
        case "alter_column":
            return _altered(call, table, column)
        case "batch_alter_table" | "get_bind" | "inline_literal":
            return None  # what is done with them is seen where it is done
    return Change(Kind.UNKNOWN, words=f"op.{name}")


def _added(column: ast.expr | None, table: str) -> Change | None:
    if not isinstance(column, ast.Call):
        return Change(Kind.UNKNOWN, words="op.add_column of a computed column")
    required = _is(_keyword(column, "nullable"), False) or _is(_keyword(column, "primary_key"), True)
    filled = any(_keyword(column, name) is not None for name in ("server_default", "computed", "identity"))
    filled = filled or any(isinstance(a, ast.Call) and _name(a) in ("Computed", "Identity") for a in column.args)
    name = _text(column.args[0] if column.args else _keyword(column, "name"))
    return Change(Kind.NEW_NOT_NULL, table, name) if required and not filled else None


def _altered(call: ast.Call, table: str, column: str) -> Change | None:
    if _keyword(call, "new_column_name") is not None:
        return Change(Kind.RENAME_COLUMN, table, column)
    if _keyword(call, "type_") is not None:
        return Change(Kind.RETYPE, table, column)
    nullable = _keyword(call, "nullable")
    if nullable is not None and not _is(nullable, True):
        return Change(Kind.NOT_NULL, table, column)
    removed = _keyword(call, "server_default")
    if removed is not None and _is(removed, None):
        return Change(Kind.NOT_NULL, table, column)  # a version that relied on the default leaves it out
    return None


def _sql(call: ast.Call) -> Change | None:
    given = call.args[0] if call.args else None
    while isinstance(given, ast.Call) and given.args and _name(given) in ("text", "DDL"):
        given = given.args[0]
    if isinstance(given, ast.Call) and _built(given):
        return None
    sql = given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None
    if sql is None:
        return Change(Kind.UNKNOWN, words="execute of a computed statement")
    for statement in filter(str.strip, sql.split(";")):
        change = change_of(statement)
        if change is not None:
            return change
    return None


def _built(call: ast.Call) -> bool:
    """`table.update().values(...)` and the like: rows are changed, no table is."""
    here: ast.expr = call
    while isinstance(here, ast.Call):
        if _name(here) in ("update", "insert", "select"):
            return True
        here = here.func.value if isinstance(here.func, ast.Attribute) else here.func
    return False


def _argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((value for name in names if (value := _keyword(call, name)) is not None), None)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Call) and _name(node) == "f" and node.args:
        node = node.args[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


__all__ = ["changes_of"]
