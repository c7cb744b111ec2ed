"""Rates that are asked of somebody slow, on the event loop."""

import time

from fastapi import FastAPI

app = FastAPI()


def ask_supplier(currency: str) -> float:
    time.sleep(0.06)
    return 1.0 + len(currency) / 10


@app.get("/rates/{currency}")
async def rate(currency: str) -> dict:
    return {"currency": currency, "rate": ask_supplier(currency)}


@app.get("/currencies")
async def currencies() -> list[str]:
    return ["EUR", "USD"]
