"""AppSpec: what an application is to be, in typed form. Planner writes it, scaffold and tests read it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

WireName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A name as clients see it in JSON and paths. May be a Python keyword; templates derive their own identifiers."""


class FieldType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    """Exact decimal with two places, a JSON number on the wire."""
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    FLAG = "flag"
    ENUM = "enum"
    EMAIL = "email"
    URL = "url"
    REFERENCE = "reference"
    LIST = "list"


class Comparison(StrEnum):
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldSpec(Record):
    name: WireName
    """JSON key. A reference ends in `_id` (`project_id`)."""
    type: FieldType
    label: str
    """The user's own words, for documentation."""
    required: bool = False
    """False: may be left out or null."""
    unique: bool = False
    """Unique among all rows, or among the owner's rows where the resource is owned."""
    default: str | int | float | bool | None = None
    choices: tuple[str, ...] = ()
    """Enum values, in the order given; only for ENUM."""
    minimum: Decimal | str | None = None
    """Inclusive. A number, or for DATE/DATETIME an ISO date or `today`."""
    maximum: Decimal | str | None = None
    min_length: int | None = None
    """Characters of a text, or items of a list."""
    max_length: int | None = None
    pattern: str | None = None
    """A regular expression that the whole text must match."""
    target: WireName | None = None
    """Name of the resource that a REFERENCE points to."""
    item: FieldType | None = None
    """Type of a LIST's items: TEXT, INTEGER or NUMBER."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.type is FieldType.REFERENCE) != (self.target is not None):
            raise ValueError(f"field {self.name}: a reference needs a target, and only a reference has one")
        if (self.type is FieldType.ENUM) != bool(self.choices):
            raise ValueError(f"field {self.name}: an enum needs choices, and only an enum has them")
        if (self.type is FieldType.LIST) != (self.item is not None):
            raise ValueError(f"field {self.name}: a list needs an item type, and only a list has one")
        return self


class FieldComparison(Record):
    """A rule between two fields of one row: `end_date > start_date`. Holds where either is null."""

    left: WireName
    op: Comparison
    right: WireName


class ResourceSpec(Record):
    name: WireName
    """Singular, snake_case: `blog_post`."""
    plural: WireName
    """`blog_posts`; the path is `/blog-posts`."""
    label: str
    fields: tuple[FieldSpec, ...]
    owned: bool = False
    """Rows belong to the account that made them; others get 404."""
    comparisons: tuple[FieldComparison, ...] = ()
    unique_together: tuple[tuple[WireName, ...], ...] = ()
    search: tuple[WireName, ...] = ()
    """Text fields that `?q=` looks in, without regard to case."""
    filters: tuple[WireName, ...] = ()
    """`?field=value`; ordered types also take `field_min` and `field_max`, both inclusive."""
    sorts: tuple[WireName, ...] = ()
    """`?sort=field` or `?sort=-field`; `id`, `created_at` and `updated_at` are always allowed where any are."""
    default_sort: str = "id"
    """Order of a list where `?sort` is not given: `field` or `-field`, one of those that `sort` takes."""
    csv_import: bool = False
    csv_export: bool = False

    def field(self, name: str) -> FieldSpec:
        """The field of that name. Raises KeyError."""
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise KeyError(name)

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        names = [f.name for f in self.fields]
        if len(set(names)) != len(names):
            raise ValueError(f"resource {self.name}: a field name stands twice")
        used = [c.left for c in self.comparisons] + [c.right for c in self.comparisons]
        used += [n for group in self.unique_together for n in group]
        used += [*self.search, *self.filters, *self.sorts]
        order = self.default_sort.removeprefix("-")
        used += [] if order == "id" or (self.sorts and order in ("created_at", "updated_at")) else [order]
        if order != "id" and order not in ("created_at", "updated_at", *self.sorts):
            raise ValueError(f"resource {self.name}: rows cannot be sorted by {order}")
        unknown = sorted(set(used) - set(names))
        if unknown:
            raise ValueError(f"resource {self.name}: rules name unknown fields {', '.join(unknown)}")
        return self


class Pagination(Record):
    default_limit: int = 50
    max_limit: int = 200


class NotUnderstood(Record):
    """A part of the request that the plan does not cover: shown to the user, never dropped."""

    text: str
    """Verbatim from the request, or the place in the OpenAPI file."""
    reason: str


class AppSpec(Record):
    name: WireName
    """Slug of the application, snake_case."""
    title: str
    description: str
    kind: str = "api"
    """api | web_app | mobile_backend | data_pipeline | microservice"""
    resources: tuple[ResourceSpec, ...] = ()
    accounts: bool = False
    """JWT accounts: register, log in; every resource route then needs a token."""
    pagination: Pagination = Pagination()
    contract: dict[str, Any] | None = None
    """A whole OpenAPI 3 document, checked and with every $ref inside it. Then `resources` is empty."""
    assumptions: tuple[str, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()

    def resource(self, name: str) -> ResourceSpec:
        """The resource of that name. Raises KeyError."""
        for spec in self.resources:
            if spec.name == name:
                return spec
        raise KeyError(name)

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        names = [r.name for r in self.resources]
        plurals = [r.plural for r in self.resources]
        if len(set(names)) != len(names) or len(set(plurals)) != len(plurals):
            raise ValueError("a resource name stands twice")
        for resource in self.resources:
            for field in resource.fields:
                if field.target is not None and field.target not in names:
                    raise ValueError(f"{resource.name}.{field.name} refers to unknown resource {field.target}")
            if resource.owned and not self.accounts:
                raise ValueError(f"resource {resource.name} is owned, but the application has no accounts")
        return self


__all__ = [
    "AppSpec",
    "Comparison",
    "FieldComparison",
    "FieldSpec",
    "FieldType",
    "NotUnderstood",
    "Pagination",
    "ResourceSpec",
    "WireName",
]
