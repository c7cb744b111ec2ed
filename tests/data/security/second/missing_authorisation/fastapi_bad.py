from fastapi import APIRouter, Depends

from auth import get_current_user
from store import projects

router = APIRouter()


@router.post("/projects")
def create_project(name: str, user=Depends(get_current_user)):
    return projects.add(name, user.id)


@router.delete("/projects/{number}")
def delete_project(number: int):
    return projects.remove(number)
