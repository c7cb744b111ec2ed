"""Render bills an instance, a database and a store by the month each."""

from __future__ import annotations

from tools.cost.book import PriceBook, smallest
from tools.cost.interface import Estimate, Line, Price, Pricing, Profile


class RenderPricing(Pricing):
    platform = "render"

    def __init__(self, book: PriceBook) -> None:
        self._book = book

    def estimate(self, profile: Profile) -> Estimate:
        book = self._book
        awake = [plan for plan in book.plans("render", "instances") if not plan.get("sleeps")]
        instance = smallest(awake, vcpu=profile.vcpu, memory_mb=profile.memory_mb)
        lines: list[Line] = []
        if instance is not None:
            lines.append(book.line(f"{profile.instances} x {instance['id']}", profile.instances, instance))
        if profile.postgres_memory_mb:
            plan = smallest(book.plans("render", "postgres"), memory_mb=profile.postgres_memory_mb)
            if plan is None:
                return _too_big(instance is not None, "PostgreSQL")
            lines.append(book.line(f"PostgreSQL {plan['id']}", 1, plan))
            storage = book.entry("render", "postgres_storage")
            lines.append(book.line("PostgreSQL storage", profile.postgres_gb, storage))
        if profile.redis_mb:
            plan = smallest(book.plans("render", "key_value"), memory_mb=profile.redis_mb)
            if plan is None:
                return _too_big(instance is not None, "Redis")
            lines.append(book.line(f"Key Value {plan['id']}", 1, plan))
        lines.append(book.line("disk", profile.disk_gb, book.entry("render", "disk")))
        lines.append(_bandwidth(book, profile))
        if instance is None:
            return _too_big(False, "instance")
        return Estimate(
            platform=self.platform, plan=instance["id"], lines=tuple(line for line in lines if line.quantity)
        )


def _bandwidth(book: PriceBook, profile: Profile) -> Line:
    """How much a plan includes is not known, so neither is what goes beyond."""
    listed = book.price(book.entry("render", "bandwidth"))
    note = f"{listed.usd} USD a GB beyond what is included; how much that is was not found"
    price = Price(usd=None, unit=listed.unit, sure="unconfirmed", source=listed.source, date=listed.date, note=note)
    return Line(what="bandwidth", quantity=profile.egress_gb, usd=None, price=price)


def _too_big(instance: bool, what: str) -> Estimate:
    note = f"no {what if instance else 'instance'} of Render is that big"
    return Estimate(platform="render", plan="none", lines=(), notes=(note,), fits=False)


__all__ = ["RenderPricing"]
