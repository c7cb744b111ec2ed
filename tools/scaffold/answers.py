"""AppSpec → answers of the rest_api template. Every identifier and every piece of source is made here."""

from __future__ import annotations

import json
import re
from typing import Any

from memory.records.spec import AppSpec, Comparison, FieldSpec, FieldType, ResourceSpec
from tools.scaffold import fields as source
from tools.scaffold import naming
from tools.scaffold.cases import case_answers, indexed_fields, readme_examples
from tools.scaffold.interface import UnsupportedSpec
from tools.scaffold.names import AccountNames, Names, ResourceNames
from tools.scaffold.order import TableOrder, table_order

WORD = re.compile(r"\w+")
ROW_FIELDS = ("id", "created_at", "updated_at")
OPPOSITE_WORDS = {
    Comparison.LESS: "less than",
    Comparison.LESS_OR_EQUAL: "at most",
    Comparison.GREATER: "greater than",
    Comparison.GREATER_OR_EQUAL: "at least",
}


def to_answers(spec: AppSpec, template_version: str) -> dict[str, Any]:
    """Raises UnsupportedSpec, naming the part that the template cannot do."""
    names = Names.of(spec)
    order = table_order(spec.resources)
    resources = [_resource(spec, resource, names, order) for resource in spec.resources]
    return {
        "template_version": template_version,
        "project": {
            "name": spec.name,
            "slug": naming.kebab(spec.name).strip("-"),
            "title": naming.one_line(spec.title) or spec.name,
            "description": naming.one_line(spec.description),
            "title_source": repr(spec.title.strip() or spec.name),
            "description_source": repr(spec.description),
            "docstring": naming.docstring(spec.title or spec.name),
        },
        "pagination": spec.pagination.model_dump(),
        "accounts": names.account.as_answers() if names.account else None,
        "resources": resources,
        "table_order": list(order.names),
        "value_types": used_value_types(resources, accounts=spec.accounts),
        "examples": readme_examples(spec, order, names),
        "contract": spec.contract,
    }


def _resource(spec: AppSpec, resource: ResourceSpec, names: Names, order: TableOrder) -> dict[str, Any]:
    own = names.resources[resource.name]
    _check(resource)
    indexed = indexed_fields(resource)
    columns = [
        _field(field, own, names, indexed=field.name in indexed, late=(resource.name, field.name) in order.late)
        for field in resource.fields
    ]
    by_name = {column["name"]: column for column in columns}
    references = [
        _reference(field, by_name[field.name], own.table, names, late=(resource.name, field.name) in order.late)
        for field in resource.fields
        if field.target
    ]
    comparisons = [_comparison(rule, by_name) for rule in resource.comparisons]
    return {
        "name": resource.name,
        "words": naming.words(resource.name),
        "words_plural": naming.words(resource.plural),
        "title": naming.words(resource.plural).capitalize(),
        **own.as_answers(),
        "owned": resource.owned,
        "fields": columns,
        "references": references,
        "targets": _targets(references, own),
        "comparisons": comparisons,
        "has_rules": bool(references or comparisons),
        "referenced": any(f.target == resource.name for other in spec.resources for f in other.fields),
        **_uniqueness(resource, names.account),
        "indexes": _indexes(resource, own.table, names.account),
        "search": [by_name[name] for name in resource.search],
        "sorts": [by_name[name] for name in resource.sorts],
        "sort_choices": _sort_choices(resource),
        "default_sort": resource.default_sort,
        "filters": _filters(resource, own, by_name),
        "filters_list": any(resource.field(name).type is FieldType.LIST for name in resource.filters),
        "csv_import": resource.csv_import,
        "csv_export": resource.csv_export,
        "uses_csv": resource.csv_import or resource.csv_export,
        "uses_money": any(f.type is FieldType.MONEY for f in resource.fields),
        "cases": case_answers(resource, own, order, indexed),
    }


def _check(resource: ResourceSpec) -> None:
    for field in resource.fields:
        where = f"resource {resource.name}, field {field.name}"
        if field.name in ROW_FIELDS:
            raise UnsupportedSpec(f"{where}: every row has this field already")
        if field.type is FieldType.LIST and (field.unique or any(field.name in g for g in resource.unique_together)):
            raise UnsupportedSpec(f"{where}: a list cannot be unique")
        if field.type is FieldType.LIST and field.name in resource.sorts:
            raise UnsupportedSpec(f"{where}: rows cannot be sorted by a list")
        if field.name in resource.search and field.type not in (
            FieldType.TEXT,
            FieldType.EMAIL,
            FieldType.URL,
            FieldType.ENUM,
        ):
            raise UnsupportedSpec(f"{where}: only texts can be searched")
        if field.name in resource.search and source.whole_choices(field):
            raise UnsupportedSpec(f"{where}: only texts can be searched")
    for rule in resource.comparisons:
        left, right = resource.field(rule.left).type, resource.field(rule.right).type
        comparable = left is right if left not in source.NUMERIC else right in source.NUMERIC
        if not comparable or left not in source.ORDERED:
            where = f"resource {resource.name}, rule {rule.left} {rule.op.value} {rule.right}"
            raise UnsupportedSpec(f"{where}: a {left.value} cannot be compared with a {right.value}")


def _field(field: FieldSpec, own: ResourceNames, names: Names, *, indexed: bool, late: bool) -> dict[str, Any]:
    attr = own.attributes[field.name]
    renamed = attr != field.name
    annotation = source.annotation(field, indexed=indexed)
    column_type, migration_type = source.column_types(field, indexed=indexed)
    return {
        "name": field.name,
        "attr": attr,
        "label": field.label,
        "type": field.type.value,
        "required": field.required,
        "annotation": annotation,
        "in_value": _in_value(field, renamed),
        "alias_argument": f"alias={json.dumps(field.name)}" if renamed else "",
        "out_annotation": "float" if field.type is FieldType.MONEY else _out_annotation(field),
        "out_value": f" = Field(serialization_alias={json.dumps(field.name)})" if renamed else "",
        "python_type": source.python_type(field),
        "column_args": _column_args(field, own, names, column_type, renamed=renamed, late=late),
        "migration_type": migration_type,
        "rules": _rules_in_words(field, indexed=indexed),
    }


def _out_annotation(field: FieldSpec) -> str:
    if field.type is FieldType.ENUM:
        return source.base_type(field)
    return source.python_type(field)


def _in_value(field: FieldSpec, renamed: bool) -> str:
    """What follows the annotation in the schema of POST and PUT."""
    default = source.default(field)
    if default is None and not field.required:
        default = "None"
    factory = default in ("today", "now")
    if renamed or factory:
        arguments = [] if default is None else [f"default_factory={default}" if factory else f"default={default}"]
        arguments += [f"alias={json.dumps(field.name)}"] if renamed else []
        return f" = Field({', '.join(arguments)})"
    return "" if default is None else f" = {default}"


def _column_args(
    field: FieldSpec, own: ResourceNames, names: Names, column_type: str, *, renamed: bool, late: bool
) -> str:
    arguments = [json.dumps(field.name)] if renamed else []
    if field.target is not None:
        alter = ", use_alter=True" if late else ""
        arguments += [f'ForeignKey("{names.resources[field.target].table}.id"{alter})']
        arguments += [] if _unique_alone(field, own.owned) else ["index=True"]
    else:
        arguments.append(column_type)
    if _unique_alone(field, own.owned):
        arguments.append("unique=True")
    return ", ".join(arguments)


def _unique_alone(field: FieldSpec, owned: bool) -> bool:
    """True where the column has a unique constraint of its own, which is an index already."""
    return field.unique and not owned


def _reference(field: FieldSpec, column: dict[str, Any], table: str, names: Names, *, late: bool) -> dict[str, Any]:
    target = names.resources[field.target or ""]
    return {
        "name": field.name,
        "attr": column["attr"],
        "resource": field.target,
        "class_name": target.class_name,
        "module": target.module,
        "table": target.table,
        "words": naming.words(field.target or ""),
        "owned": target.owned,
        "variable": f"{field.target}_found",
        "late": late,
        "constraint": naming.constraint("fk", table, field.name),
    }


def used_value_types(resources: list[dict[str, Any]], *, accounts: bool) -> list[str]:
    """Names that the generated app/values.py has to define."""
    used = {"Email", "Text"} if accounts else set()
    for resource in resources:
        used |= {"RowId"} | ({"Text"} if resource["search"] else set())
        texts = [part for field in resource["fields"] for part in (field["annotation"], field["in_value"])]
        texts += [query["annotation"] for query in resource["filters"]]
        used |= {word for text in texts for word in WORD.findall(text)}
    return sorted(used)


def _targets(references: list[dict[str, Any]], own: ResourceNames) -> list[dict[str, str]]:
    found = {r["class_name"]: r["module"] for r in references if r["class_name"] != own.class_name}
    return [{"class_name": name, "module": found[name]} for name in sorted(found)]


def _comparison(rule: Any, by_name: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {
        "left": by_name[rule.left]["attr"],
        "left_name": rule.left,
        "op": rule.op.value,
        "right": by_name[rule.right]["attr"],
        "right_name": rule.right,
        "message": f"must be {OPPOSITE_WORDS[rule.op]} {rule.right}",
    }


def _uniqueness(resource: ResourceSpec, account: AccountNames | None) -> dict[str, Any]:
    owner = [account.owner_column] if account and resource.owned else []
    single = [f.name for f in resource.fields if f.unique]
    groups = [list(group) for group in resource.unique_together]
    constraints = [[*owner, *group] for group in groups]
    if owner:
        constraints = [[*owner, name] for name in single] + constraints
    phrases = [" and ".join(group) for group in [[name] for name in single] + groups]
    what = f"Another {naming.words(resource.name)}"
    taken = f"{what} has the same {' or the same '.join(phrases)}." if phrases else ""
    if not taken and any(f.target for f in resource.fields):
        taken = "A row that this one refers to has just been deleted."
    return {
        "unique_constraints": constraints,
        "all_unique": constraints if owner else [[name] for name in single] + constraints,
        "taken": json.dumps(taken, ensure_ascii=False) if taken else None,
        "in_use": json.dumps(f"Other rows refer to this {naming.words(resource.name)}."),
    }


def _indexes(resource: ResourceSpec, table: str, account: AccountNames | None) -> list[dict[str, str]]:
    owner = [account.owner_column] if account and resource.owned else []
    columns = owner + [f.name for f in resource.fields if f.target and not _unique_alone(f, resource.owned)]
    return [{"name": column, "index": _index_name(table, column)} for column in columns]


def _index_name(table: str, column: str) -> str:
    """Source of the name; None where the database's own limit decides how the convention's name is shortened."""
    name = f"ix_{table}_{column}"
    return f'op.f("{name}")' if len(name) <= naming.MAX_IDENTIFIER else "None"


def _sort_choices(resource: ResourceSpec) -> str:
    names = [*ROW_FIELDS, *resource.sorts]
    return ", ".join(f'"{name}", "-{name}"' for name in names)


def _filters(resource: ResourceSpec, own: ResourceNames, by_name: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for name in resource.filters:
        spec, column = resource.field(name), f"{own.class_name}.{by_name[name]['attr']}"
        bounds = [("", "=="), ("_min", ">="), ("_max", "<=")] if spec.type in source.ORDERED else [("", "==")]
        for suffix, operator in bounds:
            parameter, attr = own.parameters[name + suffix]
            value = f"query.{attr}"
            condition = f"{column} {operator} {value}"
            if spec.type is FieldType.LIST:
                condition = f"list_contains({column}, {value})"
            found.append(
                {
                    "name": parameter,
                    "field": name,
                    "suffix": suffix,
                    "attr": attr,
                    "annotation": _query_type(spec),
                    "default": "None" if attr == parameter else f"Field(default=None, alias={json.dumps(parameter)})",
                    "condition": condition,
                }
            )
    return found


def _query_type(spec: FieldSpec) -> str:
    if source.whole_choices(spec):
        return source.QUERY_TYPES[FieldType.INTEGER]
    if spec.type is FieldType.ENUM:
        return source.base_type(spec)
    if spec.type is FieldType.LIST:
        return source.QUERY_TYPES[source.item_type(spec)]
    return source.QUERY_TYPES.get(spec.type, source.base_type(spec))


def _rules_in_words(field: FieldSpec, *, indexed: bool) -> str:
    """For the README: `required, unique, at most 200 characters`."""
    items = "items" if field.type is FieldType.LIST else "characters"
    longest = source.max_length(field, indexed)
    rules = [
        ("required", field.required),
        ("unique", field.unique),
        (f"one of {', '.join(field.choices)}", bool(field.choices)),
        (f"default {json.dumps(field.default)}", field.default is not None),
        (f"from {field.minimum}", field.minimum is not None),
        (f"to {field.maximum}", field.maximum is not None),
        (f"at least {field.min_length} {items}", bool(field.min_length)),
        (f"at most {longest} {items}", longest is not None),
        (f"like `{field.pattern}`", field.pattern is not None),
        (f"id of a {naming.words(field.target or '')}", field.target is not None),
    ]
    return ", ".join(text for text, holds in rules if holds)


__all__ = ["to_answers"]
