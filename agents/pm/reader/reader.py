"""The rule-based reader: words in, an AppSpec out, and an account of every word that led to nothing."""

from __future__ import annotations

from dataclasses import dataclass

from agents.pm.reader.accounts import AccountScanner
from agents.pm.reader.build import resource_spec
from agents.pm.reader.circles import without_circles
from agents.pm.reader.clauses import Statement, statements
from agents.pm.reader.complete import complete_fields
from agents.pm.reader.deeds import deed_once
from agents.pm.reader.draft import USERS, Draft, ResourceDraft, resource_name
from agents.pm.reader.featured import collect_filters, find_field
from agents.pm.reader.features import FeatureScanner
from agents.pm.reader.fields import FieldReader
from agents.pm.reader.finish import (
    apply_relations,
    drop_headline,
    link_fields,
    place_theirs,
    typical_fields,
)
from agents.pm.reader.foreign import scan_foreign
from agents.pm.reader.kept import place_kept, scan_kept
from agents.pm.reader.leftovers import left_over
from agents.pm.reader.moments import place_order, scan_order
from agents.pm.reader.names import slug
from agents.pm.reader.opening import mask_opening, mask_own
from agents.pm.reader.owners import drop_users, settle_owned
from agents.pm.reader.sentences import SentenceReader
from agents.pm.reader.text import GOOD_REQUEST, Ledger, RequestError, check, tokenise
from agents.pm.reader.traces import without_trace
from memory.records.spec import AppSpec, NotUnderstood, Pagination

MAX_RESOURCES = 200


@dataclass(frozen=True)
class Reading:
    """What was made of a request."""

    spec: AppSpec
    request: str


def read_request(text: str, *, name: str | None = None) -> Reading:
    """Read English into a spec. Pure and deterministic; linear in the length of the text.

    `name`: the application's name where the caller has one. Raises RequestError for what cannot be a request
    (empty, binary, above 20 kB) and for words in which nothing to store can be found.
    """
    check(text)
    tokens, parts = statements(text, tokenise(text))
    ledger = Ledger(text, tokens)
    draft = Draft()
    _read(ledger, draft, parts)
    if not draft.resources:
        raise RequestError(f"Nothing to store was found in {_excerpt(text)}. {GOOD_REQUEST}")
    return Reading(_spec(ledger, draft, parts, name), text)


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return f'"{flat[:80]}…"' if len(flat) > 80 else f'"{flat}"'


def _read(ledger: Ledger, draft: Draft, parts: list[Statement]) -> None:
    masked = [False] * len(ledger.tokens)
    expected: set[int] = set()
    accounts = AccountScanner(ledger, draft, masked, expected)
    names = FieldReader(ledger, draft, masked)
    features = FeatureScanner(ledger, draft, masked, names.name_end)
    reader = SentenceReader(ledger, draft, masked, expected)
    mask_opening(ledger, draft, masked, parts)
    for part in parts:
        mask_own(ledger, draft, masked, part)
        scan_kept(ledger, draft, masked, part)
        features.scan(part)
        scan_foreign(ledger, draft, masked, part)
        accounts.scan(part)
        scan_order(ledger, draft, masked, part)
    waiting = []
    for index, part in enumerate(parts):
        if reader.too_early(part):
            waiting.append(index)
            continue
        reader.read(index, part)
        if not any(ledger.used[part.start : part.end]):
            waiting.append(index)
    for index in waiting:
        reader.read(index, parts[index])
    if not draft.resources and draft.topic:
        _topic_as_resource(draft, ledger)


def _topic_as_resource(draft: Draft, ledger: Ledger) -> None:
    """`a bookmark manager` names its resource by its topic."""
    from_topic = slug(draft.topic)
    if from_topic:
        draft.resources[from_topic] = ResourceDraft(from_topic, draft.topic, 0, 0)
        draft.assume(f"What is stored was not said: {draft.topic} itself.")


def _spec(ledger: Ledger, draft: Draft, parts: list[Statement], name: str | None) -> AppSpec:
    for index, token in enumerate(ledger.tokens):
        if token.kind == "word" and resource_name(token.low) in draft.actors:
            ledger.use(index, index + 1)
    _lone_topic(draft, ledger, parts)
    drop_users(draft, ledger)
    apply_relations(draft, ledger)
    link_fields(draft)
    _place_together(draft, ledger)
    place_order(draft, ledger)
    place_kept(draft, ledger)
    drop_headline(draft, parts[0] if parts else None, ledger)
    place_theirs(draft)
    typical_fields(draft)
    settle_owned(draft, ledger)
    if not draft.resources:
        raise RequestError(f"Accounts alone are no application: nothing else to store was found. {GOOD_REQUEST}")
    complete_fields(draft)
    features = collect_filters(draft, ledger)
    resources = tuple(resource_spec(r, draft, ledger, features[r.name]) for r in draft.resources.values())
    resources = without_circles(resources, draft)
    _tell_defaults(draft)
    title = _title(draft, name)
    names = frozenset(word for resource in resources for word in (resource.name, resource.plural))
    # a name from elsewhere takes the place of the one that the sentence gives, which is understood all the same
    titles = (title, _title(draft, None))
    without_trace(ledger, draft, "\n".join([*titles, *draft.assumptions, *(repr(resource) for resource in resources)]))
    return AppSpec(
        name=_app_name(draft, name),
        title=title,
        description=_description(ledger.source),
        resources=resources,
        accounts=draft.accounts,
        pagination=_pagination(draft),
        assumptions=tuple(draft.assumptions),
        not_understood=tuple(
            NotUnderstood(text=part, reason=reason) for part, reason in left_over(ledger, parts, names)
        ),
    )


def _lone_topic(draft: Draft, ledger: Ledger, parts: list[Statement]) -> None:
    """`Dental clinic. Dentists: ...`: a first sentence of a few words that led to nothing is the topic."""
    first = parts[0]
    words = ledger.tokens[first.start : first.end]
    if len(parts) < 2 or len(words) > 4 or any(ledger.used[first.start : first.end]) or draft.topic:
        return
    if all(token.kind == "word" for token in words) and slug(words[-1].low):
        draft.topic = ledger.text(first.start, first.end)
        ledger.use(first.start, first.end)
        draft.assume(f"{draft.topic} is the topic of the app; nothing of that name is stored.")


def _place_together(draft: Draft, ledger: Ledger) -> None:
    for owner, phrases, start, end, spoken in draft.together:
        named = draft.lookup(owner) if owner else None
        candidates = [named] if named else [r for r in [draft.resources.get(spoken), *draft.resources.values()] if r]
        for resource in candidates:
            if _each_user_once(draft, resource, phrases, start, end):
                break
            if len(phrases) > 1 and all(find_field(resource, phrase) for phrase in phrases):
                resource.unique_together.append((phrases, start, end))
                break
            through = [_or_reference(resource, phrase) for phrase in phrases]
            if len(phrases) > 1 and all(through):
                resource.unique_together.append(([name or "" for name in through], start, end))
                break
            itself = named is resource or resource_name(owner) == resource.name
            if (
                owner
                and not itself
                and len(phrases) == 1
                and find_field(resource, owner)
                and find_field(resource, phrases[0])
            ):
                resource.unique_together.append(([owner, *phrases], start, end))
                break
            alone = len(phrases) == 1 and (named is not None or not owner)
            single = find_field(resource, phrases[0]) if alone else None
            if single is not None:
                single.unique = True
                break
        else:
            if not deed_once(draft, ledger, phrases, start, end):
                ledger.refuse(start, end, "it names something that is no field of one resource")


def _or_reference(resource: ResourceDraft, phrase: str) -> str | None:
    """The field that a phrase names; `meter number` means the meter where the number is a field of the meter."""
    if find_field(resource, phrase):
        return phrase
    whole = slug(phrase)
    pointing = [f.target for f in resource.fields if f.target and whole.startswith(f"{f.target}_")]
    return f"{pointing[0]}_id" if len(pointing) == 1 else None


def _each_user_once(draft: Draft, resource: ResourceDraft, phrases: list[str], start: int, end: int) -> bool:
    """`each user can rate a movie only once`: unique among the rows of one account."""
    who = next((phrase for phrase in phrases if phrase in USERS), "")
    if not draft.accounts or len(phrases) != 2 or not who or not _is_owned(draft, resource):
        return False
    field = find_field(resource, phrases[1 - phrases.index(who)])
    if field is not None:
        field.together.append((who, start, end))
    return field is not None


def _is_owned(draft: Draft, resource: ResourceDraft) -> bool:
    return resource.owned or any(not phrase or draft.lookup(phrase) is resource for phrase, _, _ in draft.owned)


def _pagination(draft: Draft) -> Pagination:
    top = draft.max_limit or max(200, draft.default_limit or 0)
    default = min(draft.default_limit or 50, top)
    return Pagination(default_limit=max(1, default), max_limit=max(1, top))


def _tell_defaults(draft: Draft) -> None:
    draft.assume(
        "Short texts have up to 200 characters, long ones (descriptions, notes) up to 10,000, unless said otherwise."
    )
    draft.assume("Fields are optional unless something else is said of them; references are required.")
    if draft.default_limit is None and draft.max_limit is None:
        draft.assume("Lists come in pages of 50, at most 200.")


def _app_name(draft: Draft, name: str | None) -> str:
    first = next(iter(draft.resources.values()))
    base = slug(name or "") or (slug(draft.topic) and f"{slug(draft.topic)}_api") or f"{first.name}_api"
    return base[:40].strip("_")


def _title(draft: Draft, name: str | None) -> str:
    if name and name.strip():
        return name.strip()[:80]
    words = draft.topic or next(iter(draft.resources.values())).name.replace("_", " ")
    flat = " ".join(words.split())
    return f"{flat[:1].upper()}{flat[1:60]} API"


def _description(source: str) -> str:
    flat = " ".join(source.split())
    return flat if len(flat) <= 300 else f"{flat[:299]}…"
