"""Files of the template that a resource's new name moves."""

from __future__ import annotations

from memory.records.change import Renames
from memory.records.spec import AppSpec
from tools.scaffold.names import Names, ResourceNames


def moved_files(before: AppSpec, after: AppSpec, renames: Renames) -> dict[str, str]:
    """Old path → new path, so that what people wrote into the file goes with it."""
    old, new = Names.of(before).resources, Names.of(after).resources
    found: dict[str, str] = {}
    for was, name in renames.resources:
        if was in old and name in new:
            pairs = zip(_files(old[was]), _files(new[name]), strict=True)
            found |= {before_path: path for before_path, path in pairs if before_path != path}
    return found


def _files(names: ResourceNames) -> tuple[str, ...]:
    return (
        f"app/models/{names.module}.py",
        f"app/schemas/{names.module}.py",
        f"app/routes/{names.plural_module}.py",
        f"tests/test_{names.plural_module}.py",
    )


__all__ = ["moved_files"]
