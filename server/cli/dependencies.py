"""`softwright dependencies`: advisories, names, licences of what any folder depends on, and its list as CycloneDX."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from memory.records.report import Check, CheckOutcome
from memory.settings import REPOSITORY, load_settings
from server.cli.errors import FAILED, WRONG_USE, CommandError
from server.cli.screen import clean, print_json, result, say
from tools.security.folder import manifest_of
from tools.security.gate import closes_gate
from tools.security.packages.guard import shipped_names
from tools.security.packages.inventory import project_packages
from tools.security.packages.licences import installed_licences
from tools.security.packages.opening import open_dependencies
from tools.security.packages.records import Package
from tools.security.packages.sbom import sbom


def command(
    path: Annotated[Path, typer.Argument(help="The folder to look at.")] = Path(),
    out: Annotated[
        Path | None, typer.Option("--sbom", help="Write the CycloneDX list here (- for the screen).")
    ] = None,
    licences: Annotated[bool, typer.Option("--licences", help="Show the licence of each package.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at what a folder depends on; exit code 1 unless everything was answered for and nothing was found."""
    folder = path.resolve()
    if not folder.is_dir():
        raise CommandError(f"{path} is no folder: give the folder to look at", WRONG_USE)
    check, packages = asyncio.run(_look(folder))
    if out is not None:
        _write(out, sbom(folder.name, "0", packages, datetime.now(UTC)))
    if as_json:
        print_json(check.model_dump(mode="json") | {"packages": [vars(package) for package in packages]})
    elif str(out) != "-":
        _show(check, packages, licences=licences)
    if check.outcome is not CheckOutcome.PASSED:
        raise typer.Exit(FAILED)


async def _look(folder: Path) -> tuple[Check, tuple[Package, ...]]:
    settings = load_settings()
    trusted = shipped_names(REPOSITORY / "templates") | set(settings.trusted_packages)
    manifest = await asyncio.to_thread(manifest_of, folder)
    async with open_dependencies(mirror=settings.osv_mirror, trusted=trusted) as opened:
        check = await opened.scanner.scan(folder, manifest)
    known = {n: found for venv in (".venv", "venv") for n, found in installed_licences(folder / venv).items()}
    return check, await asyncio.to_thread(project_packages, folder, manifest, known)


def _write(out: Path, text: str) -> None:
    if str(out) == "-":
        result(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}", WRONG_USE) from error


def _show(check: Check, packages: tuple[Package, ...], *, licences: bool) -> None:
    for finding in sorted(check.findings, key=lambda f: (not closes_gate(f), f.file, f.line or 0)):
        mark = "!" if closes_gate(finding) else " "
        level = f"{finding.severity.value}/{finding.confidence.value}, {finding.tool}"
        result(
            clean(f"{mark} {finding.file}:{finding.line or 1}: {finding.rule} ({level}): {finding.why}. {finding.fix}")
        )
    for package in packages if licences else ():
        result(clean(f"{package.ecosystem} {package.label}: {package.licence or 'licence unknown'}"))
    counts = ", ".join(f"{count} {name}" for name, count in list(check.evidence.get("licences", {}).items())[:8])
    result(clean(f"licences: {counts or 'none'}"))
    say(clean(f"{check.outcome.value}: {check.summary}"), "green" if check.outcome is CheckOutcome.PASSED else "red")


__all__ = ["command"]
