from pathlib import Path
from fastapi import APIRouter, HTTPException

router = APIRouter()
ROOT = Path("/srv/media")


@router.get("/media/{name:path}")
async def media(name: str):
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        raise HTTPException(404)
    return {"size": len(path.read_bytes())}
