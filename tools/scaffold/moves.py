"""Files of the template that a resource's new name moves."""

from __future__ import annotations

from memory.records.change import Renames
from memory.records.spec import AppSpec, ResourceSpec
from tools.scaffold.names import Names, ResourceNames

ALWAYS = ("spec.json", ".copier-answers.yml", "README.md", "tests/factory.py")

ACCOUNTS = (
    *("softwright.json", "pyproject.toml", "requirements.lock", "requirements-dev.lock", ".env.example"),
    *("app/main.py", "app/settings.py", "app/security.py", "app/models/__init__.py", "app/models/account.py"),
    *("app/routes/auth.py", "app/schemas/auth.py", "tests/conftest.py", "tests/test_auth.py"),
)


def moved_files(before: AppSpec, after: AppSpec, renames: Renames) -> dict[str, str]:
    """Old path → new path, so that what people wrote into the file goes with it."""
    old, new = Names.of(before).resources, Names.of(after).resources
    found: dict[str, str] = {}
    for was, name in renames.resources:
        if was in old and name in new:
            pairs = zip(_files(old[was]), _files(new[name]), strict=True)
            found |= {before_path: path for before_path, path in pairs if before_path != path}
    return found


def expected_files(before: AppSpec, after: AppSpec, renames: Renames) -> tuple[str, ...]:
    """Files that are likely to change, told from the two specs alone."""
    old, names = {r.name: r for r in before.resources}, Names.of(after).resources
    found = [*ALWAYS]
    if before.accounts != after.accounts:
        found += [*ACCOUNTS, *(path for r in after.resources for path in _files(names[r.name])[2:])]
    for resource in after.resources:
        was = old.pop(renames.resource_before(resource.name), None)
        if was is not None and was.model_copy(update={"name": resource.name}) == resource:
            continue
        model, schema, routes, tests = _files(names[resource.name])
        fields = was is None or was.fields != resource.fields
        found += [model, schema, tests] if fields else [schema, tests]
        found += [routes] if was is None or _routes_differ(was, resource) else []
    for gone in old.values():
        found += _files(Names.of(before).resources[gone.name])
    return tuple(dict.fromkeys(found))


def _routes_differ(before: ResourceSpec, after: ResourceSpec) -> bool:
    def seen(resource: ResourceSpec) -> tuple[object, ...]:
        references = [f.name for f in resource.fields if f.target]
        features = (resource.search, resource.csv_import, resource.csv_export, bool(resource.sorts))
        return (resource.name, resource.owned, *features, references, resource.comparisons)

    return seen(before) != seen(after)


def test_files(spec: AppSpec) -> dict[str, str]:
    """The generated test file of each resource."""
    return {name: _files(names)[3] for name, names in Names.of(spec).resources.items()}


def paths_of(spec: AppSpec) -> dict[str, str]:
    """The URL path of each resource."""
    return {name: names.path for name, names in Names.of(spec).resources.items()}


def _files(names: ResourceNames) -> tuple[str, ...]:
    return (
        f"app/models/{names.module}.py",
        f"app/schemas/{names.module}.py",
        f"app/routes/{names.plural_module}.py",
        f"tests/test_{names.plural_module}.py",
    )


__all__ = ["expected_files", "moved_files", "paths_of", "test_files"]
