"""OpenAPI files become applications: their own tests pass, and alive they do what the file says."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.contract.contract_apps import FILES, TOKEN, alive, app_python, document_of, rendered
from tests.integration.template.conftest import (
    SCHEMATHESIS,
    Job,
    Outcome,
    environment,
    make_database,
    postgres,
    run_suites,
)

__all__ = ["postgres"]
MIN_COVERAGE = 90
VARIED = ("devices", "monitored", "orders", "uploads")
"""Between them they have most of the parts of the template."""


@pytest.fixture(scope="session")
def python() -> Path:
    return app_python()


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the applications, made when they are first asked for."""
    return tmp_path_factory.mktemp("contract-apps")


@pytest.fixture(scope="session")
def suites(python: Path, apps: Path) -> dict[str, Outcome]:
    """Each application's own tests, all together: the libraries are loaded once."""
    jobs = [Job(rendered(name, apps), (("--cov=app", "--cov-report=json"),)) for name in FILES]
    return dict(zip(FILES, run_suites(python, jobs, timeout=400), strict=True))


def run(python: Path | str, folder: Path, *arguments: object) -> None:
    argv = [str(a) for a in (python, "-m", *arguments)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_own_tests_pass(suites: dict[str, Outcome], apps: Path, name: str) -> None:
    assert suites[name].code == 0, suites[name].output
    covered = json.loads((apps / name / "coverage.json").read_text())["totals"]["percent_covered"]
    assert covered >= MIN_COVERAGE


@pytest.mark.slow
def test_code_is_clean(python: Path, apps: Path) -> None:
    folders = [rendered(name, apps) for name in FILES]
    run(python, apps, "ruff", "check", "--no-cache", *folders)
    run(python, apps, "ruff", "format", "--check", "--no-cache", *folders)
    run(sys.executable, apps, "bandit", "-q", "-r", *(f / part for f in folders for part in ("app", "migrations")))


@pytest.mark.slow
@pytest.mark.long
def test_types(python: Path, apps: Path, tmp_path: Path) -> None:
    for name in VARIED:
        run(python, rendered(name, apps), "mypy", "--cache-dir", tmp_path)


@pytest.mark.slow
@pytest.mark.long
def test_own_tests_pass_on_postgresql(python: Path, apps: Path, tmp_path: Path, postgres: str) -> None:
    jobs = []
    for name in ("devices", "orders"):
        url = make_database(postgres, f"suite_of_{name}")
        jobs.append(Job(rendered(name, apps), environment={"TEST_DATABASE_URL": url}))
    assert [o.output for o in run_suites(python, jobs, timeout=200) if o.code != 0] == []


@pytest.mark.slow
def test_blog(python: Path, apps: Path) -> None:
    with alive(python, rendered("blog", apps)) as client:
        author = client.post("/authors", json={"name": "Ada", "email": "ada@example.com", "password": "correct horse"})
        assert author.status_code == 201
        assert set(author.json()) == {"id", "name", "email", "createdAt"}
        key = author.json()["id"]
        post = client.post(f"/authors/{key}/posts", json={"title": "One"}).json()
        assert post == {
            "id": post["id"],
            "authorId": key,
            "title": "One",
            "published": False,
            "createdAt": post["createdAt"],
        }
        assert client.get(f"/authors/{key}/posts").json() == [post]
        assert client.get(f"/authors/{key}/posts", params={"published": "true"}).json() == []
        assert client.get("/authors/999/posts").status_code == 404
        assert client.post("/authors/999/posts", json={"title": "x"}).status_code == 404
        wrong = client.post("/authors", json={"name": "", "email": "x"})
        assert wrong.status_code == 400
        assert wrong.headers["content-type"] == "application/problem+json"
        changed = client.put(f"/authors/{key}/posts/{post['id']}", json={"title": "Two", "published": True})
        assert (changed.json()["title"], changed.json()["createdAt"]) == ("Two", post["createdAt"])
        assert client.delete(f"/authors/{key}").status_code == 204
        assert client.get(f"/authors/{key}/posts/{post['id']}").status_code == 404
        assert client.get("/openapi.json").json() == document_of("blog")


@pytest.mark.slow
def test_inventory(python: Path, apps: Path) -> None:
    with alive(python, rendered("inventory", apps)) as client:
        items = [
            client.post("/items", json={"name": f"n{n}", "price": n, "sku": f"ABC-000{n}"}).json() for n in range(1, 6)
        ]
        assert items[0]["status"] == "draft"
        page = client.get("/v2/items", params={"pageSize": 2, "page": 2}).json()
        assert [item["name"] for item in page["items"]] == ["n3", "n4"]
        assert (page["total"], page["page"], page["totalPages"]) == (5, 2, 3)
        assert client.get("/items", params={"minPrice": 4}).json()["total"] == 2
        assert client.get("/items", params={"sort": "-name"}).json()["items"][0]["name"] == "n5"
        assert client.get("/items", params={"status": "nonsense"}).status_code == 422
        assert client.post(f"/items/{items[0]['id']}/archive").json()["status"] == "archived"
        assert client.get("/items", params={"status": "archived"}).json()["total"] == 1
        changed = client.patch(f"/items/{items[1]['id']}", json={"price": 9.5}).json()
        assert (changed["price"], changed["name"]) == (9.5, "n2")
        missing = client.get("/items/5f0c2a52-7f0e-4b52-9d3b-0f6f7a1c2d3e")
        assert missing.status_code == 404
        assert set(missing.json()) == {"error"}
        assert client.put("/settings", json={"theme": "dark", "pageSize": 5}).json() == {"theme": "dark", "pageSize": 5}
        assert client.get("/settings").json()["theme"] == "dark"


@pytest.mark.slow
def test_secured(python: Path, apps: Path) -> None:
    with alive(python, rendered("secured", apps)) as client:
        assert client.post("/notes", json={"text": "x"}).status_code == 202
        assert client.get("/notes", headers={"Authorization": "", "X-API-Key": TOKEN}).status_code == 200
        refused = client.get("/notes", headers={"Authorization": "Bearer wrong"})
        assert refused.status_code == 401
        assert set(refused.json()) == {"errorCode", "errorMessage"}
        person = {"email": "ada@example.com", "password": "correct horse"}
        assert set(client.post("/users", json=person).json()) == {"userId", "email"}
        token = client.post("/auth/login", json=person).json()["accessToken"]
        assert client.get("/notes", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert client.post("/auth/login", json={**person, "password": "wrong"}).status_code == 401
        assert b"correct horse" not in (apps / "secured" / "live.db").read_bytes()


@pytest.mark.slow
def test_orders(python: Path, apps: Path) -> None:
    """Below the path of the server, with actions, merge patches, cursors and maps."""
    with alive(python, rendered("orders", apps)) as client:
        assert client.get("/openapi.json").json() == document_of("orders")
        person = {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "email": "ada@example.com",
            "website": "https://a.example",
        }
        made = client.post("/api/v1/customers", json=person)
        assert made.status_code == 201
        key = made.json()["customerId"]
        assert made.headers["location"].endswith(f"/customers/{key}")
        patch = {"content-type": "application/merge-patch+json"}
        changed = client.patch(f"/customers/{key}", content=b'{"website": null, "firstName": "Grace"}', headers=patch)
        assert changed.json()["firstName"] == "Grace"
        assert changed.json().get("website") is None
        assert client.patch(f"/customers/{key}", json={"email": "no@example.com"}).status_code == 422
        order = {"customerId": key, "lines": [{"sku": "ABC-0001", "quantity": 2}], "metadata": {"gift": "yes"}}
        refused = client.post("/orders", json=order)
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
        orders = [client.post("/orders", json=order, headers={"Idempotency-Key": str(n)}).json() for n in range(3)]
        assert [o["status"] for o in orders] == ["placed"] * 3
        cancelled = client.post(f"/orders/{orders[0]['orderId']}/cancel", json={"cancellationReason": "too late"})
        assert (cancelled.json()["status"], cancelled.json()["cancellationReason"]) == ("cancelled", "too late")
        assert client.post(f"/orders/{orders[1]['orderId']}/ship").status_code == 202
        found = client.get("/orders", params={"status": "shipped"}).json()["items"]
        assert [o["orderId"] for o in found] == [orders[1]["orderId"]]
        page = client.get("/orders", params={"pageSize": 2}).json()
        rest = client.get("/orders", params={"pageSize": 2, "pageToken": page["nextPageToken"]}).json()
        assert [o["orderId"] for o in (*page["items"], *rest["items"])] == [o["orderId"] for o in orders]
        assert client.get(f"/orders/{orders[0]['orderId']}/lines").status_code == 200
        assert client.delete(f"/customers/{key}").status_code == 204
        assert client.get(f"/customers/{key}").status_code == 404


@pytest.mark.slow
def test_uploads_and_tokens(python: Path, apps: Path) -> None:
    with alive(python, rendered("uploads", apps)) as client:
        assert client.post("/oauth/token", data={"username": "me", "password": "wrong"}).status_code == 401
        form = {"grant_type": "password", "username": "me", "password": TOKEN}
        token = client.post("/oauth/token", data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        album = client.post("/album", json={"title": "Summer"}).json()
        files = {"file": ("a.jpg", b"\xff\xd8\x00", "image/jpeg")}
        photo = client.post(f"/album/{album['albumId']}/photos", data={"caption": "sea"}, files=files)
        assert photo.status_code == 201
        assert photo.json()["caption"] == "sea"
        path = f"/album/{album['albumId']}/photos/{photo.json()['photoId']}"
        assert client.get(path + "/content").headers["content-type"] == "image/jpeg"
        no_file = {"caption": (None, "no file")}
        assert client.post(f"/album/{album['albumId']}/photos", files=no_file).status_code == 422
        person = client.post("/people", json={"name": "Ada"}).json()
        assert client.get(f"/person/{person['personId']}").json() == person
        assert client.put(f"/album/{album['albumId']}", json={"title": "Autumn"}).status_code == 204
        assert client.get("/album").json() == {"albums": [{"albumId": album["albumId"], "title": "Autumn"}]}
        assert client.delete(path).status_code == 204
        assert client.get(path + "/content").status_code == 404
        assert client.get("/album", headers={"Authorization": ""}).status_code == 401


@pytest.mark.slow
def test_own_paths_give_way_to_those_of_the_file(python: Path, apps: Path) -> None:
    folder = rendered("monitored", apps)
    assert json.loads((folder / "softwright.json").read_text())["health_path"] == "/-/health"
    with alive(python, folder) as client:
        assert set(client.get("/health").json()) == {"status", "uptimeSeconds"}
        assert client.get("/metrics").headers["content-type"].startswith("text/plain")
        assert client.get("/-/health").json() == {"status": "ok"}
        assert "http_requests_total" in client.get("/-/metrics").text
        assert client.get("/docs").headers["content-type"].startswith("text/html")
        link = client.post("/links", data={"target": "https://example.com", "shortCode": "abcd"}).json()
        assert client.get("/abcd").json() == link


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_writes_at_once(python: Path, apps: Path, request: pytest.FixtureRequest, database: str) -> None:
    """Of one thing, by eight clients: each answer is one that the file or every application knows."""
    url = None
    if database == "postgresql":
        url = make_database(request.getfixturevalue("postgres"), "writes_at_once")
    with alive(python, rendered("devices", apps), url) as client, ThreadPoolExecutor(8) as pool:
        client.headers["X-Api-Key"] = TOKEN
        device = {"display-name": "Lamp", "device-type": "lamp"}
        for n in range(3):
            path = f"/smart-devices/lamp-{n}"
            put = list(pool.map(lambda p: client.put(p, json=device).status_code, [path] * 8))
            assert sorted(put) == [200] * 7 + [201]
            config = list(
                pool.map(lambda p: client.put(p + "/configuration", json={"interval-seconds": 5}), [path] * 8)
            )
            assert {answer.status_code for answer in config} == {200}
            ends = list(pool.map(lambda p: client.request("DELETE", p, auth=("me", TOKEN)).status_code, [path] * 8))
            assert sorted(ends) == [204] + [404] * 7


@pytest.mark.slow
@pytest.mark.parametrize("name", ["orders", "social"])
def test_schemathesis_with_the_original_file(python: Path, apps: Path, tmp_path: Path, name: str) -> None:
    tool = environment(SCHEMATHESIS.encode(), "install", SCHEMATHESIS).with_name("schemathesis")
    checks = "not_a_server_error,status_code_conformance,response_schema_conformance,content_type_conformance"
    with alive(python, rendered(name, apps), f"sqlite:///{tmp_path}/live.db") as client:
        argv = [tool, "run", FILES[name], "--url", str(client.base_url), "--checks", checks, "-n", "3", "--seed", "1"]
        argv += ["--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"]
        argv += ["-H", f"Authorization: Bearer {TOKEN}"]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-4000:]
