"""Accounts at providers: what is needed of each, kept in the secrets store and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from memory.secrets import Kind, Place, Secrets
from tools.deploy.interface import PlatformBroken

OWNER = "platforms"
"""In the place of a project in the secrets store; no project has that id."""


class NotSetUp(PlatformBroken):
    """The account at a provider is missing, or not whole."""


@dataclass(frozen=True)
class Part:
    name: str
    what: str
    required: bool = True
    secret: bool = False


TOKEN_WORD = "token"  # noqa: S105 - a name, no value


def _token(what: str) -> Part:
    return Part(TOKEN_WORD, what, secret=True)


ACCOUNTS: Mapping[str, tuple[Part, ...]] = {
    "render": (
        _token("an API key, from Account Settings"),
        Part("owner", "the workspace's id, tea-... or usr-..."),
        Part("region", "oregon, ohio, virginia, frankfurt or singapore", required=False),
    ),
    "flyio": (
        _token("a token of the organisation (fly tokens create org)"),
        Part("organization", "its slug"),
        Part("region", "three letters, as in iad", required=False),
    ),
    "railway": (_token("a workspace token"), Part("workspace", "the workspace's id", required=False)),
    "vercel": (_token("an access token"), Part("team", "the team's id, team_...", required=False)),
    "github": (
        _token("a token that may write code, pull requests and administration"),
        Part("owner", "the organisation or user that repositories are made for"),
        Part("organization", "yes, where the owner is an organisation", required=False),
    ),
    "registry": (
        _token("the password or token for pushing"),
        Part("prefix", "where images go, as in ghcr.io/acme"),
        Part("user", "the user's name for pushing"),
    ),
}
PLATFORMS = ("render", "flyio", "railway", "vercel")
"""That applications run on; the others are places that platforms take versions from."""


class Accounts:
    """Blocking. All methods raise SecretsError."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def read(self, name: str) -> dict[str, str]:
        """Raises NotSetUp."""
        values = self._secrets.read(_place(name))
        missing = [part for part in ACCOUNTS[name] if part.required and not values.get(part.name)]
        if missing:
            wanted = ", ".join(f"{part.name} ({part.what})" for part in missing)
            remedy = f"Set it: softwright platforms {name} --set <part>=<value> (it asks for the token)"
            raise NotSetUp(f"its account is not set up here, {wanted} is missing", place=name, remedy=remedy)
        return values

    def has(self, name: str) -> bool:
        values = self._secrets.read(_place(name))
        return all(values.get(part.name) for part in ACCOUNTS[name] if part.required)

    def save(self, name: str, values: Mapping[str, str]) -> None:
        """Raises ValueError for a part that the account does not have."""
        known = {part.name for part in ACCOUNTS[name]}
        for unknown in values.keys() - known:
            raise ValueError(f"{unknown}: {name} has no such part; it has {', '.join(sorted(known))}")
        self._secrets.change(_place(name), {part: value or None for part, value in values.items()})

    def remove(self, name: str) -> None:
        self._secrets.change(_place(name), {}, whole=True)

    def shown(self, name: str) -> dict[str, object]:
        """Names of what is set, never a value of a secret."""
        values = self._secrets.read(_place(name))
        return {
            "name": name,
            "runs_applications": name in PLATFORMS,
            "ready": self.has(name),
            "parts": [
                {
                    "name": part.name,
                    "what": part.what,
                    "required": part.required,
                    "set": bool(values.get(part.name)),
                    "value": None if part.secret else values.get(part.name),
                }
                for part in ACCOUNTS[name]
            ],
        }


def _place(name: str) -> Place:
    return Place(OWNER, name, Kind.ACCOUNT)


__all__ = ["ACCOUNTS", "PLATFORMS", "Accounts", "NotSetUp", "Part"]
