"""Fly.io bills machines while they run, volumes, egress, and managed PostgreSQL."""

from __future__ import annotations

from tools.cost.book import Entry, PriceBook, smallest
from tools.cost.interface import Estimate, Pricing, Profile

BURST_SHARE = 0.5
"""A need of up to half of its cores counts as bursts: most applications idle most of the time."""


class FlyPricing(Pricing):
    platform = "flyio"

    def __init__(self, book: PriceBook) -> None:
        self._book = book

    def estimate(self, profile: Profile) -> Estimate:
        book = self._book
        cores = [m for m in book.plans("flyio", "machines") if _cores(m) >= profile.vcpu]
        machine = smallest(cores, memory_mb=profile.memory_mb)
        if machine is None:
            return _none("machine")
        lines = [book.line(f"{profile.instances} x {machine['id']}", profile.instances, machine)]
        if profile.postgres_memory_mb:
            plan = smallest(book.plans("flyio", "postgres"), memory_mb=profile.postgres_memory_mb)
            if plan is None:
                return _none("PostgreSQL")
            lines.append(book.line(f"managed PostgreSQL {plan['id']}", 1, plan))
            storage = book.entry("flyio", "postgres_storage")
            lines.append(book.line("PostgreSQL storage", profile.postgres_gb, storage))
        if profile.redis_mb:
            lines.append(book.line("Redis (Upstash)", 1, book.entry("flyio", "redis")))
        volume = book.entry("flyio", "volume")
        lines.append(book.line("volume", profile.disk_gb * profile.instances, volume))
        lines.append(book.line("egress", profile.egress_gb, book.entry("flyio", "egress")))
        notes = ["prices of region iad; others cost up to a fifth more"]
        if machine.get("shared"):
            notes.append("shared cores are for bursts; a steady load needs a performance machine")
        kept = tuple(line for line in lines if line.quantity)
        return Estimate(platform=self.platform, plan=machine["id"], lines=kept, notes=tuple(notes))


def _cores(machine: Entry) -> float:
    return float(machine["vcpu"]) * (BURST_SHARE if machine.get("shared") else 1.0)


def _none(what: str) -> Estimate:
    return Estimate(platform="flyio", plan="none", lines=(), notes=(f"no {what} of Fly.io is that big",), fits=False)


__all__ = ["FlyPricing"]
