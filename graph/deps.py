"""What the nodes work with, made in wiring and handed down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from agents.models.factory import Gateways
from memory.code import CodeStore
from memory.database import Pool
from memory.events import Events
from memory.records.execution import EnvironmentProvider, Executor, Resolver
from memory.secrets import Secrets
from memory.settings import Settings
from memory.store import Store
from tools.deploy.interface import Platform
from tools.iterator.embedder import Embedder
from tools.iterator.interface import ImpactAnalyser
from tools.profiler.profiler import Profiler
from tools.scaffold.interface import Scaffold
from tools.security.interface import Scanner
from tools.testing.baseline import BaselineRunner
from tools.testing.interface import SuiteRunner
from tools.testing.mutation_judge import MutationJudge


@dataclass(frozen=True)
class Deps:
    settings: Settings
    pool: Pool
    store: Store
    events: Events
    code: CodeStore
    scaffold: Scaffold
    executor: Executor
    environments: EnvironmentProvider
    resolver: Resolver
    suite: SuiteRunner
    judge: MutationJudge
    baseline: BaselineRunner
    profiler: Profiler
    scanners: Sequence[Scanner]
    platform: Platform
    secrets: Secrets
    models: Gateways
    impact: ImpactAnalyser
    embedder: Embedder | None
    """None: no embedding model is set."""
    http: httpx.AsyncClient


__all__ = ["Deps"]
