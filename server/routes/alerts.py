"""Alerts of a project: what fires, by which rules, to whom it is told; acknowledged and silenced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from memory.records.monitoring import AlertRule, Window
from memory.repositories.alerts import Alerts
from memory.store import Row
from server.monitoring.configuration import Configuration, document, rules_in
from server.pages import Cursor, Limit, page, position
from server.pages import cursor_after as cursor_after_row
from server.parts import Id, PartsDep, Text, UserDep, found, signed_in
from server.problems import Problem, documented
from tools.monitoring.channels import AppriseSender
from tools.monitoring.interface import ChannelRefused, NotDelivered
from tools.monitoring.rules import default_rules

router = APIRouter(prefix="/api", dependencies=[Depends(signed_in)], tags=["alerts"])
SHOWN_MESSAGES = 20
MOST_RULES = 100
MOST_CHANNELS = 20
State = Literal["pending", "firing", "resolved"]


def once_each(rules: list[AlertRule]) -> list[AlertRule]:
    """Raises ValueError."""
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two rules have the name {twice[0]}")
    return rules


Rules = Annotated[list[AlertRule], Field(max_length=MOST_RULES), AfterValidator(once_each)]
Address = Annotated[Text, Field(min_length=1, max_length=2000)]


class AlertConfig(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    rules: Rules | Literal["default"] | None = None
    """These and no others; `default`: those that every project begins with."""
    channels: Annotated[list[Address], Field(max_length=MOST_CHANNELS)] | None = None
    """Apprise addresses, or ids of channels that are to stay; these and no others."""


class Silence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rule: Annotated[str, Field(max_length=64)] | None = None
    deployment_id: Annotated[str, Field(max_length=64)] | None = None
    duration: Annotated[Window, Field(ge=1)]
    """`30m`, `8h`, at most 7d."""
    reason: Annotated[Text, Field(max_length=500)] = ""


@router.get("/projects/{project_id}/alerts", responses=documented(401, 404, 422))
async def list_alerts(
    project_id: Id, parts: PartsDep, state: State | None = None, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """Newest first, with what was sent and where it could not be, what was done by itself, and what is silenced."""
    found(await parts.store.project(project_id), "project")
    alerts, now = Alerts(parts.pool), datetime.now(UTC)
    rows = await alerts.alerts(project_id, now, limit + 1, position(cursor), state)
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        following = cursor_after_row({"created_at": shown[-1]["active_at"], "id": shown[-1]["id"]})
    config = await alerts.config(project_id)
    channels = await Configuration(alerts, parts.secrets).channels(project_id)
    figures = await alerts.channel_figures(project_id)
    return page([alert_document(row) for row in shown], following) | {
        **document(rules_in(config), [_channel(name, words, figures.get(name)) for name, words in channels.items()]),
        "deliveries": await alerts.messages(project_id, SHOWN_MESSAGES),
        "remediations": await alerts.remediations(project_id, SHOWN_MESSAGES),
        "silences": await alerts.silences(project_id, now),
    }


@router.post("/projects/{project_id}/alerts/config", responses=documented(400, 401, 404, 413, 422))
async def configure(project_id: Id, body: AlertConfig, parts: PartsDep, user: UserDep) -> dict[str, Any]:
    """Addresses of channels are kept as secrets and never returned; each has an id and is shown in part."""
    found(await parts.store.project(project_id), "project")
    rules = default_rules() if body.rules == "default" else body.rules
    try:
        saved = await Configuration(Alerts(parts.pool), parts.secrets).save(project_id, rules, body.channels)
    except ChannelRefused as error:
        raise Problem(422, str(error)) from error
    names = [rule["name"] for rule in saved["rules"]]
    await parts.store.note(project_id, "alerts_configured", user, rules=names, channels=len(saved["channels"]))
    return saved


@router.post("/projects/{project_id}/alerts/channels/{channel}/test", responses=documented(400, 401, 404, 409))
async def try_channel(project_id: Id, channel: Id, parts: PartsDep) -> dict[str, Any]:
    """Sends a message to one channel now."""
    project = found(await parts.store.project(project_id), "project")
    configuration = Configuration(Alerts(parts.pool), parts.secrets)
    url = await configuration.address(project_id, channel)
    if url is None:
        raise Problem(404, "there is no such channel")
    sender = AppriseSender()
    title = f"[Softwright] {project['name']}: this channel works"
    try:
        await sender.send(url, title, "Alerts of this project will come here.", "test")
    except (NotDelivered, ChannelRefused) as error:
        raise Problem(409, str(error)) from error
    finally:
        sender.close()
    return {"channel": channel, "sent": True}


@router.post("/alerts/{alert_id}/acknowledge", responses=documented(400, 401, 404))
async def acknowledge(alert_id: Id, parts: PartsDep, user: UserDep) -> dict[str, Any]:
    """Someone sees to it: it is not told again while it fires on."""
    alerts = Alerts(parts.pool)
    found(await alerts.alert(alert_id), "alert")
    return alert_document(found(await alerts.acknowledge(alert_id, user, datetime.now(UTC)), "alert"))


@router.post("/projects/{project_id}/alerts/silences", status_code=201, responses=documented(400, 401, 404, 413, 422))
async def silence(project_id: Id, body: Silence, parts: PartsDep, user: UserDep) -> dict[str, Any]:
    """Nothing is told of what it names until it is over; what fires then is told."""
    found(await parts.store.project(project_id), "project")
    now = datetime.now(UTC)
    about = {"rule": body.rule, "deployment_id": body.deployment_id, "reason": body.reason}
    return await Alerts(parts.pool).silence(project_id, user, now, now + timedelta(seconds=body.duration), **about)


@router.delete("/projects/{project_id}/alerts/silences/{silence_id}", status_code=204, responses=documented(401, 404))
async def end_silence(project_id: Id, silence_id: Id, parts: PartsDep) -> Response:
    found(await parts.store.project(project_id), "project")
    if not await Alerts(parts.pool).end_silence(project_id, silence_id):
        raise Problem(404, "there is no such silence")
    return Response(status_code=204)


def alert_document(row: Row) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "announced"} | {"alert_type": row["rule"]}


def _channel(name: str, words: str, figures: Row | None) -> dict[str, Any]:
    empty = {"sent": 0, "waiting": 0, "failed": 0, "last_sent_at": None, "last_error": None}
    counted = empty if figures is None else {key: figures[key] for key in empty}
    return {"id": name, "shown": words, **counted}


__all__ = ["router"]
