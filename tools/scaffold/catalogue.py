"""The templates that there are."""

from __future__ import annotations

from dataclasses import dataclass

from tools.scaffold.interface import UnknownTemplate


@dataclass(frozen=True)
class Template:
    id: str
    """Name of its folder below templates/."""
    kind: str
    """AppSpec.kind that it renders."""
    version: str
    description: str


CATALOGUE = (
    Template(
        id="rest_api",
        kind="api",
        version="1.1.1",
        description="REST API: FastAPI, SQLAlchemy and Alembic on SQLite or PostgreSQL, with accounts where asked",
    ),
)


def find_template(template_id: str) -> Template:
    """Raises UnknownTemplate."""
    for template in CATALOGUE:
        if template.id == template_id:
            return template
    known = ", ".join(template.id for template in CATALOGUE)
    raise UnknownTemplate(f"there is no template {template_id!r}; there are: {known}")


__all__ = ["CATALOGUE", "Template", "find_template"]
