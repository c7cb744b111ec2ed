from fastapi import FastAPI, Request

from models import Account, session

app = FastAPI()


@app.post("/accounts")
async def create(request: Request):
    data = await request.json()
    account = Account(name=data["name"], city=data["city"])
    session.add(account)
    return {"id": account.id}
