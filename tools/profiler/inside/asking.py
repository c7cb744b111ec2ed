"""The requests of a recording: rows are made, everything is asked; later the same again, of another version."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from tools.profiler.inside.asgi import Answer, Application
from tools.profiler.inside.operations import FORM, JSON, Asked, Known, Operation, request_for
from tools.profiler.inside.samples import Samples

ROWS = 2
MOST_STEPS = 160
ANSWER_BYTES = 20_000
TEXTS = ("text/plain", "text/csv")
FAILED = 400
GIVEN = 8
"""Texts of so many letters that another run gives otherwise are names that it made: ids, tokens."""
NOBODY = {"integer": "987654321", "string": "00000000-0000-4000-8000-00000000dead"}
PASSWORD = "correct horse battery staple 9"  # noqa: S105 - of an account that is made here, in a database of the run
CREDENTIALS = {"username": "someone@example.com", "email": "someone@example.com", "password": PASSWORD}
Step = dict[str, Any]


class Asking:
    def __init__(
        self, app: Application, document: Mapping[str, Any], operations: list[Operation], total_s: float
    ) -> None:
        self._app, self._samples = app, Samples(document)
        self._operations = operations
        self._known = Known(credentials=dict(CREDENTIALS))
        self._ends = time.monotonic() + total_s
        self._steps: list[Step] = []
        self._token: int | None = None
        """The step whose answer gave the token."""
        self._now: dict[str, Any] = {}
        """What an earlier run called so is called otherwise in this one."""

    async def first(self) -> list[Step]:
        await self._sign_in()
        makers = [o for o in self._operations if o.method == "POST" and not o.parameters and not self._signs(o)]
        readers = [o for o in self._operations if o.method == "GET"]
        for number in range(ROWS):
            for operation in makers:
                await self._ask(operation, number)
        for operation in readers:
            await self._ask(operation, 0)
        for operation in readers:
            if operation.parameters:
                await self._ask_for_nobody(operation)
        others = [o for o in self._operations if o.method in ("POST", "PUT", "PATCH") and o not in makers]
        for operation in others:
            if not self._signs(operation):
                await self._ask(operation, 0)
        for operation in readers if others else ():
            await self._ask(operation, 0)
        for operation in reversed([o for o in self._operations if o.method == "DELETE"]):
            await self._ask(operation, 0)
        return self._steps

    async def again(self, script: list[Step]) -> list[Step]:
        """The same requests, with the names that this run gives."""
        by_key = {operation.key: operation for operation in self._operations}
        for number, old in enumerate(script):
            operation = by_key.get(f"{old['method']} {old['template']}")
            asked, adapted = self._adapted(operation, self._same(old), number)
            if old["token"] is not None:
                self._take_token(old["token"])
            step = await self._send(old["method"], old["template"], asked, old["token"], adapted)
            if step is None:
                break
            self._rename(old["answer"], step["answer"])
            if operation is not None and old["method"] == "POST":
                self._known.learn(operation, step["answer"])
        return self._steps

    def _same(self, old: Step) -> Asked:
        parts = [quote(str(self._now.get(unquote(part), unquote(part))), safe="") for part in old["path"].split("/")]
        return Asked("/".join(parts), self._renamed(old["query"]), self._renamed(old["body"]), old["form"])

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._renamed(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._renamed(part) for part in value]
        return self._now.get(value, value) if isinstance(value, str) else value

    def _rename(self, old: Any, new: Any) -> None:
        if isinstance(old, dict) and isinstance(new, dict):
            for key in old.keys() & new.keys():
                self._rename(old[key], new[key])
        elif isinstance(old, list) and isinstance(new, list):
            for first, second in zip(old, new, strict=False):
                self._rename(first, second)
        elif isinstance(old, str) and isinstance(new, str) and old != new and len(old) >= GIVEN:
            self._now.setdefault(old, new)

    def _adapted(self, operation: Operation | None, asked: Asked, number: int) -> tuple[Asked, list[str]]:
        """What must be other about a body for this version to take it, so that what depends on it can go on."""
        if operation is None or not isinstance(asked.body, dict):
            return asked, []
        content = operation.described.get("requestBody", {}).get("content", {})
        schema = self._samples.resolved(content.get(JSON, {}).get("schema"))
        properties, body, told = schema.get("properties") or {}, dict(asked.body), []
        for name in [name for name in schema.get("required", ()) if name not in body and name in properties]:
            found = self._known.id_for(name, number) if re.search(r"(_id|Id)$", name) else None
            body[name] = self._samples.value(properties[name], number, name) if found is None else found
            told.append(f"asks for {name}")
        for name in [name for name in body if properties and name not in properties]:
            del body[name]
            told.append(f"does not take {name}")
        return Asked(asked.path, asked.query, body, asked.form), told

    async def _ask(self, operation: Operation, number: int) -> None:
        asked = request_for(operation, self._samples, self._known, number)
        step = await self._send(operation.method, operation.path, asked, self._token, [])
        if step is not None and step["status"] < FAILED and operation.method in ("POST", "GET"):
            self._known.learn(operation, step["answer"])

    async def _ask_for_nobody(self, operation: Operation) -> None:
        asked = request_for(operation, self._samples, self._known, 0)
        last = operation.parameters[-1]
        given = {str(p.get("name")): p for p in map(self._samples.resolved, operation.described.get("parameters", ()))}
        kind = self._samples.resolved(given.get(last, {}).get("schema", {})).get("type", "string")
        before, _, after = operation.path.rpartition("{" + last)
        depth, tail = before.count("/"), after.partition("}")[2]
        head = "/".join(asked.path.split("/")[:depth])
        path = f"{head}/{NOBODY.get(kind, NOBODY['string'])}{tail}"
        await self._send(operation.method, operation.path, Asked(path, asked.query, None), self._token, [])

    async def _send(
        self, method: str, template: str, asked: Asked, token: int | None, adapted: list[str]
    ) -> Step | None:
        """None: enough was asked."""
        if len(self._steps) >= MOST_STEPS or time.monotonic() > self._ends:
            return None
        headers = self._known.headers if token is not None else {}
        try:
            answer = await self._app.ask(
                method, asked.path, query=asked.query, body=asked.body, form=asked.form, headers=headers
            )
        except TimeoutError:
            answer = Answer(0, b"", 0.0)
        self._steps.append(
            {
                "method": method,
                "template": template,
                "path": asked.path,
                "query": asked.query,
                "body": asked.body,
                "form": asked.form,
                "token": token,
                "status": answer.status,
                "kind": answer.kind,
                "answer": _kept(answer),
                "adapted": adapted,
            }
        )
        return self._steps[-1]

    def _signs(self, operation: Operation) -> bool:
        """Whether it makes an account or gives a token."""
        content = operation.described.get("requestBody", {}).get("content", {})
        schema = self._samples.resolved(content.get(JSON, {}).get("schema"))
        return operation.method == "POST" and (FORM in content or "password" in schema.get("properties", {}))

    async def _sign_in(self) -> None:
        for form in (False, True):
            for operation in filter(self._signs, self._operations):
                content = operation.described.get("requestBody", {}).get("content", {})
                if (JSON not in content) is not form:
                    continue
                asked = request_for(operation, self._samples, self._known, 0)
                body = asked.body
                if isinstance(body, dict):
                    wanted = self._samples.resolved(content[JSON]["schema"]).get("properties", {})
                    body = body | {key: value for key, value in CREDENTIALS.items() if key in wanted}
                asked = Asked(asked.path, asked.query, body, asked.form)
                if await self._send("POST", operation.path, asked, None, []) is not None:
                    self._take_token(len(self._steps) - 1)

    def _take_token(self, number: int) -> None:
        answer = self._steps[number]["answer"] if 0 <= number < len(self._steps) else None
        if isinstance(answer, dict) and isinstance(token := answer.get("access_token") or answer.get("token"), str):
            self._known.headers["authorization"] = f"Bearer {token}"
            self._token = number


def _kept(answer: Answer) -> Any:
    if len(answer.body) > ANSWER_BYTES:
        return None
    if answer.kind.endswith("json"):
        return answer.json()
    return answer.body.decode("utf-8", "replace") if answer.kind in TEXTS else None


__all__ = ["Asking", "Step"]
