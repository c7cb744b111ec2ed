"""Names that should be looked at before anything is installed: unknown, just published, or made to look like another.

A model invents names; whoever sees which ones it invents can publish them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Protocol

from pydantic import BaseModel, ConfigDict
from rapidfuzz.distance import OSA

from memory.records.report import Confidence, Finding, Severity
from tools.security.lock_file import canonical
from tools.security.packages.records import NPM, PYPI, Package
from tools.security.packages.registries import Known, Registry, RegistryUnavailable

YOUNG = timedelta(days=30)
SUSPICIOUS = timedelta(days=180)
FEW_VERSIONS = 3
SHORTEST = 4
"""Names of fewer letters are near many others."""
AT_ONCE = 8
KEEP_S = 86_400
INVENTED, LOOKALIKE, TOO_NEW = "unknown-package", "look-alike-package", "just-published-package"
UNTRUSTED_SOURCE = 829
CONTROL = {PYPI: "pip", NPM: "npm"}
"""Names that an index knows, if it knows any."""
AFFIXES = ("python-", "py-", "node-", "js-")
ENDINGS = ("-python", "-py", "-js", "2", "3", "js")


class Answer(BaseModel):
    """Of a registry, as it is kept."""

    model_config = ConfigDict(frozen=True)

    exists: bool
    first_published: datetime | None
    versions: int


class AnswerCache(Protocol):
    async def get(self, key: str) -> Answer | None: ...

    async def put(self, key: str, result: Answer, keep_s: int) -> None: ...


@dataclass(frozen=True)
class NamesResult:
    findings: tuple[Finding, ...]
    asked: int
    not_answered: tuple[str, ...] = ()
    """`name: why`"""
    age_unknown: tuple[str, ...] = field(default=())
    """Names whose registry does not tell since when it has them."""


class NameChecker:
    def __init__(
        self,
        registries: Iterable[Registry],
        *,
        trusted: Mapping[str, frozenset[str]] | None = None,
        cache: AnswerCache | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`trusted`: by ecosystem, names that nobody has to ask about (what our templates pin)."""
        self._registries = {registry.ecosystem: registry for registry in registries}
        self._trusted = trusted or {}
        self._cache = cache
        self._now = now

    async def check(self, packages: Iterable[Package]) -> NamesResult:
        wanted = {(p.ecosystem, _normal(p.ecosystem, p.name)): p for p in packages}
        open_ = [p for (eco, name), p in wanted.items() if name not in self._trusted.get(eco, frozenset())]
        gate = asyncio.Semaphore(AT_ONCE)
        away: dict[str, str] = {}
        told = await asyncio.gather(*(self._look_up(p, gate, away) for p in open_))
        told = await self._believed(open_, told)
        findings: list[Finding] = []
        missing, ageless = [], []
        for package, known in zip(open_, told, strict=True):
            if isinstance(known, str):
                missing.append(f"{package.name}: {known}")
                continue
            ageless += [package.name] if known.exists and known.first_published is None else []
            finding = judge(package, known, self._now())
            findings += [finding] if finding else []
        return NamesResult(tuple(findings), len(open_), tuple(missing), tuple(ageless))

    async def _believed(self, packages: list[Package], told: list[Known | str]) -> list[Known | str]:
        """An index that knows none of the names is asked for one that it must know, before any is called invented."""
        for ecosystem, registry in self._registries.items():
            own = [known for p, known in zip(packages, told, strict=True) if p.ecosystem == ecosystem]
            if own and all(isinstance(known, Known) and not known.exists for known in own):
                try:
                    honest = (await registry.look_up(CONTROL[ecosystem])).exists
                except RegistryUnavailable:
                    honest = False
                if not honest:
                    why = f"the index knows not even {CONTROL[ecosystem]}, so its answers say nothing"
                    told = [why if p.ecosystem == ecosystem else k for p, k in zip(packages, told, strict=True)]
        return told

    async def _look_up(self, package: Package, gate: asyncio.Semaphore, away: dict[str, str]) -> Known | str:
        """`away`: why a registry does not answer; it is not waited for again and again."""
        registry = self._registries.get(package.ecosystem)
        if registry is None:
            return f"no registry for {package.ecosystem} is set up"
        key = f"name:{package.ecosystem}:{_normal(package.ecosystem, package.name)}"
        kept = await self._cache.get(key) if self._cache else None
        if kept is not None:
            return Known(kept.exists, kept.first_published, kept.versions)
        async with gate:
            if package.ecosystem in away:
                return away[package.ecosystem]
            try:
                known = await registry.look_up(package.name)
            except RegistryUnavailable as error:
                return away.setdefault(package.ecosystem, str(error))
        if self._cache and known.exists:  # one that is missing may appear at any moment
            answer = Answer(exists=True, first_published=known.first_published, versions=known.versions)
            await self._cache.put(key, answer, KEEP_S)
        return known


def judge(package: Package, known: Known, now: datetime) -> Finding | None:
    like = looks_like(package.ecosystem, package.name)
    age = now - known.first_published if known.first_published else None
    hint = f"; did you mean {like}?" if like else ""
    if not known.exists:
        why = f"{package.name} is not known to the index: whoever publishes it decides what is installed{hint}"
        return _finding(package, INVENTED, Severity.HIGH, Confidence.HIGH, why)
    young = age is not None and age < YOUNG
    if like and (young or (age is not None and age < SUSPICIOUS) or known.versions < FEW_VERSIONS):
        why = f"{package.name} looks like {like}, and is {_age(age)}, with {known.versions} releases"
        return _finding(package, LOOKALIKE, Severity.HIGH, Confidence.MEDIUM, why)
    if young:
        return _finding(package, TOO_NEW, Severity.MEDIUM, Confidence.MEDIUM, f"{package.name} is {_age(age)}{hint}")
    if like:
        return _finding(package, LOOKALIKE, Severity.MEDIUM, Confidence.LOW, f"{package.name} looks like {like}")
    return None


def _age(age: timedelta | None) -> str:
    return "of unknown age" if age is None else f"known for {max(age.days, 0)} days"


def _finding(package: Package, rule: str, severity: Severity, confidence: Confidence, why: str) -> Finding:
    return Finding(
        file=package.file,
        line=package.line,
        cwe=UNTRUSTED_SOURCE,
        severity=severity,
        confidence=confidence,
        rule=rule,
        tool="package-names",
        why=why,
        fix="take the package that is meant, after a look at its page; leave it out where nobody knows what it is for",
    )


def looks_like(ecosystem: str, name: str) -> str | None:
    """The popular name that this one could be taken for; None where it is one itself, or like none."""
    own = _normal(ecosystem, name)
    known = popular(ecosystem)
    if own in known or len(own) < SHORTEST:
        return None
    bare = own.replace("-", "").replace("_", "").replace(".", "")
    for other in known:
        if other.replace("-", "").replace("_", "").replace(".", "") == bare:
            return other
    if len(own) > SHORTEST:
        near = (
            o
            for o in known
            if abs(len(o) - len(own)) < 2 and len(o) > SHORTEST and OSA.distance(o, own, score_cutoff=1) == 1
        )
        found = next(near, None)
        if found is not None:
            return found
    stems = {own.removeprefix(a) for a in AFFIXES} | {own.removesuffix(e) for e in ENDINGS}
    return next((stem for stem in sorted(stems - {own}) if stem in known), None)


@cache
def popular(ecosystem: str) -> frozenset[str]:
    lines = files("tools.security.packages").joinpath("popular.txt").read_text().splitlines()
    words = [line.split() for line in lines if not line.startswith("#")]
    return frozenset(name for eco, *names in words if eco == ecosystem for name in names)


def _normal(ecosystem: str, name: str) -> str:
    return canonical(name) if ecosystem == PYPI else name.lower()


__all__ = ["INVENTED", "LOOKALIKE", "TOO_NEW", "Answer", "NameChecker", "NamesResult", "judge", "looks_like", "popular"]
