"""Puts the parts together: the one place that knows which implementation stands behind which contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from agents.models.factory import make_gateways
from graph.deps import Deps
from graph.serving import all_platforms
from memory.audit_cache import AuditCache
from memory.code import CodeStore
from memory.database import make_pool
from memory.events import Events, make_redis
from memory.repositories.code_index import CodeIndexes
from memory.repositories.code_vectors import CodeVectors
from memory.scan_cache import ScanCache
from memory.scratch import remove_forsaken
from memory.secrets_file import FileSecrets
from memory.services.ensure import Services
from memory.settings import REPOSITORY, Settings
from memory.store import Store
from tools.iterator.analyser import LexicalImpact
from tools.iterator.embedder import make_embedder
from tools.iterator.index import Index
from tools.iterator.meaning import make_meaning
from tools.profiler.profiler import Profiler
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.sandbox.npm import NpmEnvironments
from tools.sandbox.resolving import UvResolver
from tools.scaffold.copier_scaffold import CopierScaffold
from tools.security.code_scanner import CodeScanner
from tools.security.interface import AuditResult
from tools.security.interpreter import running_environment
from tools.security.packages.guard import CheckedPackages, CheckedResolver, shipped_names
from tools.security.packages.names import Answer
from tools.security.packages.opening import open_dependencies
from tools.security.secrets_scanner import SecretsScanner
from tools.testing.baseline import BaselineRunner
from tools.testing.mutation_judge import Judging, MutationJudge
from tools.testing.pytest_runner import PytestRunner


@asynccontextmanager
async def open_deps(settings: Settings, services: Services) -> AsyncIterator[Deps]:
    """Everything that the nodes need, connected; closed afterwards."""
    await asyncio.to_thread(remove_forsaken, settings.workspaces)
    sandbox = BubblewrapSandbox()
    environments = UvEnvironments(settings.environments, sandbox)
    plain_resolver = UvResolver(settings.environments, sandbox)
    scanner = running_environment()
    redis = make_redis(services.redis_url)
    pool = make_pool(services.database_url)
    await pool.open()
    models = make_gateways(settings, pool)
    trusted = await asyncio.to_thread(shipped_names, REPOSITORY / "templates")
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        open_dependencies(
            mirror=settings.osv_mirror,
            trusted=trusted | set(settings.trusted_packages),
            audits=AuditCache(pool, AuditResult),
            answers=AuditCache(pool, Answer),
            installed=environments,
        ) as dependencies,
    ):
        resolver = CheckedResolver(plain_resolver, dependencies.names)
        scripts = CheckedPackages(NpmEnvironments(settings.environments / "npm", sandbox), dependencies.names)
        try:
            yield Deps(
                settings=settings,
                pool=pool,
                store=Store(pool),
                events=Events(redis),
                code=CodeStore(settings.repositories),
                scaffold=CopierScaffold(REPOSITORY / "templates"),
                executor=sandbox,
                environments=environments,
                resolver=resolver,
                suite=PytestRunner(sandbox, environments),
                judge=MutationJudge(sandbox, judging=Judging(mutants_each=4, total_s=60.0)),
                baseline=BaselineRunner(sandbox, environments, resolver, scripts),
                profiler=Profiler(sandbox),
                scanners=(
                    CodeScanner(sandbox, scanner, known=ScanCache(redis)),
                    SecretsScanner(sandbox, scanner, known=ScanCache(redis)),
                    dependencies.scanner,
                ),
                platform=all_platforms(settings, pool, http),
                secrets=FileSecrets(settings.secrets),
                models=models,
                impact=LexicalImpact(Index(CodeIndexes(pool)), make_meaning(settings, CodeVectors(pool))),
                embedder=make_embedder(settings),
                http=http,
            )
        finally:
            await models.aclose()
            await pool.close()
            await redis.aclose()


__all__ = ["open_deps"]
