"""A plan as a short plain text for people: what is built, what was assumed, what was not understood."""

from __future__ import annotations

from memory.records.spec import AppSpec, FieldSpec, FieldType, ResourceSpec


def summarise(spec: AppSpec) -> str:
    """Plain text, one line a fact; ends without a line break."""
    lines = [f"{spec.title} ({spec.name})"]
    if spec.contract is not None:
        lines.append("The paths and schemas are those of the OpenAPI file.")
    for resource in spec.resources:
        lines += ["", *_resource(resource)]
    lines += ["", f"Accounts: {'register and log in, a token for every request' if spec.accounts else 'none'}"]
    lines.append(f"Pages: {spec.pagination.default_limit} rows, at most {spec.pagination.max_limit}")
    if spec.assumptions:
        lines += ["", "Assumed:", *(f"- {text}" for text in spec.assumptions)]
    if spec.not_understood:
        lines += ["", "Not understood:", *(f'- "{part.text}": {part.reason}' for part in spec.not_understood)]
    return "\n".join(lines)


def _resource(resource: ResourceSpec) -> list[str]:
    path = resource.plural.replace("_", "-")
    lines = [f"{resource.name} at /{path}{' (each account sees only its own)' if resource.owned else ''}"]
    lines += [f"- {field_words(field)}" for field in resource.fields]
    lines += [f"- rule: {rule.left} {rule.op} {rule.right}" for rule in resource.comparisons]
    lines += [f"- rule: {' + '.join(names)} together only once" for names in resource.unique_together]
    for label, names in (("search in", resource.search), ("filter by", resource.filters), ("sort by", resource.sorts)):
        if names:
            lines.append(f"- {label} {', '.join(names)}")
    if resource.default_sort != "id":
        lines.append(f"- sorted by {resource.default_sort} where nothing else is asked for")
    csv = [word for word, wanted in (("import", resource.csv_import), ("export", resource.csv_export)) if wanted]
    if csv:
        lines.append(f"- CSV {' and '.join(csv)}")
    return lines


def field_words(field: FieldSpec) -> str:
    parts = [_type(field)]
    parts += ["required"] if field.required else []
    parts += ["unique"] if field.unique else []
    if field.default is not None:
        parts.append(f"default {str(field.default).lower() if isinstance(field.default, bool) else field.default}")
    if field.minimum is not None:
        parts.append(f"at least {field.minimum}")
    if field.maximum is not None:
        parts.append(f"at most {field.maximum}")
    unit = "items" if field.type is FieldType.LIST else "characters"
    if field.min_length == 1:
        parts.append("not empty")
    elif field.min_length is not None:
        parts.append(f"at least {field.min_length} {unit}")
    if field.max_length is not None:
        parts.append(f"at most {field.max_length} {unit}")
    if field.pattern is not None:
        parts.append(f"matches {field.pattern}")
    return f"{field.name}: {', '.join(parts)}"


def _type(field: FieldSpec) -> str:
    if field.type is FieldType.ENUM:
        return f"one of {', '.join(field.choices)}"
    if field.type is FieldType.REFERENCE:
        return f"reference to {field.target}"
    if field.type is FieldType.LIST:
        return f"list of {field.item}"
    return field.type.value
