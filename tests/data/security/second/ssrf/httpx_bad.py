import httpx
from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter()


class Hook(BaseModel):
    target: str


@router.post("/hooks/test")
async def test_hook(hook: Hook):
    async with httpx.AsyncClient() as client:
        answer = await client.post(hook.target, json={"ping": True})
    return {"status": answer.status_code}
