"""Railway, by GraphQL: a project of one service for each slot; old images are kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from memory.records.serving import Resources
from tools.deploy.interface import NothingBefore
from tools.deploy.remote.calls import CallFailed, Calls, Missing, NotAllowed, Refused, Unclear
from tools.deploy.remote.interface import (
    PORT,
    Blueprint,
    Deploy,
    Line,
    Measured,
    Needs,
    Pace,
    Progress,
    Provider,
    Service,
    Stage,
    once,
)

STAGES = {
    "SUCCESS": Stage.LIVE,
    "SLEEPING": Stage.LIVE,
    "FAILED": Stage.FAILED,
    "CRASHED": Stage.FAILED,
    "NEEDS_APPROVAL": Stage.FAILED,
    "REMOVED": Stage.REPLACED,
    "REMOVING": Stage.REPLACED,
    "SKIPPED": Stage.REPLACED,
}
"""Any other: it works on it."""
PATH = "/graphql/v2"
SAMPLE_S = 60
PAGE = 100
QUERIES: Mapping[str, str] = {
    "projects": """query projects($first: Int!, $after: String, $workspaceId: String) {
        projects(first: $first, after: $after, workspaceId: $workspaceId) { pageInfo { hasNextPage endCursor }
            edges { node { id name createdAt environments { edges { node { id } } }
                services { edges { node { id name createdAt } } } } } } }""",
    "domains": """query domains($projectId: String!, $environmentId: String!, $serviceId: String!) {
        domains(projectId: $projectId, environmentId: $environmentId, serviceId: $serviceId) {
            serviceDomains { domain } } }""",
    "deployments": """query deployments($input: DeploymentListInput!) { deployments(first: 20, input: $input) {
        edges { node { id status createdAt meta } } } }""",
    "deployment": "query deployment($id: String!) { deployment(id: $id) { id status canRollback } }",
    "buildLogs": """query buildLogs($id: String!, $limit: Int!) {
        buildLogs(deploymentId: $id, limit: $limit) { timestamp message } }""",
    "deploymentLogs": """query deploymentLogs($id: String!, $limit: Int!) {
        deploymentLogs(deploymentId: $id, limit: $limit) { timestamp message } }""",
    "metrics": """query metrics($environmentId: String!, $serviceId: String!, $startDate: DateTime!, $sample: Int!) {
        metrics(environmentId: $environmentId, serviceId: $serviceId, startDate: $startDate,
            sampleRateSeconds: $sample, measurements: [CPU_USAGE, MEMORY_USAGE_GB]) {
            measurement values { ts value } } }""",
    "requests": """query requests($environmentId: String!, $serviceId: String!, $from: DateTime!, $to: DateTime!) {
        httpMetricsGroupedByStatus(environmentId: $environmentId, serviceId: $serviceId, startDate: $from,
            endDate: $to) { statusCode samples { ts value } } }""",
}
MUTATIONS: Mapping[str, str] = {
    "projectCreate": "mutation projectCreate($input: ProjectCreateInput!) { projectCreate(input: $input) { id } }",
    "projectDelete": "mutation projectDelete($id: String!) { projectDelete(id: $id) }",
    "serviceCreate": "mutation serviceCreate($input: ServiceCreateInput!) { serviceCreate(input: $input) { id } }",
    "serviceDomainCreate": """mutation serviceDomainCreate($input: ServiceDomainCreateInput!) {
        serviceDomainCreate(input: $input) { domain } }""",
    "variableCollectionUpsert": """mutation variableCollectionUpsert($input: VariableCollectionUpsertInput!) {
        variableCollectionUpsert(input: $input) }""",
    "serviceInstanceUpdate": """mutation serviceInstanceUpdate($environmentId: String!, $serviceId: String!,
        $input: ServiceInstanceUpdateInput!) {
        serviceInstanceUpdate(environmentId: $environmentId, serviceId: $serviceId, input: $input) }""",
    "serviceInstanceLimitsUpdate": """mutation serviceInstanceLimitsUpdate($input: ServiceInstanceLimitsUpdateInput!) {
        serviceInstanceLimitsUpdate(input: $input) }""",
    "serviceInstanceDeployV2": """mutation serviceInstanceDeployV2($environmentId: String!, $serviceId: String!,
        $commitSha: String) { serviceInstanceDeployV2(environmentId: $environmentId, serviceId: $serviceId,
        commitSha: $commitSha) }""",
    "deploymentCancel": "mutation deploymentCancel($id: String!) { deploymentCancel(id: $id) }",
    "deploymentRollback": "mutation deploymentRollback($id: String!) { deploymentRollback(id: $id) }",
    "deploymentRestart": "mutation deploymentRestart($id: String!) { deploymentRestart(id: $id) }",
    "deploymentRemove": "mutation deploymentRemove($id: String!) { deploymentRemove(id: $id) }",
    "deploymentRedeploy": """mutation deploymentRedeploy($id: String!) {
        deploymentRedeploy(id: $id, usePreviousImageTag: true) { id } }""",
}


class Railway(Provider):
    name = "railway"
    needs = (Needs.REPOSITORY, Needs.IMAGE)

    def __init__(self, calls: Calls, *, workspace: str = "", address: str = "https://{domain}", pace: Pace) -> None:
        self._calls = calls
        self._workspace = workspace
        self._address = address
        self._pace = pace

    async def find(self, name: str) -> list[Service]:
        found: list[Any] = []
        after: str | None = None
        while True:
            variables = {"first": PAGE, "after": after, "workspaceId": self._workspace or None}
            page = await self._query("projects", **variables)
            found += [edge["node"] for edge in page["edges"] if edge["node"]["name"] == name]
            if not page["pageInfo"]["hasNextPage"]:
                return [_service(node) for node in sorted(found, key=lambda node: str(node["createdAt"]))]
            after = page["pageInfo"]["endCursor"]

    async def create(self, blueprint: Blueprint) -> Service:
        asked = {"name": blueprint.name, "defaultEnvironmentName": "production"}
        asked |= {"workspaceId": self._workspace} if self._workspace else {}
        made = await self._change("projectCreate", input=asked)
        return await self._again(Service(made["id"], blueprint.name, None))

    async def configure(self, service: Service, blueprint: Blueprint) -> Service:
        self._calls.hide(blueprint.variables)
        service = await self._with_service(service, blueprint)
        ids = _ids(service)
        settings = {"healthcheckPath": blueprint.health_path, "numReplicas": blueprint.resources.instances}
        image = blueprint.artefact.image
        source = {"image": image} if image else {"repo": _repo(blueprint.artefact.repository or "")}
        await self._change("serviceInstanceUpdate", repeatable=True, **ids, input=settings | {"source": source})
        await self._limited(service, blueprint.resources)
        values = {"projectId": service.id, **ids, "variables": dict(blueprint.variables)}
        upsert = values | {"replace": True, "skipDeploys": True}
        await self._change("variableCollectionUpsert", repeatable=True, input=upsert)

        async def look() -> str | None:
            domains = (await self._query("domains", projectId=service.id, **ids))["serviceDomains"]
            return domains[0]["domain"] if domains else None

        async def make() -> str:
            return str((await self._change("serviceDomainCreate", input=ids | {"targetPort": PORT}))["domain"])

        domain, _ = await once(look, make, self._pace)
        return Service(service.id, service.name, self._address.format(domain=domain), service.parts)

    async def deploys(self, service: Service) -> list[Deploy]:
        if not service.parts.get("service"):
            return []
        page = await self._query("deployments", input={"projectId": service.id, **_ids(service)})
        return [_deploy(edge["node"]) for edge in page["edges"]]

    async def start(self, service: Service, blueprint: Blueprint) -> Deploy:
        commit = None if blueprint.artefact.image else blueprint.artefact.commit
        made = await self._change("serviceInstanceDeployV2", **_ids(service), commitSha=commit)
        return Deploy(str(made), blueprint.artefact.version)

    async def progress(self, service: Service, deploy: str) -> Progress:
        status = (await self._query("deployment", id=deploy))["status"]
        return Progress(STAGES.get(status, Stage.WORKING), status, service.url)

    async def cancel(self, service: Service, deploy: str) -> None:
        try:
            await self._change("deploymentCancel", repeatable=True, id=deploy)
        except (Missing, Refused):  # it has ended
            return

    async def turn_back(self, service: Service, to: str) -> str:
        if not (await self._query("deployment", id=to))["canRollback"]:
            raise NothingBefore(
                "its image is no longer kept by Railway (1 to 5 days, by plan)",
                place=f"railway, {service.name}",
                remedy="Deploy the earlier commit instead",
            )
        before = (await self.deploys(service))[0].id
        await self._change("deploymentRollback", id=to)  # answers a boolean, whatever Railway's own pages say
        newest = (await self.deploys(service))[0].id
        if newest == before:
            raise Unclear("the way back is not among its deploys yet", place=f"railway, {service.name}", remedy="Wait")
        return newest

    async def restart(self, service: Service, deploy: str) -> None:
        await self._change("deploymentRestart", repeatable=True, id=deploy)

    async def scale(self, service: Service, deploy: str, resources: Resources) -> str:
        """Takes a deploy of the same image. Made twice, the newer one is the one that serves."""
        settings = {"numReplicas": resources.instances}
        await self._change("serviceInstanceUpdate", repeatable=True, **_ids(service), input=settings)
        await self._limited(service, resources)
        before = (await self.deploys(service))[0].id

        async def look() -> str | None:
            newest = (await self.deploys(service))[0].id
            return None if newest == before else newest

        async def make() -> str:
            return str((await self._change("deploymentRedeploy", id=deploy))["id"])

        made, unsure = await once(look, make, self._pace)
        return (await look() or made) if unsure else made

    async def measure(self, service: Service, deploy: str, since: datetime) -> Measured:
        ids, start, now = _ids(service), since.astimezone(UTC).isoformat(), datetime.now(UTC).isoformat()
        series = await self._query("metrics", **ids, startDate=start, sample=SAMPLE_S)
        by_name = {row["measurement"]: [float(point["value"]) for point in row["values"]] for row in series}
        requests = await self._query("requests", **ids, **{"from": start, "to": now})
        counted = {row["statusCode"]: sum(point["value"] for point in row["samples"]) for row in requests}
        memory = by_name.get("MEMORY_USAGE_GB") or [0.0]
        return Measured(
            instances=1,
            memory_bytes=round(memory[-1] * 10**9),
            cpu_seconds=sum(by_name.get("CPU_USAGE") or ()) * SAMPLE_S,
            requests=round(sum(counted.values())),
            errors=round(sum(count for status, count in counted.items() if status >= 500)),
        )

    async def lines(self, service: Service, deploy: str, limit: int) -> list[Line]:
        built = await self._query("buildLogs", id=deploy, limit=limit)
        ran = await self._query("deploymentLogs", id=deploy, limit=limit)
        return [Line(row["timestamp"], row["message"]) for row in [*built, *ran]][-limit:]

    async def stop(self, service: Service, deploy: str) -> None:
        try:
            await self._change("deploymentRemove", repeatable=True, id=deploy)
        except Missing:
            return

    async def delete(self, service: Service) -> None:
        try:
            await self._change("projectDelete", repeatable=True, id=service.id)
        except Missing:
            return

    async def _with_service(self, service: Service, blueprint: Blueprint) -> Service:
        async def look() -> Service | None:
            now = await self._again(service)
            return now if now.parts["service"] else None

        async def make() -> Service:
            # without a source, so that nothing is deployed before all is set
            asked: dict[str, Any] = {
                "projectId": service.id,
                "environmentId": (await self._again(service)).parts["environment"],
                "name": blueprint.name,
                "variables": dict(blueprint.variables),
            }
            await self._change("serviceCreate", input=asked)
            return await self._again(service)

        return (await once(look, make, self._pace))[0]

    async def _limited(self, service: Service, resources: Resources) -> None:
        asked = {**_ids(service), "memoryGB": resources.memory_mb / 1024, "vCPUs": resources.cpus}
        await self._change("serviceInstanceLimitsUpdate", repeatable=True, input=asked)

    async def _again(self, service: Service) -> Service:
        """With its ids as they are now."""
        for found in await self.find(service.name):
            if found.id == service.id:
                return found
        raise Missing("its project has gone", place=f"railway, {service.name}", remedy="Deploy it again")

    async def _query(self, name: str, **variables: Any) -> Any:
        return await self._asked(name, QUERIES[name], variables, repeatable=True)

    async def _change(self, name: str, *, repeatable: bool = False, **variables: Any) -> Any:
        return await self._asked(name, MUTATIONS[name], variables, repeatable=repeatable)

    async def _asked(self, name: str, text: str, variables: Mapping[str, Any], *, repeatable: bool) -> Any:
        body = {"operationName": name, "query": text, "variables": dict(variables)}
        answer = await self._calls.json("POST", PATH, json=body, repeatable=repeatable)
        if answer.get("errors"):
            raise self._refusal(name, answer["errors"])
        (value,) = answer["data"].values()
        return value

    def _refusal(self, name: str, errors: list[dict[str, Any]]) -> CallFailed:
        told = self._calls.shown("; ".join(str(error.get("message", error)) for error in errors))
        place = f"railway, {name}"
        if "not authorized" in told.lower():
            return NotAllowed(told, place=place, remedy=self._calls.remedy)
        if "not found" in told.lower():
            return Missing(told, place=place, remedy="It was removed, or is another account's")
        return Refused(told, place=place, remedy="Correct what it names and deploy again")


def _service(node: dict[str, Any]) -> Service:
    environments = [edge["node"]["id"] for edge in node["environments"]["edges"]]
    services = sorted((edge["node"] for edge in node["services"]["edges"]), key=lambda one: str(one["createdAt"]))
    first = services[0]["id"] if services else None
    return Service(node["id"], node["name"], None, {"environment": (environments or [None])[0], "service": first})


def _ids(service: Service) -> dict[str, Any]:
    return {"environmentId": service.parts["environment"], "serviceId": service.parts["service"]}


def _deploy(node: dict[str, Any]) -> Deploy:
    meta = node.get("meta") or {}
    return Deploy(node["id"], str(meta.get("image") or meta.get("commitHash") or ""))


def _repo(url: str) -> str:
    """owner/name."""
    return "/".join(url.rstrip("/").removesuffix(".git").split("/")[-2:])


__all__ = ["Railway"]
