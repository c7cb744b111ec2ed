"""What measurements say about size and scale: over-provisioned, too small, where it would be cheaper. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tools.cost.interface import Advice, Estimate, Pricing, Profile, Record

SHORTEST_MINUTES = 24 * 60
"""A day, for days have a rhythm."""
CPU_ROOM = 0.6
"""The 95th percentile of use shall be this share of what there is."""
MEMORY_ROOM = 0.75
"""The highest use shall be this share: memory that is missing kills."""
BUSY = 0.8
PEAK_RATIO = 4.0
SMALLEST_VCPU = 0.1
MEMORY_STEP_MB = 64


class Measured(Record):
    """Over the minutes that were measured."""

    minutes: int = 0
    cpu_cores_p50: float | None = None
    cpu_cores_p95: float | None = None
    memory_mb_p95: float | None = None
    memory_mb_max: float | None = None
    requests_month: int | None = None
    """What was counted, taken to a month."""


def needed(profile: Profile, measured: Measured) -> Profile | None:
    """The profile that the measured use needs; None where it was not measured for long enough."""
    if measured.minutes < SHORTEST_MINUTES or measured.cpu_cores_p95 is None or measured.memory_mb_max is None:
        return None
    vcpu = max(round(measured.cpu_cores_p95 / CPU_ROOM, 2), SMALLEST_VCPU)
    steps = -(-measured.memory_mb_max / MEMORY_ROOM // MEMORY_STEP_MB)
    return profile.model_copy(update={"vcpu": vcpu, "memory_mb": int(max(steps, 1) * MEMORY_STEP_MB)})


def advise(profile: Profile, measured: Measured, current: Pricing, others: Sequence[Estimate]) -> list[Advice]:
    right = needed(profile, measured)
    if right is None:
        text = f"measured for {measured.minutes} minutes; sizes are told after a day of measurements"
        return [Advice(kind="not_measured", text=text, evidence={"minutes": measured.minutes})]
    now, then = current.estimate(profile), current.estimate(right)
    return [*_size(profile, right, measured, now, then), *_scale(profile, measured), *_elsewhere(now, others)]


def _size(profile: Profile, right: Profile, measured: Measured, now: Estimate, then: Estimate) -> list[Advice]:
    evidence: dict[str, float | int | str] = {"minutes": measured.minutes, "plan": now.plan, "plan_needed": then.plan}
    evidence |= {"cpu_cores_p95": round(measured.cpu_cores_p95 or 0.0, 4), "vcpu": profile.vcpu}
    evidence |= {"memory_mb_max": round(measured.memory_mb_max or 0.0), "memory_mb": profile.memory_mb}
    used = f"uses {measured.cpu_cores_p95:.2g} cores (p95) and {measured.memory_mb_max:.0f} MB at most"
    fits = f"{right.vcpu:g} vCPU and {right.memory_mb} MB are enough"
    if right.vcpu > profile.vcpu or right.memory_mb > profile.memory_mb:
        has = f"{profile.vcpu:g} vCPU and {profile.memory_mb} MB"
        text = f"it {used} of {has}: give it {right.vcpu:g} vCPU and {right.memory_mb} MB"
        return [Advice(kind="under_provisioned", text=text, evidence=evidence)]
    saving = now.known_usd - then.known_usd if then.fits else Decimal(0)
    if saving > 0:
        text = f"it {used}; {fits}: plan {then.plan} in the place of {now.plan}"
        return [Advice(kind="over_provisioned", text=text, saving_usd=saving, evidence=evidence)]
    if right.vcpu <= profile.vcpu / 2 and right.memory_mb <= profile.memory_mb / 2:
        return [Advice(kind="over_provisioned", text=f"it {used}; {fits}; that costs the same", evidence=evidence)]
    return []


def _scale(profile: Profile, measured: Measured) -> list[Advice]:
    p95, p50 = measured.cpu_cores_p95 or 0.0, measured.cpu_cores_p50 or 0.0
    available = profile.vcpu * profile.instances
    found = []
    if p95 >= BUSY * available:
        text = f"its cores are busy ({p95 / available:.0%} at p95): add an instance, {profile.instances + 1} in all"
        found.append(Advice(kind="scale_out", text=text, evidence={"cpu_cores_p95": p95, "available": available}))
    if profile.instances > 1 and p50 > 0 and p95 / p50 >= PEAK_RATIO:
        text = (
            f"peaks are {p95 / p50:.1f} times the median: scale with the load, from 1 to {profile.instances} instances"
        )
        found.append(Advice(kind="autoscale", text=text, evidence={"cpu_cores_p50": p50, "cpu_cores_p95": p95}))
    return found


def _elsewhere(now: Estimate, others: Sequence[Estimate]) -> list[Advice]:
    """Only from a whole price to a whole price: an unknown part could eat the saving."""
    if not now.complete or now.platform == "local":
        return []
    cheaper = [e for e in others if e.complete and e.platform not in (now.platform, "local")]
    best = min(cheaper, key=lambda e: e.known_usd, default=None)
    if best is None or best.known_usd >= now.known_usd:
        return []
    saving = now.known_usd - best.known_usd
    text = f"{best.platform} ({best.plan}) would be {best.known_usd} USD a month, {now.platform} is {now.known_usd} USD"
    return [Advice(kind="cheaper_platform", text=text, saving_usd=saving, evidence={"platform": best.platform})]


__all__ = ["Measured", "advise", "needed"]
