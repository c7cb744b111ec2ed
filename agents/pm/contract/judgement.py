"""What the application will not do as the file says, and what is assumed where the file is silent."""

from __future__ import annotations

from typing import Any

from memory.records.spec import NotUnderstood
from tools.scaffold.contract.behaviours import Behaviour, Understood
from tools.scaffold.contract.document import JSON_TYPE, Operation
from tools.scaffold.contract.pointers import follow, pointer
from tools.scaffold.contract.rules import base_path

MAX_NOTES = 200


def not_understood(document: dict[str, Any], found: list[Understood]) -> tuple[NotUnderstood, ...]:
    notes = [*_of_document(document), *_of_security(document)]
    for entry in found:
        notes += _of_operation(document, entry)
    return tuple(NotUnderstood(text=where, reason=reason) for where, reason in notes[:MAX_NOTES])


def _of_document(document: dict[str, Any]) -> list[tuple[str, str]]:
    notes = []
    if document.get("webhooks"):
        notes.append(("#/webhooks", "webhooks are not sent"))
    for number, server in enumerate(document.get("servers") or []):
        if isinstance(server, dict) and "{" in str(server.get("url")):
            notes.append((f"#/servers/{number}", "server variables are not filled in; paths are served at the root"))
    components = document.get("components") or {}
    for name in ("links", "callbacks"):
        if components.get(name):
            notes.append((f"#/components/{name}", f"{name} are not followed"))
    return notes


def _of_security(document: dict[str, Any]) -> list[tuple[str, str]]:
    notes = []
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for name, raw in schemes.items():
        scheme = follow(document, raw)
        kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
        where = pointer(("components", "securitySchemes", name))
        if kind == "http" and how not in ("bearer", "basic"):
            notes.append((where, f"HTTP authentication {how!r} is not checked: its operations refuse everyone"))
        elif kind in ("openIdConnect", "mutualTLS"):
            notes.append((where, f"{kind} is not spoken: the application takes its own token as a bearer token"))
        elif kind == "oauth2" and "password" not in (scheme.get("flows") or {}):
            notes.append(
                (where, "its OAuth2 flow is not spoken: the application takes its own token as a bearer token")
            )
    return notes


def _of_operation(document: dict[str, Any], entry: Understood) -> list[tuple[str, str]]:
    operation = entry.operation
    raw = follow(document, document["paths"][operation.path])[operation.method]
    notes = []
    if entry.behaviour is Behaviour.UNREADABLE:
        notes.append((operation.where, f"{entry.reason}: 415, or the status declared for wrong input"))
    elif entry.behaviour is Behaviour.FIXED:
        told = "it checks the request, answers an example or the smallest value that conforms, and does nothing"
        notes.append((operation.where, f"{entry.reason}: {told}"))
    if raw.get("callbacks"):
        notes.append((operation.where + "/callbacks", "callbacks are not sent"))
    if raw.get("servers"):
        notes.append((operation.where + "/servers", "servers of one operation are not looked at"))
    if operation.other_body_types and entry.behaviour is not Behaviour.UNREADABLE:
        notes.append(
            (operation.where + "/requestBody", f"bodies of type {', '.join(operation.other_body_types)} are refused")
        )
    for answer in operation.answers.values():
        if answer.other_types:
            told = f"only {answer.media_type} is answered"
            notes.append((f"{operation.where}/responses/{answer.status}", f"{', '.join(answer.other_types)}: {told}"))
    if answer_is_empty(operation):
        notes.append((operation.where + "/responses", "files are answered empty"))
    if operation.success is None:
        notes.append((operation.where + "/responses", "no success is declared; it answers 200"))
    return notes


def answer_is_empty(operation: Operation) -> bool:
    success = operation.success
    media_type = success.media_type if success else None
    return media_type is not None and not JSON_TYPE.fullmatch(media_type) and not media_type.startswith("text/")


def assumptions(document: dict[str, Any], found: list[Understood]) -> tuple[str, ...]:
    told = []
    if base := base_path(document):
        told.append(f"The paths are served at the root and below {base}, the path of the first server.")
    if any(entry.operation.security for entry in found):
        told.append(
            "The variable API_TOKEN holds the credential: it is the bearer token, the API key, and for basic "
            "authentication the password, with any user name."
        )
    for entry in found:
        told += _assumed(entry)
    return tuple(dict.fromkeys(told))[:MAX_NOTES]


def _assumed(entry: Understood) -> list[str]:
    name, collection = f"{entry.operation.method.upper()} {entry.operation.path}", entry.collection
    told = []
    if entry.behaviour is Behaviour.ACT:
        told.append(f"{name} is an action on one document: {entry.reason or 'it takes over what is sent'}.")
    if entry.behaviour is Behaviour.LOG_IN:
        told.append(f"{name} is a log-in: {entry.reason}.")
    if entry.behaviour is Behaviour.CREATE and collection and collection.client_id:
        told.append(f"{name}: the client may choose {collection.id_property}; where it does not, the application does.")
    told += [
        f"{name}: the file has no collection that {a.parameter} names, so every value of it is taken."
        for a in entry.ancestors
        if a.collection is None and entry.behaviour not in (Behaviour.UNREADABLE, Behaviour.FIXED)
    ]
    return told


__all__ = ["assumptions", "not_understood"]
