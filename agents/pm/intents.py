"""What a message in a project's chat wants: by rules, and by a model where they are not sure."""

from __future__ import annotations

import asyncio

from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from agents.pm.intent_rules import Intent, Sorted, by_rules
from agents.prompts.renderer import render
from agents.structured.ask import Failed, ask_for
from memory.records.model import ModelGateway, Role
from memory.records.plan import Fallback


class DraftIntent(BaseModel):
    intent: Intent


async def sort_message(
    message: str, project: str, gateway: ModelGateway | None, *, has_application: bool, key: str = "chat/intent"
) -> Sorted:
    """By the rules where they are sure or no model is set; else as a model says."""
    found = by_rules(message, has_application=has_application)
    if found.sure or gateway is None:
        return found
    prompt = await asyncio.to_thread(render, "chat_intent", project=project, message=message)
    asked = await ask_for(gateway, key, Role.PM, [HumanMessage(prompt)], DraftIntent, max_tokens=64, again=1)
    if isinstance(asked, Failed):
        return Sorted(found.intent, False, Fallback(agent="pm", from_="model", to="rules", reason=asked.reason))
    return Sorted(asked.value.intent, sure=True)


__all__ = ["Intent", "Sorted", "by_rules", "sort_message"]
