"""Railway bills what is used, by the minute; a plan's fee counts against it."""

from __future__ import annotations

from decimal import Decimal

from tools.cost.book import PriceBook
from tools.cost.interface import Estimate, Pricing, Profile


class RailwayPricing(Pricing):
    platform = "railway"

    def __init__(self, book: PriceBook) -> None:
        self._book = book

    def estimate(self, profile: Profile) -> Estimate:
        book = self._book
        cpu, memory = book.entry("railway", "cpu"), book.entry("railway", "memory")
        volume, egress = book.entry("railway", "volume"), book.entry("railway", "egress")
        needs = {"max_vcpu": profile.vcpu, "max_memory_mb": profile.memory_mb}
        plans = [plan for plan in book.plans("railway", "plans") if all(plan[key] >= needs[key] for key in needs)]
        if not plans:
            note = "no plan of Railway gives one service so much"
            return Estimate(platform=self.platform, plan="none", lines=(), notes=(note,), fits=False)
        lines = [
            book.line("processor", profile.vcpu * profile.instances, cpu),
            book.line("memory", profile.memory_mb / 1024 * profile.instances, memory),
            book.line("egress", profile.egress_gb, egress),
            book.line("volume", profile.disk_gb * profile.instances, volume),
        ]
        notes = ["billed is what is used, not what is reserved: this takes the whole profile as used"]
        for what, size, stored in (
            ("PostgreSQL", profile.postgres_memory_mb, profile.postgres_gb),
            ("Redis", profile.redis_mb, 0.0),
        ):
            if size:
                used = book.entry("railway", "database_use")
                lines.append(book.line(f"{what} processor", used["vcpu"], cpu))
                lines.append(book.line(f"{what} memory", size / 1024, memory))
                lines.append(book.line(f"{what} volume", stored, volume))
                notes.append(f"{what}: {used['note']}")
        plan = plans[0]
        kept = tuple(line for line in lines if line.quantity)
        used_usd = sum((line.usd for line in kept if line.usd is not None), Decimal(0))
        fee = max(Decimal(str(plan["usd"])) - used_usd, Decimal(0))
        return Estimate(platform=self.platform, plan=plan["id"], lines=kept, notes=tuple(notes), adjustment_usd=fee)


__all__ = ["RailwayPricing"]
