"""Rendering with Copier."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from copier import run_copy
from copier.errors import CopierError
from jinja2 import TemplateError
from ruff import find_ruff_bin

from memory.records.change import Change
from memory.records.manifest import MANIFEST_NAME, Manifest
from memory.records.spec import AppSpec
from tools.scaffold.answers import to_answers
from tools.scaffold.catalogue import Template, find_template
from tools.scaffold.contract.answers import contract_answers, contract_files
from tools.scaffold.interface import Rendered, Scaffold, ScaffoldError, UnsupportedSpec
from tools.scaffold.moves import expected_files, moved_files
from tools.scaffold.schema.migration import FOLDER, migration_file, schema_change

COMPACT = ("--config", "format.skip-magic-trailing-comma=true", "--config", "lint.isort.split-on-trailing-comma=false")
FORMATTING = (("check", "--fix-only", "--select", "I,F401,RUF022", *COMPACT), ("format", *COMPACT))
"""Templates import all that they may need and break no lines; ruff tidies up behind them."""


class CopierScaffold(Scaffold):
    """Renders the templates below one folder, without running anything that they bring along."""

    def __init__(self, templates: Path) -> None:
        self._templates = templates

    def render(self, spec: AppSpec, template: str, target: Path) -> tuple[str, ...]:
        found = find_template(template)
        if spec.kind != found.kind:
            raise UnsupportedSpec(f"the template {found.id} makes applications of kind {found.kind}, not {spec.kind}")
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ScaffoldError(f"{target.name} exists already and is not empty")
        try:
            self._write(spec, found, target)
        except OSError as error:
            place, why = error.filename or target.parent, error.strerror or error
            raise ScaffoldError(
                f"the application cannot be written at {place}: {why}; mend that and ask again"
            ) from error
        return tuple(sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()))

    def render_change(
        self, change: Change, after: AppSpec, template: str, versions: Mapping[str, str], target: Path
    ) -> Rendered:
        tables = None if after.contract else schema_change(change.before, after, change.renames)
        added = None if tables is None else migration_file(tables, "; ".join(change.says) or after.title, versions)
        self.render(after, template, target)
        try:
            _place_versions(target, versions, added)
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(target)
            raise ScaffoldError(f"the migration cannot be written: {error}; mend that and ask again") from error
        files = tuple(sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()))
        return Rendered(files, added[0] if added else None, moved_files(change.before, after, change.renames))

    def expected(self, change: Change, after: AppSpec) -> tuple[str, ...]:
        return () if after.contract else expected_files(change.before, after, change.renames)

    def notes(self, change: Change, after: AppSpec) -> tuple[str, ...]:
        if after.contract is not None:
            return ()
        tables = schema_change(change.before, after, change.renames)
        return () if tables is None else tables.notes

    def _write(self, spec: AppSpec, template: Template, target: Path) -> None:
        """Whole or not at all."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
            draft = Path(folder) / "project"
            self._render(spec, template, draft)
            draft.replace(target)

    def _render(self, spec: AppSpec, template: Template, draft: Path) -> None:
        try:
            answers = template_answers(spec, template.version)
            run_copy(
                str(self._templates / template.id),
                draft,
                data=answers,
                defaults=True,
                quiet=True,
                unsafe=False,
            )
            made = manifest(spec, template, answers["contract"])
            (draft / MANIFEST_NAME).write_text(made.model_dump_json(indent=2) + "\n")
            for name, content in contract_files(spec).items() if spec.contract is not None else ():
                (draft / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            (draft / "spec.json").write_text(spec.model_dump_json(indent=2) + "\n")
            tidy(draft)
        except subprocess.CalledProcessError as error:
            raise ScaffoldError(
                f"the rendered {template.id} cannot be formatted: {error.stdout}{error.stderr}"
            ) from error
        except (CopierError, TemplateError, ValueError, subprocess.TimeoutExpired) as error:
            raise ScaffoldError(f"the template {template.id} could not be rendered: {error}") from error


def _place_versions(target: Path, versions: Mapping[str, str], added: tuple[str, str] | None) -> None:
    """The migrations that there are stay as they were: databases have run them."""
    folder = target / FOLDER
    for first in folder.glob("*.py"):
        first.unlink()
    if added is not None:
        (target / added[0]).write_text(added[1])
        tidy(target)
    for name, source in versions.items():
        (folder / name).write_text(source)


def template_answers(spec: AppSpec, template_version: str) -> dict[str, Any]:
    contract = None if spec.contract is None else contract_answers(spec)
    return {**to_answers(spec, template_version), "contract": contract}


def manifest(spec: AppSpec, template: Template, contract: dict[str, Any] | None) -> Manifest:
    """`contract`: the answers about it."""
    known: dict[str, Any] = {"generated_secrets": ("SECRET_KEY",) if spec.accounts else ()}
    if contract is not None:
        known = {"generated_secrets": ("API_TOKEN",) if contract["guarded"] else ()}
        known["health_path"] = contract["own_paths"]["health"]
        known["metrics_path"] = contract["own_paths"]["metrics"]
    return Manifest(template=template.id, template_version=template.version, asgi="app.main:app", **known)


def tidy(folder: Path) -> None:
    """Sort and prune imports, and format, by the project's own configuration."""
    for arguments in FORMATTING:
        argv = [find_ruff_bin(), *arguments, "--quiet", "--no-cache", "."]
        subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True, timeout=60)


__all__ = ["CopierScaffold"]
