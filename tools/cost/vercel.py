"""Vercel runs no process: an application is priced as functions, by invocations, processor and memory hours."""

from __future__ import annotations

from decimal import Decimal

from tools.cost.book import PriceBook
from tools.cost.interface import Estimate, Line, Pricing, Profile

MS_PER_HOUR = 3_600_000


class VercelPricing(Pricing):
    platform = "vercel"

    def __init__(self, book: PriceBook) -> None:
        self._book = book

    def estimate(self, profile: Profile) -> Estimate:
        book = self._book
        plan = next(plan for plan in book.plans("vercel", "plans") if plan["id"] == "pro")
        transfer, requests = book.entry("vercel", "transfer"), book.entry("vercel", "requests")
        millions = profile.requests_month / 1e6
        memory_hours = profile.requests_month * profile.wall_ms_request / MS_PER_HOUR * profile.memory_mb / 1024
        used = [
            book.line("invocations (millions)", millions, book.entry("vercel", "invocations")),
            book.line("active processor hours", _cpu_hours(profile), book.entry("vercel", "active_cpu")),
            book.line("memory (GB hours)", memory_hours, book.entry("vercel", "memory")),
            book.line("transfer", max(profile.egress_gb - transfer["included_gb"], 0.0), transfer),
            book.line("edge requests (millions)", max(millions - requests["included_millions"], 0.0), requests),
        ]
        lines = [book.line("plan pro, one seat", 1, plan), *(line for line in used if line.quantity)]
        if profile.postgres_memory_mb:
            lines.append(book.line("PostgreSQL", 1, book.entry("vercel", "postgres")))
        if profile.redis_mb:
            lines.append(book.line("Redis", 1, book.entry("vercel", "redis")))
        notes = ["not like for like: no process that runs on, no disk; priced as functions, region iad1"]
        credit = min(_known(used), Decimal(str(plan["credit_usd"])))
        return Estimate(
            platform=self.platform, plan="pro", lines=tuple(lines), notes=tuple(notes), adjustment_usd=-credit
        )


def _cpu_hours(profile: Profile) -> float:
    return profile.requests_month * profile.cpu_ms_request / MS_PER_HOUR


def _known(lines: list[Line]) -> Decimal:
    return sum((line.usd for line in lines if line.usd is not None), Decimal(0))


__all__ = ["VercelPricing"]
