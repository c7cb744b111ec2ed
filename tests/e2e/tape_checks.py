"""What the requests of the tapes ask for, checked over HTTP. Written from the requests and the plans, not from code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx


class App:
    """A live application and who talks to it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30)
        self.others: list[App] = []

    def close(self) -> None:
        for client in (self.http, *(other.http for other in self.others)):
            client.close()

    def login(self, email: str) -> App:
        password = "correct horse battery"  # pragma: allowlist secret
        assert self.http.post("/auth/register", json={"email": email, "password": password}).status_code == 201
        answer = self.http.post("/auth/token", data={"username": email, "password": password})
        other = App(str(self.http.base_url))
        other.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.others.append(other)
        return other

    def ask(self, method: str, path: str, status: int, **body: Any) -> Any:
        answer = self.http.request(method, path, **({"json": body} if body else {}))
        assert answer.status_code == status, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def post(self, path: str, status: int = 201, **body: Any) -> Any:
        return self.ask("POST", path, status, **body)

    def get(self, path: str, status: int = 200) -> Any:
        return self.ask("GET", path, status)


def day(distance: int) -> str:
    return str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=distance))


def moment(seconds: float) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def library(app: App) -> None:
    ann, bob = (app.post("/members", name=name)["id"] for name in ("Ann", "Bob"))
    books = [app.post("/books", title=f"Book {n}", copies=1)["id"] for n in range(5)]

    def borrow(member: int, book: int, status: int = 201, **more: Any) -> Any:
        return app.post("/loans", status, member_id=member, book_id=book, **more)

    late = borrow(ann, books[0], lent_on=day(-36))
    assert (late["due_on"], late["returned_on"]) == (day(-22), None)
    borrow(bob, books[0], 409)
    borrow(ann, books[1])
    borrow(ann, books[2])
    borrow(ann, books[3], 409)
    assert app.post(f"/loans/{late['id']}/return", 200)["fine"] == 5.5
    app.post(f"/loans/{late['id']}/return", 409)
    assert app.get(f"/members/{ann}")["owes"] == 5.5
    borrow(ann, books[3], 409)
    app.post(f"/members/{ann}/payments", 422, amount=0)
    app.post(f"/members/{ann}/payments", 409, amount=5.51)
    assert app.post(f"/members/{ann}/payments", amount=0.5)["owes"] == 5
    borrow(ann, books[3])
    borrow(bob, books[0])
    borrow(bob, books[4], 422, lent_on=day(1))


def split(app: App) -> None:
    trip, home = (app.post("/groups", name=name)["id"] for name in ("Trip", "Home"))
    ann, bob, cy = (app.post("/members", group_id=trip, name=name)["id"] for name in ("Ann", "Bob", "Cy"))
    dan = app.post("/members", group_id=home, name="Dan")["id"]
    assert set(app.get(f"/members/{ann}")) == {"id", "created_at", "updated_at", "group_id", "name"}
    hotel = app.post("/expenses", group_id=trip, paid_by_id=ann, description="Hotel", amount=100)
    assert [share["amount"] for share in hotel["shares"]] == [33.34, 33.33, 33.33]
    app.post("/expenses", group_id=trip, paid_by_id=bob, description="Taxi", amount=0.02)
    app.post("/expenses", 422, group_id=trip, paid_by_id=dan, description="Not ours", amount=5)
    balances = app.get(f"/groups/{trip}/balances")["balances"]
    assert [(row["member_id"], row["balance"]) for row in balances] == [(ann, 66.65), (bob, -33.32), (cy, -33.33)]
    paid = app.get(f"/groups/{trip}/settlement")["payments"]
    assert sorted((p["from_member_id"], p["to_member_id"], p["amount"]) for p in paid) == [
        (bob, ann, 33.32),
        (cy, ann, 33.33),
    ]
    app.post("/members", group_id=trip, name="Late")
    assert len(app.get(f"/expenses/{hotel['id']}")["shares"]) == 3
    app.ask("PATCH", f"/expenses/{hotel['id']}", 409, group_id=home, paid_by_id=dan)
    app.ask("DELETE", f"/members/{cy}", 409)
    assert app.get(f"/groups/{home}/settlement")["payments"] == []
    app.get("/groups/999999/balances", 404)


def tickets(app: App) -> None:
    eva = app.post("/agents", name="Eva")["id"]
    path = f"/tickets/{app.post('/tickets', subject='No light', customer_email='a@example.com', priority='low')['id']}"
    app.post("/tickets", 422, subject="x", customer_email="a@example.com", priority="urgent")
    for step in ("start", "resolve", "close", "reopen"):
        app.post(f"{path}/{step}", 409)
    app.post(f"{path}/assign", 422, agent_id=eva + 999)
    assert app.post(f"{path}/assign", 200, agent_id=eva)["status"] == "assigned"
    steps = {"start": "in_progress", "resolve": "resolved", "reopen": "in_progress", "close": "closed"}
    for step in ("start", "resolve", "reopen", "resolve", "close"):
        assert app.post(f"{path}/{step}", 200)["status"] == steps[step]
    for step in ("start", "resolve", "close", "reopen"):
        app.post(f"{path}/{step}", 409)
    app.ask("PATCH", path, 409, subject="other")
    app.ask("DELETE", path, 409)
    changes = app.get(f"{path}/changes")["changes"]
    states = ["new", "assigned", "in_progress", "resolved", "in_progress", "resolved", "closed"]
    assert [change["to_status"] for change in changes] == states
    assert [change["from_status"] for change in changes] == [None, *states[:-1]]
    assert sorted(changes, key=lambda change: change["changed_at"]) == changes


def auction(app: App) -> None:
    ann, bob, cy = (app.login(f"{name}@auction.example") for name in ("ann", "bob", "cy"))
    app.get("/items", 401)
    item = ann.post("/items", title="Vase", starting_price=19.99, closing_time=moment(3600))
    assert item["seller"] == "ann@auction.example"
    path = f"/items/{item['id']}"

    def bid(who: App, amount: float, status: int = 201) -> Any:
        return who.post("/bids", status, item_id=item["id"], amount=amount)

    bid(bob, 19.98, 409)
    first = bid(bob, 19.99)
    assert first["bidder"] == "bob@auction.example"
    bid(cy, 20.98, 409)  # 19.99 * 1.05 = 20.9895
    bid(cy, 20.99)
    bid(ann, 100, 409)
    bob.ask("DELETE", f"/bids/{first['id']}", 409)
    bob.ask("PATCH", path, 403, title="Mine")
    bob.get(f"{path}/winner", 409)
    ann.ask("PATCH", path, 200, closing_time=moment(-1))
    bid(bob, 500, 409)
    assert bob.get(f"{path}/winner") == {"bidder": "cy@auction.example", "amount": 20.99}


def library_modify(app: App) -> None:
    """What worked goes on, and a loan is renewed once, where it is not overdue."""
    cy = app.post("/members", name="Cy")["id"]
    book = app.post("/books", title="Renewed", copies=2)["id"]
    loan, late = (app.post("/loans", member_id=cy, book_id=book, lent_on=day(-lent))["id"] for lent in (14, 15))
    assert app.post(f"/loans/{loan}/renew", 200)["due_on"] == day(14)
    app.post(f"/loans/{loan}/renew", 409)
    app.post(f"/loans/{late}/renew", 409)
    assert app.post(f"/loans/{late}/return", 200)["fine"] == 0.25
    assert app.post(f"/loans/{loan}/return", 200)["fine"] == 0
    library(app)


def tickets_modify(app: App) -> None:
    """What worked goes on, and a ticket is handed over while somebody works on it."""
    eva, max_ = (app.post("/agents", name=name)["id"] for name in ("Eva", "Max"))
    path = f"/tickets/{app.post('/tickets', subject='x', customer_email='a@example.com')['id']}"
    app.post(f"{path}/hand-over", 409, agent_id=max_)
    for step, agent in (("assign", eva), ("hand-over", max_)):
        assert app.post(f"{path}/{step}", 200, agent_id=agent)["agent_id"] == agent
    app.post(f"{path}/start", 200)
    app.post(f"{path}/hand-over", 422, agent_id=max_ + 999)
    assert app.post(f"{path}/hand-over", 200, agent_id=eva)["status"] == "in_progress"
    app.post(f"{path}/resolve", 200)
    app.post(f"{path}/hand-over", 409, agent_id=max_)
    tickets(app)


def fines(app: App) -> None:
    """A loan tells its fine, at most 10.00, and takes a note."""
    book = app.post("/books", title="Dune")["id"]

    def fine(**loan: str) -> float:
        return float(app.post("/loans", book_id=book, **loan)["fine"])

    assert [fine(lent_on=day(-days)) for days in (14, 15, 34, 90)] == [0, 0.5, 10, 10]
    assert fine(lent_on=day(-40), returned_on=day(-20)) == 3
    assert fine(returned_on=day(-20)) == 0
    noted = app.post("/loans", book_id=book, lent_on=day(-16), note="renewed by phone")
    assert (noted["fine"], noted["note"]) == (1, "renewed by phone")
    back = app.ask("PATCH", f"/loans/{noted['id']}", 200, returned_on=day(-2))
    assert back["fine"] == 0


CHECKS: dict[str, Callable[[App], None]] = {
    "library": library,
    "split": split,
    "tickets": tickets,
    "auction": auction,
}
CHANGES: dict[str, Callable[[App], None]] = {"library-modify": library_modify, "tickets-modify": tickets_modify}
PLAIN: dict[str, Callable[[App], None]] = {"fines": fines}
"""Changes of an application that the rules made."""

__all__ = ["CHANGES", "CHECKS", "PLAIN", "App"]
