"""Errors as RFC 9457 problem documents."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from memory.secrets import SecretsError

logger = logging.getLogger("softwright.api")
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is an error, with its words for a person."""

    def __init__(self, status: int, detail: str, errors: Sequence[Any] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


class ProblemDocument(BaseModel):
    """For the API's own description."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = []


def problem(
    status: int, detail: str, errors: Sequence[Any] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these are answered as problem documents."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def add_problems(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    @app.exception_handler(Problem)
    async def own(_: Request, error: Problem) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return problem(error.status, error.detail, error.errors, headers)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 405:
            allow = ", ".join(sorted(_allowed(routers, request)))
            return problem(405, f"{request.method} is not possible here; {allow} is", headers={"Allow": allow})
        detail = f"there is nothing at {request.url.path}" if error.detail == "Not Found" else str(error.detail)
        return problem(error.status_code, detail, headers=dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _invalid(error.errors())

    @app.exception_handler(SecretsError)
    async def secrets(_: Request, error: SecretsError) -> JSONResponse:
        logger.warning("secrets: %s", error)
        return problem(500, str(error))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> JSONResponse:
        """Its traceback is in the log; the server's own error handling has put it there."""
        return problem(500, "an error of the server's own; its log has the details")


def _invalid(found: Iterable[Any]) -> JSONResponse:
    errors = [{"loc": [_text(p) for p in e["loc"]], "msg": _text(e["msg"]), "type": e["type"]} for e in found]
    if any(error["loc"][:1] == ["path"] for error in errors):
        return problem(404, "there is no such thing: the address names it by what cannot be its id")
    return problem(422, "the request is not valid", errors)


def _text(part: object) -> str:
    """What JSON can carry: names come from the request, and may hold half of a character."""
    return str(part).encode(errors="replace").decode()


def _allowed(routers: Sequence[APIRouter], request: Request) -> set[str]:
    """Of all routes with this path; FastAPI names those of the first one only. A path that stands as it is goes
    before one with a parameter in its place."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    matching = [route for route in matching if route.path == request.url.path] or matching
    return {method for route in matching for method in route.methods or ()} or {"GET"}


def describe_problems(app: FastAPI) -> None:
    """Puts the problem document into the OpenAPI description, in the place of FastAPI's own error."""
    original = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = original()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
            for operations in document["paths"].values():
                for operation in operations.values():
                    _without_fastapis_own_error(operation["responses"])
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend its description


def _without_fastapis_own_error(responses: dict[str, Any]) -> None:
    """It adds one to each operation with a parameter that does not describe its 422 itself."""
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]


__all__ = ["MEDIA_TYPE", "Problem", "add_problems", "describe_problems", "documented", "problem"]
