"""The processes of a Softwright server and what happens around them."""

from __future__ import annotations

from memory.settings import Settings
from server.supervision.plan import Plan, api, worker


def server_plan(settings: Settings) -> Plan:
    return Plan(children=(worker(settings), api()))


__all__ = ["server_plan"]
