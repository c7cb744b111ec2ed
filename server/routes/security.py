"""What QA found of a project's safety: the report of the commit that it stands at, and looking anew."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from memory.records.report import Check, QaReport
from memory.store import Row
from server.parts import Id, Parts, PartsDep, found, signed_in
from server.problems import Problem, documented
from server.starting import OnceDep, new_run
from tools.testing.interface import TESTS_CHECK

router = APIRouter(prefix="/api/projects/{project_id}/security", dependencies=[Depends(signed_in)], tags=["quality"])


@router.get("", responses=documented(401, 404))
async def latest(project_id: Id, parts: PartsDep) -> dict[str, Any]:
    """The last report of the project's commit."""
    project = await _with_code(parts, project_id)
    report = await parts.store.report(project_id, project["commit"])
    if report is None:
        remedy = f"POST /api/projects/{project_id}/security looks at it"
        raise Problem(404, f"QA has not looked at commit {project['commit']}: {remedy}")
    return _document(project_id, report)


@router.post("", status_code=202, responses=documented(401, 404, 422))
async def anew(project_id: Id, parts: PartsDep, once: OnceDep, response: Response) -> dict[str, Any]:
    """Looks at the commit anew; advisories become known and waivers end while code stays as it is."""
    project = await _with_code(parts, project_id)
    asked = {"request": "look for weaknesses anew", "commit": project["commit"]}
    return await new_run(parts, project_id, "check", asked, once.of(None), response)


async def _with_code(parts: Parts, project_id: str) -> Row:
    project = found(await parts.store.project(project_id), "project")
    if project["commit"] is None:
        raise Problem(404, "this project has no code yet: wait for its first run to end")
    return project


def _document(project_id: str, report: QaReport) -> dict[str, Any]:
    checks = [check for check in report.checks if check.name != TESTS_CHECK]
    told = report.model_dump(mode="json", include={"commit", "passed", "waived", "comparison"})
    return {
        "project_id": project_id,
        "score": report.security_score,
        "checks": [_check(check) for check in checks],
        "findings": [{"check": c.name, **f.model_dump(mode="json")} for c in checks for f in c.findings],
        **told,
    }


def _check(check: Check) -> dict[str, Any]:
    return check.model_dump(mode="json", include={"name", "outcome", "summary", "duration_s"})


__all__ = ["router"]
