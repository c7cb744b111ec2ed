from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from models import Account, session

app = FastAPI()


class AccountIn(BaseModel, extra="allow"):
    name: str


@app.post("/accounts")
def create(body: AccountIn) -> dict[str, Any]:
    account = Account(**body.model_dump())
    session.add(account)
    return {"id": account.id}
