import csv
import io
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import Body, FastAPI
from pydantic import BaseModel

from models import Account, owner_of, session

app = FastAPI()


class AccountIn(BaseModel):
    name: str
    city: str


def load(rows: Iterable[dict[str, Any]], schema: type[AccountIn], make: Callable[[AccountIn], Account]) -> int:
    count = 0
    for row in rows:
        session.add(make(schema.model_validate(row)))
        count += 1
    return count


@app.post("/accounts/import")
def create(content: Annotated[bytes, Body()]) -> dict[str, int]:
    def make(body: AccountIn) -> Account:
        return Account(**body.model_dump())

    return {"count": load(csv.DictReader(io.StringIO(content.decode())), AccountIn, make)}


@app.post("/accounts/{region}")
def add(region: str, body: Annotated[AccountIn | None, Body()] = None) -> dict[str, Any]:
    asked = body or AccountIn(name="", city="")
    given = asked.model_dump(exclude_unset=True)
    given.setdefault("owner", owner_of(region))
    given["region"] = region
    account = Account(**given)
    session.add(account)
    return {"id": account.id}
