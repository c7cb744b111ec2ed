"""`softwright security`: every check over any folder, without a project and without a server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from memory.records.execution import Limits
from memory.records.report import Finding
from memory.settings import REPOSITORY, load_settings
from server.cli import security_fix
from server.cli.errors import FAILED, WRONG_USE, CommandError
from server.cli.screen import print_json, result, say
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.security.code_scanner import CodeScanner
from tools.security.folder import FolderScan, scan_folder
from tools.security.gate import closes_gate
from tools.security.interpreter import running_environment
from tools.security.packages.guard import shipped_names
from tools.security.packages.opening import open_dependencies
from tools.security.revision import RevisionError
from tools.security.secrets_scanner import SecretsScanner

LIMITS = Limits(
    wall_s=900.0,
    cpu_s=1800,
    memory_bytes=3 << 30,
    output_bytes=256 << 20,
    workspace_bytes=64 << 30,
    workspace_files=2_000_000,
)


def command(
    path: Annotated[Path, typer.Argument(help="The folder to look at.")] = Path(),
    against: Annotated[
        str | None, typer.Option("--against", metavar="REF", help="Compare with a commit; only what is new counts.")
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="First mend what a machine can, a commit each, where the tests stay as good.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look for weaknesses, secrets and vulnerable dependencies in a folder; exit code 1 when the gate closes."""
    folder = path.resolve()
    if not folder.is_dir():
        raise CommandError(f"{path} is no folder: give the folder to look at", WRONG_USE)
    outcomes = security_fix.fix(folder, LIMITS) if fix else []
    try:
        scan = asyncio.run(_scan(folder, against))
    except RevisionError as error:
        raise CommandError(str(error), WRONG_USE) from error
    if as_json:
        fixes = {"fixes": [outcome.model_dump(mode="json") for outcome in outcomes]} if fix else {}
        print_json(scan.as_json() | fixes)
    else:
        if fix:
            security_fix.show(outcomes)
        _show(scan)
    if not scan.gate_open:
        raise typer.Exit(FAILED)


async def _scan(folder: Path, against: str | None) -> FolderScan:
    sandbox, environment = BubblewrapSandbox(), running_environment()
    settings = load_settings()
    trusted = shipped_names(REPOSITORY / "templates") | set(settings.trusted_packages)
    async with open_dependencies(mirror=settings.osv_mirror, trusted=trusted) as dependencies:
        scanners = (
            CodeScanner(sandbox, environment, limits=LIMITS),
            SecretsScanner(sandbox, environment, limits=LIMITS),
            dependencies.scanner,
        )
        return await scan_folder(folder, scanners, against)


def _show(scan: FolderScan) -> None:
    new = None if scan.comparison is None else {finding.fingerprint for finding in scan.comparison.new}
    for finding in sorted(scan.findings, key=lambda f: (not closes_gate(f), f.file, f.line or 0)):
        result(_line(finding) + ("" if new is None else " [new]" if finding.fingerprint in new else " [there before]"))
    for finding in scan.comparison.fixed if scan.comparison else ():
        result(f"fixed: {_line(finding)}")
    for waiver in scan.waived:
        place = f"{waiver.file}:{waiver.line or 1}"
        result(f"waived: {place} {waiver.rule}, {waiver.author} until {waiver.until}: {waiver.reason}")
    for check in scan.checks:
        result(f"{check.name}: {check.outcome.value}, {check.summary}")
    if scan.comparison is not None:
        compared = scan.comparison
        counts = f"{len(compared.new)} new, {len(compared.fixed)} fixed, {compared.unchanged} unchanged"
        result(f"against {compared.base[:10]}: {counts}")
    result(f"score: {'none' if scan.score is None else scan.score}")
    for reason in scan.reasons:
        say(f"gate closed: {reason}", "red")


def _line(finding: Finding) -> str:
    mark = "!" if closes_gate(finding) else " "
    place = f"{finding.file}:{finding.line or 1}"
    number = f" CWE-{finding.cwe}" if finding.cwe else ""
    level = f"{finding.severity.value}/{finding.confidence.value}"
    waivable = f" [{finding.fingerprint}]" if closes_gate(finding) else ""
    return f"{mark} {place}: {finding.rule}{number} ({level}, {finding.tool}): {finding.why}. {finding.fix}{waivable}"


__all__ = ["command"]
