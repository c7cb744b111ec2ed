"""A project's rules and channels: rules in PostgreSQL, addresses of channels in the secrets store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from memory.records.monitoring import AlertRule
from memory.repositories.alerts import Alerts
from memory.secrets import Kind, Place, Secrets, SecretsError
from memory.store import Row
from tools.monitoring.channels import channel_id, checked, shown
from tools.monitoring.interface import ChannelRefused, NotDelivered
from tools.monitoring.rules import default_rules

ENVIRONMENT = "alerts"
"""Of the place in the secrets store; no deployment has it."""
PREFIX = "channel-"


def place(project_id: str) -> Place:
    return Place(project_id, ENVIRONMENT, Kind.USER)


def rules_in(config: Row | None) -> tuple[AlertRule, ...]:
    if config is None or config["rules"] is None:
        return default_rules()
    return tuple(AlertRule.model_validate(rule) for rule in config["rules"])


class Configuration:
    def __init__(self, alerts: Alerts, secrets: Secrets) -> None:
        self._alerts = alerts
        self._secrets = secrets

    async def rules(self, project_ids: Sequence[str]) -> dict[str, tuple[AlertRule, ...]]:
        configs = await self._alerts.configs(project_ids)
        return {project_id: rules_in(configs.get(project_id)) for project_id in project_ids}

    async def save(
        self, project_id: str, rules: Sequence[AlertRule] | None, addresses: Sequence[str] | None
    ) -> dict[str, Any]:
        """None leaves what is there. Raises ChannelRefused, SecretsError."""
        before = await self._alerts.config(project_id)
        channels: Sequence[Mapping[str, str]] = before["channels"] if before is not None else ()
        if addresses is not None:
            channels = await asyncio.to_thread(self._keep, project_id, addresses)
        kept = rules if rules is not None else rules_in(before)
        await self._alerts.save_config(project_id, kept, channels)
        return document(kept, channels)

    async def channels(self, project_id: str) -> dict[str, str]:
        """Id → how it is shown."""
        config = await self._alerts.config(project_id)
        return {channel["id"]: channel["shown"] for channel in (config["channels"] if config is not None else ())}

    async def address(self, project_id: str, channel: str) -> str | None:
        """Raises NotDelivered where the secrets are out of reach."""
        try:
            values = await asyncio.to_thread(self._secrets.read, place(project_id))
        except SecretsError as error:
            raise NotDelivered(str(error)) from error
        return values.get(channel)

    def _keep(self, project_id: str, addresses: Sequence[str]) -> list[dict[str, str]]:
        before = self._secrets.read(place(project_id))
        wanted: dict[str, str | None] = {}
        for address in addresses:
            url = before.get(address) if address.startswith(PREFIX) else checked(address)
            if url is None:
                raise ChannelRefused(f"channels: {address} is none of this project's; give its whole address")
            wanted[channel_id(url)] = url
        kept = self._secrets.change(place(project_id), wanted, whole=True)
        return [{"id": name, "shown": shown(url)} for name, url in kept.items()]


def document(rules: Sequence[AlertRule], channels: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {"rules": [rule.model_dump(mode="json") for rule in rules], "channels": [dict(c) for c in channels]}


__all__ = ["Configuration", "document", "place", "rules_in"]
