"""Which identifier stands for what in the generated application: no two alike, none that has a meaning already."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from memory.records.spec import AppSpec, ResourceSpec
from tools.scaffold import naming
from tools.scaffold.fields import ORDERED

SCHEMA_SUFFIXES = ("In", "Out", "Patch", "Query")


@dataclass(frozen=True)
class AccountNames:
    class_name: str
    module: str
    table: str
    owner_column: str

    def as_answers(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class ResourceNames:
    class_name: str
    module: str
    plural_name: str
    plural_module: str
    table: str
    path: str
    owned: bool
    attributes: dict[str, str]
    """Field name → attribute of models and schemas."""
    parameters: dict[str, tuple[str, str]]
    """Field name and suffix → (query parameter, attribute of the query schema)."""

    def as_answers(self) -> dict[str, Any]:
        plain = {k: v for k, v in asdict(self).items() if k not in ("attributes", "parameters", "owned")}
        return plain | {f"schema_{suffix.lower()}": f"{self.class_name}{suffix}" for suffix in SCHEMA_SUFFIXES}


@dataclass(frozen=True)
class Names:
    account: AccountNames | None
    resources: dict[str, ResourceNames]

    @classmethod
    def of(cls, spec: AppSpec) -> Names:
        account = _account(spec) if spec.accounts else None
        classes = set(naming.CLASSES)
        modules = set(naming.MODEL_MODULES | naming.SCHEMA_MODULES)
        if account:
            classes.add(account.class_name)
            modules.add(account.module)
        resources = {}
        for resource in spec.resources:
            names = _resource(resource, account, classes, modules)
            classes |= {names.class_name} | {f"{names.class_name}{suffix}" for suffix in SCHEMA_SUFFIXES}
            modules.add(names.module)
            resources[resource.name] = names
        return cls(account, resources)


def _account(spec: AppSpec) -> AccountNames:
    """The accounts that log in, beside resources that may have such a name themselves."""
    used = {name for r in spec.resources for name in (r.name, r.plural)}
    fields = {f.name for r in spec.resources for f in r.fields}
    name = next(n for n in ("account", "user", "login", "app_login") if n not in used and f"{n}s" not in used)
    owner = next(n for n in ("owner_id", f"{name}_id", "row_owner_id") if n not in fields)
    return AccountNames(naming.class_name(name, ()), name, f"{name}s", owner)


def _resource(
    resource: ResourceSpec, account: AccountNames | None, classes: set[str], modules: set[str]
) -> ResourceNames:
    taken = classes | {c.removesuffix(suffix) for c in classes for suffix in SCHEMA_SUFFIXES}
    attributes = set(naming.ATTRIBUTES) | ({account.owner_column} if account else set())
    return ResourceNames(
        class_name=naming.class_name(resource.name, taken),
        module=naming.identifier(resource.name, modules),
        plural_name=resource.plural if resource.plural != resource.name else f"{resource.plural}_list",
        plural_module=naming.identifier(resource.plural, naming.ROUTE_MODULES),
        table=naming.identifier(resource.plural, naming.TABLES),
        path=f"/{naming.kebab(resource.plural)}" + ("-records" if resource.plural in naming.PATHS else ""),
        owned=resource.owned,
        attributes=_distinct([f.name for f in resource.fields], attributes),
        parameters=_parameters(resource),
    )


def _distinct(names: list[str], taken: set[str]) -> dict[str, str]:
    """An identifier for each name; one that has to be changed makes way for those that need not be."""
    kept = {name: name for name in names if name not in taken}
    used = taken | set(kept)
    for name in names:
        if name not in kept:
            kept[name] = naming.identifier(name, used)
            used.add(kept[name])
    return kept


def _parameters(resource: ResourceSpec) -> dict[str, tuple[str, str]]:
    fixed = {"limit", "offset", *(["q"] if resource.search else []), *(["sort"] if resource.sorts else [])}
    found: dict[str, tuple[str, str]] = {}
    for name in resource.filters:
        for suffix in ("", "_min", "_max") if resource.field(name).type in ORDERED else ("",):
            parameter = name + suffix
            while parameter in fixed:
                parameter = f"{parameter}_is"
            fixed.add(parameter)
            attribute = naming.identifier(parameter, naming.ATTRIBUTES)
            found[name + suffix] = (parameter, attribute)
    return found


__all__ = ["AccountNames", "Names", "ResourceNames"]
