"""Specs that between them have every field type and every rule."""

from __future__ import annotations

from typing import Any

from memory.records.spec import AppSpec, Comparison, FieldComparison, FieldSpec, FieldType, ResourceSpec


def field(name: str, kind: FieldType, **rules: Any) -> FieldSpec:
    return FieldSpec(name=name, type=kind, label=name.replace("_", " "), **rules)


def resource(name: str, plural: str, *fields: FieldSpec, **rules: Any) -> ResourceSpec:
    return ResourceSpec(name=name, plural=plural, label=name, fields=fields, **rules)


def app(name: str, *resources: ResourceSpec, **rules: Any) -> AppSpec:
    title = name.replace("_", " ").title()
    return AppSpec(name=name, title=title, description=f"{title}, for a test.", resources=resources, **rules)


TODOS = app(
    "todo_api",
    resource(
        "todo",
        "todos",
        field("title", FieldType.TEXT, required=True, min_length=1, max_length=200),
        field("due_date", FieldType.DATE),
        field("done", FieldType.FLAG, default=False),
        search=("title",),
        filters=("done", "due_date"),
        sorts=("title", "due_date"),
        csv_import=True,
        csv_export=True,
    ),
)

EVERYTHING = app(
    "everything",
    resource("group", "groups", field("name", FieldType.TEXT, required=True, unique=True, max_length=40)),
    resource(
        "thing",
        "things",
        field("title", FieldType.TEXT, required=True, unique=True, min_length=2, max_length=20),
        field("code", FieldType.TEXT, pattern="[A-Z]{3}-[0-9]{2,4}"),
        field("count", FieldType.INTEGER, minimum=0, maximum=100, default=1),
        field("weight", FieldType.NUMBER, minimum="0.5", maximum="99.5"),
        field("price", FieldType.MONEY, required=True, minimum=0, maximum="1000.00"),
        field("start_date", FieldType.DATE, minimum="today"),
        field("end_date", FieldType.DATE),
        field("born_on", FieldType.DATE, minimum="1900-01-01", maximum="today"),
        field("opens_at", FieldType.TIME, minimum="06:00", maximum="22:00"),
        field("seen_at", FieldType.DATETIME, maximum="now"),
        field("active", FieldType.FLAG, required=True, default=True),
        field("status", FieldType.ENUM, choices=("open", "in progress", "done"), default="open"),
        field("minutes", FieldType.ENUM, choices=("30", "45", "60"), default="45"),
        field("mail", FieldType.EMAIL),
        field("link", FieldType.URL),
        field("group_id", FieldType.REFERENCE, target="group", required=True),
        field("parent_id", FieldType.REFERENCE, target="thing"),
        field("tags", FieldType.LIST, item=FieldType.TEXT, min_length=1, max_length=3),
        field("scores", FieldType.LIST, item=FieldType.INTEGER),
        field("ratios", FieldType.LIST, item=FieldType.NUMBER),
        comparisons=(FieldComparison(left="end_date", op=Comparison.GREATER, right="start_date"),),
        unique_together=(("code", "group_id"),),
        search=("title", "mail"),
        filters=(
            *("code", "count", "weight", "price", "start_date", "opens_at", "seen_at", "active", "status"),
            *("minutes", "mail", "link", "group_id", "tags", "scores"),
        ),
        sorts=("title", "price", "start_date", "opens_at", "seen_at", "weight", "group_id"),
        csv_import=True,
        csv_export=True,
    ),
)

NOTES = app(
    "notes",
    resource(
        "folder",
        "folders",
        field("name", FieldType.TEXT, required=True, unique=True),
        owned=True,
    ),
    resource(
        "note",
        "notes",
        field("title", FieldType.TEXT, required=True, min_length=1),
        field("body", FieldType.TEXT),
        field("folder_id", FieldType.REFERENCE, target="folder"),
        field("position", FieldType.INTEGER, required=True, minimum=1),
        owned=True,
        unique_together=(("folder_id", "position"),),
        search=("title", "body"),
        filters=("folder_id",),
        sorts=("title",),
        csv_import=True,
        csv_export=True,
    ),
    resource("label", "labels", field("name", FieldType.TEXT, required=True)),
    accounts=True,
)

BORROWED = app(
    "borrowed",
    resource("kind", "kinds", field("name", FieldType.TEXT, required=True, unique=True)),
    resource(
        "tool",
        "tools",
        field("name", FieldType.TEXT, required=True),
        field("kind_id", FieldType.REFERENCE, target="kind", required=True),
        owned=True,
    ),
    resource(
        "loan",
        "loans",
        field("days", FieldType.INTEGER, minimum=1),
        field("tool_id", FieldType.REFERENCE, target="tool", required=True),
        field("spare_id", FieldType.REFERENCE, target="tool", unique=True),
        field("renewed_loan_id", FieldType.REFERENCE, target="loan"),
        unique_together=(("tool_id", "days"),),
        filters=("tool_id",),
        sorts=("days",),
        default_sort="-days",
        csv_import=True,
        csv_export=True,
    ),
    resource("remark", "remarks", field("loan_id", FieldType.REFERENCE, target="loan"), owned=True),
    accounts=True,
)
"""Rows of all that refer to rows of one account, and the other way round."""

KEYWORDS = app(
    "class",
    resource(
        "class",
        "classes",
        field("class", FieldType.TEXT, required=True),
        field("select", FieldType.INTEGER, default=3),
        field("order", FieldType.ENUM, choices=("import", "", "a'b\"c"), default="import"),
        field("metadata", FieldType.TEXT, default='"quoted" \\ {{ 1 + 1 }} {% raw %}'),
        field("import", FieldType.DATE, default="today"),
        field("registry", FieldType.FLAG),
        field("model_config", FieldType.TEXT),
        field("schema", FieldType.TEXT),
        field("copy", FieldType.TIME),
        field("json", FieldType.LIST, item=FieldType.TEXT),
        field("date", FieldType.DATE),
        field("dt", FieldType.DATETIME, default="now"),
        field("int", FieldType.INTEGER),
        field("str", FieldType.TEXT),
        field("limit", FieldType.INTEGER),
        field("sort", FieldType.TEXT),
        field("q", FieldType.TEXT),
        field("owner_id", FieldType.INTEGER),
        owned=True,
        search=("class", "schema"),
        filters=("class", "limit", "sort", "q", "select", "order", "import", "date", "str"),
        sorts=("class", "order", "int"),
        csv_import=True,
        csv_export=True,
    ),
    resource("session", "sessions", field("response", FieldType.TEXT), field("body", FieldType.TEXT), owned=True),
    resource("import", "imports", field("select", FieldType.REFERENCE, target="select")),
    resource("select", "select", field("from", FieldType.DATE), field("to", FieldType.DATE)),
    resource("metric", "metrics", field("value", FieldType.NUMBER)),
    resource("account", "accounts", field("email", FieldType.EMAIL, required=True, unique=True)),
    resource("base", "bases", field("row", FieldType.TEXT, default="x")),
    resource("auth", "auth", field("token", FieldType.TEXT)),
    resource("body", "bodies", field("checks", FieldType.TEXT)),
    resource("todo", "todos", field("title", FieldType.TEXT)),
    resource("todo_in", "todo_ins", field("title", FieldType.TEXT)),
    resource("app", "app", field("settings", FieldType.TEXT)),
    accounts=True,
)

CIRCLES = app(
    "circles",
    resource("person", "people", field("name", FieldType.TEXT), field("team_id", FieldType.REFERENCE, target="team")),
    resource(
        "team",
        "teams",
        field("name", FieldType.TEXT, required=True),
        field("leader_id", FieldType.REFERENCE, target="person"),
        field("parent_id", FieldType.REFERENCE, target="team"),
    ),
    resource(
        "a" + "_long" * 12,
        "many_a" + "_long" * 11,
        field("b" + "_long" * 12, FieldType.REFERENCE, target="a" + "_long" * 12),
        field("c" + "_long" * 12, FieldType.TEXT, unique=True),
        field("d" + "_long" * 12, FieldType.REFERENCE, target="person"),
    ),
)

BARE = app("bare", resource("event", "events"), resource("one", "ones", field("kind", FieldType.ENUM, choices=("a",))))

HOSTILE = AppSpec(
    name="hostile",
    title='"""A \\ title"""\n{{ 7 * 7 }} {% raw %} <b>\u2028 \N{PARTY POPPER}',
    description="```\n'''\n{{ cycler }} ${HOME} `id` $(id) \"\\",
    resources=(
        resource(
            "order_line",
            "order_lines",
            field("text", FieldType.TEXT, max_length=1_000_000_000, default="\"'\\\n{{ x }}"),
            field("note", FieldType.TEXT, max_length=100_000, min_length=3),
            field("kind", FieldType.ENUM, choices=('"', "\\", "'", "{{ 1 }}", "a|b", "\N{PARTY POPPER}")),
            field("quote", FieldType.TEXT, pattern="[\"'\\\\]{2}"),
            field("slug", FieldType.TEXT, required=True, unique=True, pattern="^[a-z]+(-[a-z]+)*$", min_length=12),
            search=("kind", "text"),
            filters=("kind", "quote"),
            sorts=("kind",),
            csv_import=True,
            csv_export=True,
        ),
    ),
)

EMPTY = AppSpec(name="nothing", title="", description="")

MANY = app(
    "many",
    *(
        resource(
            f"thing_{n}",
            f"things_{n}",
            field("name", FieldType.TEXT, required=True, unique=True, max_length=50),
            field("amount", FieldType.MONEY, minimum=0),
            *([field("previous_id", FieldType.REFERENCE, target=f"thing_{n - 1}")] if n % 2 else []),
            search=("name",),
            filters=("amount",),
            sorts=("name",),
        )
        for n in range(50)
    ),
)

ALL = (TODOS, EVERYTHING, NOTES, BORROWED, KEYWORDS, CIRCLES, BARE, HOSTILE, EMPTY)
