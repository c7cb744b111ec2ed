from pathlib import Path
from fastapi import APIRouter

router = APIRouter()
ROOT = Path("/srv/media")


@router.get("/media/{name:path}")
async def media(name: str):
    path = (ROOT / name).resolve()
    return {"size": len(path.read_bytes())}
