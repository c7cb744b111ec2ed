"""Whose rows are whose, once all resources and fields are known."""

# ruff: noqa: E501 (texts for the user stay one a line)
from __future__ import annotations

from agents.pm.reader.draft import USERS, Draft, resource_name
from agents.pm.reader.names import singular
from agents.pm.reader.text import Ledger
from agents.pm.reader.words import APP_NOUNS

OWNERS = ("user", "account", "owner", "person", "member")


def drop_users(draft: Draft, ledger: Ledger) -> None:
    """With accounts, `user` is no resource of its own: its login stands in the accounts."""
    targets = {f.target for r in draft.resources.values() for f in r.fields}
    for name in draft.actors - targets:
        if name in draft.resources and not draft.resources[name].fields and len(draft.resources) > 1:
            del draft.resources[name]
            draft.assume(f"{name.capitalize()} is who logs in: an account of the app, not a resource of its own.")
    for name in sorted(draft.actors - USERS - targets - draft.resources.keys()):
        draft.assume(
            f"{name.replace('_', ' ').capitalize()}: who logs in, an account of the app; nothing else of them is stored."
        )
    user = draft.resources.get("user")
    if user is not None and any(f.name in ("password", "password_hash") for f in user.fields):
        draft.accounts = True
    if user is None or not draft.accounts:
        return
    del draft.resources["user"]
    for field in user.fields:
        if field.name not in ("email", "password", "e_mail", "password_hash"):
            ledger.refuse(
                field.start, field.end, "accounts hold only e-mail and password; other data of users is not kept"
            )
    draft.assume(
        "Users are the accounts of the app (register and log in with e-mail and password), not a resource of their own."
    )


def settle_owned(draft: Draft, ledger: Ledger) -> None:
    for phrase, start, end in draft.owned:
        if phrase == "?":
            named = [
                r
                for r in draft.resources.values()
                if any(resource_name(t.low) == r.name for t in ledger.tokens[start:end])
            ]
            for resource in named or draft.resources.values():
                resource.owned = True
            continue
        found = draft.lookup(phrase) if phrase else None
        if found is None and phrase:
            tail = resource_name(phrase.split()[-1])
            found = draft.resources.get(tail)
        for resource in [found] if found else list(draft.resources.values()):
            resource.owned = True
        if phrase and found is not None:
            whole = draft.lookup(phrase) is found
            ledger.use(start if whole else end - 1, end)
        elif phrase and singular(ledger.tokens[end - 1].low) in APP_NOUNS:
            ledger.use(end - 1, end)
    for word in draft.shared:
        if (common := draft.lookup(word)) is not None:
            common.owned = False
    for resource in (r for r in draft.resources.values() if r.owned):
        for field in resource.fields:
            if any(said in OWNERS for said, _, _ in field.together):
                field.unique, field.together = True, [t for t in field.together if t[0] not in OWNERS]
    _inherit(draft)
    owned = [r.plural for r in draft.resources.values() if r.owned]
    if draft.accounts and not owned:
        draft.assume(
            "Users register and log in; every account works on the same rows, for nothing was said of rows of their own."
        )
    elif draft.accounts:
        shared = [r.plural for r in draft.resources.values() if not r.owned]
        text = f"Every account sees only its own {', '.join(owned)}"
        draft.assume(f"{text}; {', '.join(shared)} are shared by all accounts." if shared else f"{text}.")


def _inherit(draft: Draft) -> None:
    """What belongs to rows of one account is of that account too: items of a private shopping list."""
    found = True
    while found:
        found = False
        owned = {r.name for r in draft.resources.values() if r.owned}
        for resource in draft.resources.values():
            parents = [f.target for f in resource.fields if f.required and f.target in owned]
            if parents and not resource.owned:
                resource.owned = found = True
                draft.assume(
                    f"{resource.plural} belong to a {parents[0]}, so they are seen only by the account that owns it."
                )
