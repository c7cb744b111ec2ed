"""What the reader has gathered so far; made into an AppSpec when the whole request was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from agents.pm.reader.names import plural_name, singular_name, slug
from memory.records.spec import Comparison, FieldType

Scalar = str | int | float | bool
USERS = frozenset({"user", "account", "owner"})
EMAILS = frozenset({"email", "email_address", "mail", "emails", "email_addresses"})
"""Of one resource these are the same field."""

SHARED = frozenset({"tags", "categories", "genres", "labels", "topics", "skills", "keywords", "ingredients"})
"""Of these one thing has many, and each belongs to many things."""


@dataclass
class Bound:
    """A limit as written: on a value, or on a length where `length` is set (or the field turns out to be a text)."""

    value: Decimal | str
    strict: bool = False
    length: bool = False


@dataclass
class Compare:
    """`field op other`; `other` in the user's words, resolved when all fields are known."""

    op: Comparison
    other: str
    start: int
    end: int


@dataclass
class FieldDraft:
    name: str
    label: str
    start: int
    end: int
    """Token span of the name."""
    type: FieldType | None = None
    required: bool | None = None
    unique: bool = False
    default: Scalar | None = None
    choices: list[str] = field(default_factory=list)
    lows: list[Bound] = field(default_factory=list)
    highs: list[Bound] = field(default_factory=list)
    pattern: str | None = None
    target: str | None = None
    """Resource name of a reference."""
    item: FieldType | None = None
    compares: list[Compare] = field(default_factory=list)
    together: list[tuple[str, int, int]] = field(default_factory=list)
    """`unique per X`: the phrase X with its tokens."""
    long: bool = False
    signed: bool = False
    """Said to be below zero at times."""
    assumed: bool = False
    """Not named by the user: a typical field of a well-known thing."""


@dataclass
class ResourceDraft:
    name: str
    label: str
    start: int
    end: int
    fields: list[FieldDraft] = field(default_factory=list)
    owned: bool = False
    unique_together: list[tuple[list[str], int, int]] = field(default_factory=list)
    """Field phrases and the token span they came from."""
    assumed: bool = False

    @property
    def plural(self) -> str:
        return plural_name(self.name)

    def find(self, name: str) -> FieldDraft | None:
        for candidate in self.fields:
            if candidate.name == name or candidate.name == f"{name}_id":
                return candidate
        same = (candidate for candidate in self.fields if name in EMAILS and candidate.name in EMAILS)
        return next(same, None)


@dataclass
class Relation:
    """`left` rows point to one `right` row."""

    left: str
    right: str
    start: int
    end: int
    required: bool = True
    many: bool = False
    """Said from the other side: `right has many left`."""
    role: str = ""
    """Field name without `_id` where it differs from the target's name."""


@dataclass
class FeatureRequest:
    kind: str
    """page | filter | sort | search | csv_import | csv_export"""
    start: int
    end: int
    fields: list[tuple[str, int, int]] = field(default_factory=list)
    resource: str = ""
    """The user's words for the resource, or empty: all where it fits."""
    order: str = ""
    """Of a sort: `+` or `-` where lists come in that order by themselves."""


@dataclass
class Draft:
    resources: dict[str, ResourceDraft] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    features: list[FeatureRequest] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    topic: str = ""
    accounts: bool = False
    owned: list[tuple[str, int, int]] = field(default_factory=list)
    """Resource phrases that belong to the account; an empty phrase means all."""
    shared: list[str] = field(default_factory=list)
    """Words for what all accounts were said to share."""
    together: list[tuple[str, list[str], int, int, str]] = field(default_factory=list)
    """(resource words or empty, field words, token span, resource spoken of) of what is to be unique together."""
    ordered: list[tuple[Comparison, int, int]] = field(default_factory=list)
    """(end compared with start, token span) of `must not end before it starts`."""
    kept: list[tuple[str, str, int, int]] = field(default_factory=list)
    """(thing, what refers to it, token span) of `a car cannot be deleted while it has rentals`."""
    theirs: list[tuple[str, str, int, int]] = field(default_factory=list)
    """(child, what it belongs to, token span) of `customers and their invoices`."""
    spoken: list[tuple[int, int]] = field(default_factory=list)
    """Token spans inside feature phrases that should name a resource."""
    actors: set[str] = field(default_factory=set)
    """Who logs in, in the user's words and singular: `employee`."""
    default_limit: int | None = None
    max_limit: int | None = None

    def is_account(self, name: str) -> bool:
        """True for words that mean the accounts of the app: `user`, or who was said to log in."""
        return self.accounts and (name in USERS or name in self.actors)

    def assume(self, text: str) -> None:
        if text not in self.assumptions:
            self.assumptions.append(text)

    def lookup(self, phrase: str) -> ResourceDraft | None:
        """The resource that a phrase names, singular or plural."""
        name = resource_name(phrase)
        if name in self.resources or not name:
            return self.resources.get(name)
        longer = [resource for known, resource in self.resources.items() if known.endswith(f"_{name}")]
        return longer[0] if len(longer) == 1 else None


def resource_name(phrase: str) -> str:
    """`Blog posts` → `blog_post`."""
    return singular_name(slug(phrase))
