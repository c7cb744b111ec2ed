"""Statements of SQL, queries of document stores, and rows made of whatever a request holds."""

from __future__ import annotations

import re

from memory.records.report import Confidence, Severity
from tools.security.scripts.guards import PLACES
from tools.security.scripts.machine import Call, Machine
from tools.security.scripts.sink_tables import SQL
from tools.security.scripts.sinks import report_flow
from tools.security.scripts.unknown import tell_unknown
from tools.security.scripts.values import ARGUMENT, EVERY, FOREIGN, HOLE, NOTHING, OWN_HOLE, Value
from tools.security.scripts.wording import words

QUERY = re.compile(
    r"(^|\.)(query|execute|raw|whereRaw|orderByRaw|havingRaw|joinRaw|groupByRaw|selectRaw|fromRaw|"
    r"\$queryRawUnsafe|\$executeRawUnsafe|\$queryRaw|\$executeRaw|all|get|run|exec|"
    r"prepare|each|literal|many|one|none|oneOrNone|manyOrNone|any|result|multi|simple|batch|"
    r"queryStream|unsafe|createQueryBuilder|sql|"
    r"where|andWhere|orWhere|having|orderBy|addOrderBy|addSelect|executeSql|transaction|queryRaw|"
    r"executeQuery|runQuery|querySql|Statement)$"
)
STATEMENT = re.compile(
    r"\.(query|execute|executeMany|run|all|get|each|exec|prepare|batch|raw|any|one|none|many|oneOrNone|manyOrNone|map"
    r"|result|multi|multiResult|queryStream|stream|unsafe|\w+Raw|\$queryRawUnsafe|\$executeRawUnsafe|callProc|func|proc)$"
)
BUILDERS = words("where andWhere orWhere having orderBy addOrderBy addSelect createQueryBuilder")
KNOWN = re.compile(
    r"^(mysql2?(/promise)?|promise-mysql|pg(-native|-pool)?|pg-promise|sqlite3?|better-sqlite3|"
    r"knex|sequelize|typeorm|mssql|tedious|oracledb|mariadb|postgres|@prisma/client|"
    r"@databases/\w+|slonik|"
    r"spanner|@google-cloud/\w+|node-sqlite3|sql\.js|mikro-orm|massive|aws-sdk\.RDSDataService|"
    r"snowflake-sdk|@planetscale/database|@vercel/postgres|ibm_db|odbc)\b"
)
SPELLED = re.compile(
    r"(?i)(^|\.|_)(db|database|conn|connection|pool|client|knex|sequelize|mysql|pg|pgp|sql|sqlite|"
    r"prisma|postgres|pgclient|dbconn|manager|entityManager|repository|queryRunner|dataSource|trx|"
    r"tx|models?|cursor|stmt)\d*(\(\))?$"
)
MONGO = re.compile(
    r"(^|\.)(find|findOne|findOneAndUpdate|findOneAndDelete|findOneAndRemove|findOneAndReplace|"
    r"findByIdAndUpdate_|updateOne|updateMany|update|deleteOne|deleteMany|remove|count|"
    r"countDocuments|distinct|"
    r"where|aggregate|replaceOne|findAndModify|exists|findById|findByIdAndUpdate|"
    r"findByIdAndDelete|findByIdAndRemove|insertOne_|mapReduce|\$where|and|or|nor|"
    r"elemMatch)$"
)
STORES = re.compile(r"mongo|mongoose|marsdb|nedb|minimongo|collection\(|documentdb|Model\b|Schema\b", re.I)
TABLES = re.compile(r"prisma|knex", re.I)
"""Whose objects hold columns, and no operators that a text could not."""
DYNAMO = re.compile(
    r"(DocumentClient\(\)|DynamoDB\(\)|[dD]ynamo\w*|docClient|documentClient)\.(query|scan|get|"
    r"put|update|delete)\b|(Query|Scan)Command$"
)
CREATING = re.compile(
    r"\.(create|update|findByIdAndUpdate|findOneAndUpdate|insert|build|insertOne|bulkCreate|"
    r"upsert|save|insertMany|updateOne|updateMany|set)$"
)
HOLDS_ROWS = re.compile(r"(^|\.)[A-Z]\w*(\(\))?\.\w+$|[mM]odel|collection|repository|prisma|\bdb\b|knex|schema", re.I)
WHOLE = words("<request>.body <request>.query <request>.payload <request>.json body dto")
NOT_MODELS = words(
    "Error Date URL Function RegExp URLSearchParams Map Set Buffer Blob FormData Request Response Promise Proxy "
    "Object Array String Number Boolean WeakMap TypeError Headers Uint8Array NextResponse XMLHttpRequest WebSocket"
)


def check_database(machine: Machine, call: Call) -> None:
    if call.arguments and QUERY.search(call.spelled):
        _sql(machine, call)
    if call.arguments and DYNAMO.search(f"{call.name} {call.spelled}"):
        given = call.argument(0)
        report_flow(machine, call.node, (given.fields or {}).get("...", given), "nosql")
    if call.arguments and MONGO.search(call.spelled):
        _document(machine, call)
    if call.arguments:
        _rows(machine, call)


def _sql(machine: Machine, call: Call) -> None:
    value = call.argument(0)
    holder, _, key = call.spelled.rpartition(".")
    known = KNOWN.match(call.name) is not None
    for text in (value, *(value.held(key) for key in ("sql", "text", "query", "values_") if value.fields)):
        if not text.at("sql") or text.kind in {"object", "array"}:
            continue
        words = SQL.search(text.text or "") is not None
        named = known or SPELLED.search(holder) is not None
        if key in BUILDERS and not (HOLE in (text.text or "") and re.search(r"[=<>(]|like", text.text or "", re.I)):
            continue
        raw = (
            "Raw" in key
            or "Unsafe" in key
            or key in {"literal", "raw", "unsafe", "exec", "query", "prepare", "executeSql"}
        )
        if text.level == ARGUMENT and not words:
            continue
        if words or (named and raw) or ("Unsafe" in key or key.endswith("Raw")):
            report_flow(machine, call.node, text, "sql")


def _document(machine: Machine, call: Call) -> None:
    if TABLES.search(f"{call.spelled} {call.name}") or (
        TABLES.search(machine.tree.text) and not re.search(r"mongo", machine.tree.text, re.I)
    ):
        return
    if not STORES.search(machine.tree.text) and not HOLDS_ROWS.search(call.spelled):
        return
    if (
        re.search(r"(^|\.)(\$|jQuery|document|lodash|_|crypto|create(Hash|Hmac))\b", call.name)
        or call.receiver.kind in {"array", "string"}
        or call.receiver.level > ARGUMENT
    ):
        return
    key = call.spelled.rpartition(".")[2]
    value = call.argument(0)
    if (
        key in {"findById", "findByIdAndUpdate", "findByIdAndDelete", "findByIdAndRemove", "exists"}
        and value.fields is None
    ):
        return
    if risky(value, top=True):
        found = value.whole("nosql")
        report_flow(machine, call.node, found, "nosql")
    for name, held in (value.fields or {}).items():
        if name == "$where" and held.at("code"):
            machine.report(
                call.node,
                "nosql-injection",
                943,
                Severity.HIGH,
                Confidence.HIGH if held.at("code") == FOREIGN else Confidence.MEDIUM,
                "foreign data run as code in the database",
                "Leave $where out.",
            )
            report_flow(machine, call.node, held, "code")


def risky(value: Value, *, top: bool = False) -> bool:
    """Foreign, and possibly an object with operators in it."""
    if value.fields is not None and (value.kind == "object" or not value.level):
        return any(risky(held) for key, held in value.fields.items() if key not in {"$eq", "$where"})
    if value.at("nosql") < FOREIGN or value.kind in {"string", "texts", "number"}:
        return False
    return value.kind not in {"array"} or top


def _rows(machine: Machine, call: Call) -> None:
    creating = CREATING.search(call.spelled) and HOLDS_ROWS.search(call.spelled)
    model = call.new and re.match(r"[A-Z]\w+$", call.spelled) and call.spelled not in NOT_MODELS
    merged = (
        re.search(r"^(Object\.assign|(lodash|underscore|_)\.(assign|extend|assignIn))$", call.name)
        and call.nodes[0].type in PLACES
        and not call.argument(0).fields
    )
    if (not creating and not model and not merged) or any("fields" in (value.fields or {}) for value in call.arguments):
        return
    arguments = call.arguments[1:] if merged else call.arguments
    if re.search(r"\.(findByIdAndUpdate|findOneAndUpdate|updateOne|updateMany)$", call.spelled):
        arguments = arguments[1:2]
    for value in arguments:
        given = value.held("data") if value.fields and "prisma" in call.spelled.lower() else value
        whole = (given.fields or {}).get(
            "...", given if given.kind in {"", "chosen"} and given.fields is None else NOTHING
        )
        if whole.at("mass") == FOREIGN and EVERY not in whole.safe and whole.name in WHOLE:
            machine.report(
                call.node,
                "mass-assignment",
                915,
                Severity.HIGH,
                Confidence.MEDIUM if merged else Confidence.HIGH,
                "every field of the request is stored",
                "Name the fields that may be set.",
            )
            return


def check_statement(machine: Machine, call: Call) -> None:
    """A statement of SQL that is put together from what is not known."""
    if not call.arguments or not STATEMENT.search(call.spelled):
        return
    first = call.argument(0)
    given = first.held("sql") if first.fields else first
    built = OWN_HOLE in (given.text or "") and EVERY not in given.safe and not first.level
    statement = SQL.search(given.text or "") is not None
    if built and (statement or KNOWN.match(call.name)) and call.nodes[0].type != "call_expression":
        tell_unknown(machine, call.node, "sql", call.spelled[-40:])


__all__ = ["check_database", "check_statement", "risky"]
